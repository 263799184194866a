import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Surroundings } from "./terminal.ts";

/** What a terminal has that says nothing in `$PAGER`. */
const USUAL = "if command -v less >/dev/null 2>&1; then less -R; else more; fi";

/**
 * Shows text page by page, in `$PAGER`, until its reader leaves that. The pager has a process group of its own (job
 * control, POSIX sh `set -m`): Ctrl-C there is none of Waymark's business.
 * @returns why that was not possible
 */
export async function page(
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
  text: AsyncIterable<string>,
): Promise<string | undefined> {
  const { PAGER = "" } = env;
  const pager = PAGER === "" ? USUAL : PAGER;
  const child = spawn("sh", ["-c", `set -m; ${pager}`], { cwd, stdio: ["pipe", "inherit", "inherit"] });
  const ended = once(child, "exit") as Promise<[number | null]>;
  // Who has seen enough reads no further.
  pipeline(Readable.from(text), child.stdin).catch(() => undefined);
  const [code] = await ended;
  return code === 126 || code === 127 ? `there is no ${pager}: $PAGER names what pages are read in` : undefined;
}
