import { closeSync, constants, openSync, readSync } from "node:fs";
import { ReadStream } from "node:tty";

/**
 * Drops what was typed on a terminal before anybody could see what it would be taken for: for a shell, say, while this
 * program was starting. Raw mode must be on, or only whole lines are found. What is typed after it returns is not touched.
 */
export function dropTypedBefore(stdin: NodeJS.ReadStream): void {
  if (!(stdin instanceof ReadStream)) return;
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
  let terminal: number;
  try {
    // Opened anew: what is set on stdin itself, the shell has as well.
    terminal = openSync("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return;
  }
  try {
    const typed = Buffer.alloc(4096);
    while (readSync(terminal, typed) > 0);
  } catch {
    // EAGAIN: there is nothing more.
  } finally {
    closeSync(terminal);
  }
}
