import { readFile, readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Living processes of this machine that were started with `name=value` in their environment (proc(5)). */
export async function processesWith(name: string, value: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^[0-9]+$/.test(entry)) continue;
    const [environment, stat] = await Promise.all(
      ["environ", "stat"].map((file) => readFile(`/proc/${entry}/${file}`, "latin1").catch(() => "")),
    );
    const zombie = /\) [ZX] /.test(stat ?? "");
    if (!zombie && (environment ?? "").split("\0").includes(`${name}=${value}`)) found.push(Number(entry));
  }
  return found;
}

/** Waits for something about the machine that tells nobody when it changes. Fails loudly. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}
