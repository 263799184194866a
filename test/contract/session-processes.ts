import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Living processes of this machine that were started with `name=value` in their environment (proc(5)). At one go: in
 * turns with everything else that the tests do it would be no picture of any moment.
 */
export function processesWith(name: string, value: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^[0-9]+$/.test(entry))
    .filter((entry) => read(`/proc/${entry}/environ`).split("\0").includes(`${name}=${value}`))
    .filter((entry) => !/\) [ZX] /.test(read(`/proc/${entry}/stat`)))
    .map(Number);
}

/** Empty when the process is gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** What nothing needs that works: by then it hangs, however busy the machine is. */
export const PATIENCE_MS = 60_000;

/** Waits for something about the machine that tells nobody when it changes. Fails loudly. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}
