import { spawnSync } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import type { LentTerminal, Operator, TerminalSize } from "../engine/ports.ts";
import { oneLine } from "../story/terminal-text.ts";
import type { AtTerminal } from "./at-terminal.ts";
import type { Surroundings } from "./terminal.ts";
import { TerminalModes } from "./terminal-modes.ts";

/**
 * Lends the operator's terminal to programs on hosts, one at a time. While one has it nothing else is printed, and all
 * that is typed is for it, Ctrl-C included. Afterwards it is as it was, whatever the program has done to it, also if
 * this process ends meanwhile.
 */
export function lendTerminal(around: Surroundings, hold: AtTerminal["hold"]): NonNullable<Operator["lend"]> {
  const { stdin, stderr } = around;
  return ({ title, host }) =>
    async (use) => {
      const release = await hold("terminal");
      const modes = new TerminalModes();
      const unresize: (() => void)[] = [];
      const uninput: (() => void)[] = [];
      stderr.write(`\n── ${oneLine(host)}: ${oneLine(title)} ──\n`);
      const settings = stty(["-g"]).trim();
      const restore = (): void => {
        stderr.write(modes.restore());
        if (settings !== "") stty([settings]);
      };
      const size = (): TerminalSize => {
        const [columns, rows] = stderr.getWindowSize();
        return { columns, rows };
      };
      const terminal: LentTerminal = {
        type: around.env["TERM"] ?? "xterm",
        size,
        write(bytes) {
          modes.add(bytes);
          stderr.write(bytes);
        },
        onInput(listener) {
          stdin.on("data", listener);
          uninput.push(() => stdin.off("data", listener));
        },
        onResize(listener) {
          const resized = (): void => listener(size());
          stderr.on("resize", resized);
          unresize.push(() => stderr.off("resize", resized));
        },
      };
      process.once("exit", restore);
      try {
        // Not setRawMode: that leaves line feeds to be changed on their way to the screen.
        stty(["raw", "-echo"]);
        stdin.resume();
        await use(terminal);
      } finally {
        for (const off of [...unresize, ...uninput]) off();
        stdin.pause();
        restore();
        process.off("exit", restore);
        // Node stops reading in the next tick only: whoever reads before that is stopped as well.
        await setImmediate();
        await release();
      }
    };
}

/** stty(1) on the terminal that this process has as its stdin. @returns what it printed */
export function stty(args: readonly string[]): string {
  return spawnSync("stty", args, { stdio: ["inherit", "pipe", "ignore"], encoding: "utf8" }).stdout ?? "";
}
