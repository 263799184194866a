import { setImmediate } from "node:timers/promises";
import { render } from "ink";
import type { ReactNode } from "react";
import { App, type AppControl } from "./app.tsx";
import type { Aside, Deed } from "./screen/deeds.ts";
import type { ScreenSource } from "./screen/screen-source.ts";
import type { Style } from "./style.ts";

/** A screen that is open on the terminal. */
export interface Screen {
  /**
   * Resolves when its reader has closed it, or `close` has; or with the bug for which it could not go on. The terminal is
   * then as it was before.
   */
  readonly closed: Promise<unknown>;
  /** Shows another picture: that of the run with an edited guide. */
  show(source: ScreenSource): void;
  /** Gives the terminal to something else. @returns what takes it back, and draws everything anew */
  suspend(): Promise<() => Promise<void>>;
  /** Gives the terminal back before it returns, also where the process is about to end, or the terminal has gone. */
  close(): void;
}

export interface ScreenOptions {
  readonly source: ScreenSource;
  readonly style: Style;
  /** It is listened to: lines on the normal screen, each written once, instead of a picture that is drawn anew. */
  readonly spoken?: boolean;
  /** Of a terminal, both of them. */
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Told what its reader wants to be done about the run. Absent: it is run by somebody else. */
  readonly onDeed?: (deed: Deed) => void;
  /** Told what it is to give the terminal to, beside the run. */
  readonly onAside?: (aside: Aside) => void;
}

/** Opens the screen, on the alternate screen of the terminal where it is to be seen. */
export function openScreen({ source, style, spoken = false, stdin, stdout, onDeed, onAside }: ScreenOptions): Screen {
  const ready = Promise.withResolvers<AppControl>();
  const write = (sequence: string): void => void stdout.write(sequence);
  const draw = (shown: ScreenSource): ReactNode => (
    <App
      source={shown}
      style={spoken ? SPOKEN : style}
      {...(spoken && { size: HEARD })}
      onReady={ready.resolve}
      write={write}
      {...(onDeed !== undefined && { onDeed })}
      {...(onAside !== undefined && { onAside })}
    />
  );
  // Ink does so only after it has drawn: a key that comes before would be printed over what is drawn.
  stdin.setRawMode(true);
  write(LINE_START);
  const app = render(draw(source), {
    stdin,
    stdout,
    alternateScreen: !spoken,
    isScreenReaderEnabled: spoken,
    incrementalRendering: !spoken,
    maxFps: 15,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  return {
    closed: app.waitUntilExit().then(
      () => undefined,
      (bug: unknown) => bug,
    ),
    async suspend() {
      const control = await ready.promise;
      const suspension = await control.suspendTerminal();
      // It would go on reading, and take what is typed from whoever has the terminal now. Streams take note of listeners
      // that have gone a tick later, and then only they can be paused.
      await setImmediate();
      stdin.pause();
      return () => {
        write(LINE_START);
        return suspension.resume();
      };
    },
    show: (next) => app.rerender(draw(next)),
    close() {
      try {
        app.unmount();
      } catch {
        // What could not be drawn cannot be taken away in order either.
        write(GIVE_BACK);
      }
      // By itself it would be given back in the next microtask only.
      if (!stdin.destroyed) stdin.setRawMode(false);
    },
  };
}

/** Signs become words, so that they may be any; of what is long, a page is said at once. */
const SPOKEN: Style = { color: false, unicode: true, columns: 100 };
const HEARD = { columns: 100, rows: 24 };

/** The other screen begins in the column where this one was left: with what was typed or printed there. */
const LINE_START = "\r";

/** Pasted text without brackets, the normal screen, and its cursor (xterm's ctlseqs: DECRST, DECTCEM). */
const GIVE_BACK = "\u001b[?2004l\u001b[?1049l\u001b[?25h\u001b[0m";
