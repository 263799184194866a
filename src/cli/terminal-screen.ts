import { setImmediate } from "node:timers/promises";
import { openScreen, type Screen, type ScreenOptions } from "../ui/open-screen.tsx";
import { styleOf } from "./style.ts";
import type { Surroundings } from "./terminal.ts";
import { dropTypedBefore } from "./typed-before.ts";

/** Why nobody reads the screen any more, though nobody has closed it. A terminal that has gone is as SIGHUP. */
export type Ending = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface TerminalScreenOptions extends Omit<ScreenOptions, "style" | "spoken" | "stdin" | "stdout"> {
  /** Told of what wants Waymark to end; whoever opens the screen decides what becomes of it. */
  readonly onEnding: (why: Ending) => void;
}

/** It is to be listened to: as Ink calls it, and whatever else it draws for. */
export function isSpoken({ env }: Pick<Surroundings, "env">): boolean {
  return ["1", "true"].includes(env["INK_SCREEN_READER"] ?? "");
}

/**
 * Opens the screen on the operator's terminal, and sees to it that the terminal is given back however Waymark ends, short
 * of `kill -9`. While it is open Ctrl-Z and SIGTSTP do nothing: a run that is stopped would lose its hosts. Whoever
 * stops it all the same (SIGSTOP), and lets it go on, finds everything drawn anew.
 */
export function openTerminalScreen(around: Surroundings, { onEnding, ...options }: TerminalScreenOptions): Screen {
  const { stdin, stdout } = around;
  const spoken = isSpoken(around);
  stdin.setRawMode(true);
  dropTypedBefore(stdin);
  const screen = openScreen({ ...options, style: styleOf(around, stdout), spoken, stdin, stdout });
  let lent = false;
  const leave = (): void => screen.close();
  const gone = (): void => onEnding("SIGHUP");
  const ignore = (): void => undefined;
  const redraw = (): void => {
    if (lent) return;
    // The shell has had the terminal meanwhile, with its own modes.
    void screen.suspend().then(async (resume) => {
      // Node stops reading in the next tick only: what is resumed before that is stopped as well.
      await setImmediate();
      await resume();
    }, ignore);
  };
  const signals: readonly (readonly [NodeJS.Signals, () => void])[] = [
    // Ctrl-C is for whoever has the terminal.
    ["SIGINT", () => void (lent || onEnding("SIGINT"))],
    ["SIGTERM", () => onEnding("SIGTERM")],
    ["SIGHUP", gone],
    ["SIGCONT", redraw],
  ];
  for (const [signal, handler] of signals) process.on(signal, handler);
  process.on("SIGTSTP", ignore);
  process.on("exit", leave);
  stdin.on("end", gone);
  for (const stream of [stdin, stdout]) stream.on("error", gone);
  void screen.closed.then(() => {
    for (const [signal, handler] of signals) process.off(signal, handler);
    process.off("SIGTSTP", ignore);
    process.off("exit", leave);
    stdin.off("end", gone);
    stdout.off("error", gone);
    // A terminal that has gone says so once more when its modes are set back: that is not listened to, but heard.
  });
  return {
    ...screen,
    async suspend() {
      const resume = await screen.suspend();
      lent = true;
      // A program that stops its whole process group, as vim does at Ctrl-Z, must find us stopped as well.
      process.off("SIGTSTP", ignore);
      return async () => {
        process.on("SIGTSTP", ignore);
        lent = false;
        await resume();
      };
    },
  };
}
