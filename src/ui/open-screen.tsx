import { render } from "ink";
import type { ReactNode } from "react";
import { App, type AppControl } from "./app.tsx";
import type { Deed } from "./screen/deeds.ts";
import type { ScreenSource } from "./screen/screen-source.ts";
import type { Style } from "./style.ts";

/** A screen that is open on the terminal. */
export interface Screen {
  /** Resolves when its reader has closed it, or `close` has; the terminal is then as it was before. */
  readonly closed: Promise<void>;
  /** Shows another picture: that of the run with an edited guide. */
  show(source: ScreenSource): void;
  /** Gives the terminal to something else. @returns what takes it back, and draws everything anew */
  suspend(): Promise<() => Promise<void>>;
  close(): void;
}

export interface ScreenOptions {
  readonly source: ScreenSource;
  readonly style: Style;
  /** Of a terminal, both of them. */
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Told what its reader wants to be done about the run. Absent: it is run by somebody else. */
  readonly onDeed?: (deed: Deed) => void;
}

/** Opens the screen, on the alternate screen of the terminal. */
export function openScreen({ source, style, stdin, stdout, onDeed }: ScreenOptions): Screen {
  const ready = Promise.withResolvers<AppControl>();
  const write = (sequence: string): void => void stdout.write(sequence);
  const draw = (shown: ScreenSource): ReactNode => (
    <App source={shown} style={style} onReady={ready.resolve} write={write} {...(onDeed !== undefined && { onDeed })} />
  );
  const app = render(draw(source), {
    stdin,
    stdout,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 15,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  return {
    closed: app.waitUntilExit().then(() => undefined),
    async suspend() {
      const control = await ready.promise;
      const suspension = await control.suspendTerminal();
      return () => suspension.resume();
    },
    show: (next) => app.rerender(draw(next)),
    close: () => app.unmount(),
  };
}
