import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import type { Pty } from "./connection.ts";

/*
 * A terminal on this machine for a program. Node cannot make one: script(1) of util-linux can, which every Linux has.
 */

/** What is to be started instead of a command, so that it has a terminal. */
export function onTerminal(command: string, { type, columns, rows }: Pty): readonly [string, readonly string[]] {
  const term = /^[A-Za-z0-9._+-]+$/.test(type) ? type : "xterm";
  // What script(1) is started with is no terminal: it would go by that. Whatever $SHELL is, it reads this.
  const inner = `stty sane rows ${rows} cols ${columns}; exec env TERM=${term} ${command.replace(/^exec /, "")}`;
  return ["script", ["-q", "-e", "-f", "-c", inner, "/dev/null"]];
}

/** Tells the program on the terminal that script(1) has made that its window has another size. */
export async function resizeTerminal(
  { pid }: ChildProcessWithoutNullStreams,
  { columns, rows }: Pick<Pty, "columns" | "rows">,
): Promise<void> {
  try {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
    const terminal = await readlink(`/proc/${children.trim().split(" ")[0]}/fd/0`);
    const size = ["rows", String(rows), "cols", String(columns)];
    if (terminal.startsWith("/dev/pts/")) {
      spawn("stty", ["-F", terminal, ...size], { stdio: "ignore" }).on("error", () => {});
    }
  } catch {
    // The program has just ended.
  }
}
