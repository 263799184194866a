import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Surroundings } from "./terminal.ts";

/** What a word has that only a shell understands. */
const FOR_A_SHELL = /[^\w@%+=:,./ -]/;

/**
 * Shows text page by page, in `$PAGER`, until its reader leaves that. Ctrl-C is for the pager as well.
 * @param signal ends it
 * @returns why that was not possible
 */
export async function page(
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
  text: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { PAGER = "" } = env;
  const command = PAGER.trim() === "" ? usual() : PAGER;
  const [program = "", ...args] = FOR_A_SHELL.test(command) ? ["sh", "-c", command] : command.trim().split(/ +/);
  const child = spawn(program, args, { cwd, stdio: ["pipe", "inherit", "inherit"] });
  // As a terminal that is closed does.
  const end = (): void => void child.kill("SIGHUP");
  process.once("exit", end);
  signal.addEventListener("abort", end, { once: true });
  try {
    // Who has seen enough reads no further.
    pipeline(Readable.from(text), child.stdin).catch(() => undefined);
    await once(child, "exit");
    return undefined;
  } catch {
    return `${program} cannot be started: $PAGER says what long texts are read in`;
  } finally {
    process.off("exit", end);
    signal.removeEventListener("abort", end);
  }
}

/** What there is where nothing else is wanted. */
function usual(): string {
  return spawnSync("sh", ["-c", "command -v less"], { stdio: "ignore" }).status === 0 ? "less -R" : "more";
}
