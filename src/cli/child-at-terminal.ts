import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { stty } from "./lent-terminal.ts";
import type { Surroundings } from "./terminal.ts";

/** What full-screen programs set, and nobody wants afterwards (xterm's ctlseqs). */
const RESET = "\u001b[?2004l\u001b[?1000l\u001b[?1006l\u001b[?1l\u001b>\u001b[?1049l\u001b[?25h\u001b[0m";

/**
 * Waits for a program that has the terminal to itself. If this process ends before it does, it is ended as by a terminal
 * that is closed, and the terminal is put right.
 * @returns its exit code; null: it was ended by a signal
 */
export async function childAtTerminal(
  { stdout }: Pick<Surroundings, "stdout">,
  child: ChildProcess,
): Promise<number | null> {
  const settings = stty(["-g"]).trim();
  const end = (): void => {
    child.kill("SIGHUP");
    stdout.write(RESET);
    if (settings !== "") stty([settings]);
  };
  process.once("exit", end);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code;
  } finally {
    process.off("exit", end);
  }
}
