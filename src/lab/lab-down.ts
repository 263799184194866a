import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { labPaths } from "./lab-layout.ts";
import { readState } from "./lab-state.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { descendants, isAlive, signalProcess } from "./process-identity.ts";

const GRACE_MS = 2000;

/**
 * Ends a lab: its servers, the connections they serve, its folder. Does nothing where there is none; touches no
 * process that it did not start, and no folder that holds no lab. Jobs that run on its hosts are not waited for.
 * @returns how many hosts went down
 */
export async function labDown({ dir }: { readonly dir: string }): Promise<{ readonly hosts: number }> {
  const state = await readState(dir);
  if (state === undefined) return { hosts: 0 };
  const alive = await filter(state.processes, isAlive);
  const below = await Promise.all(alive.map(({ pid }) => descendants(pid)));
  await endAll([...alive, ...below.flat().filter(({ name }) => name.startsWith("sshd"))]);
  await removeLab(dir);
  return { hosts: state.hosts.length };
}

/** TERM, a grace, KILL, and as long again: one that is killed may need a moment to go, too. */
export async function endAll(processes: readonly ProcessIdentity[]): Promise<void> {
  let left = processes;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await Promise.all(left.map((process) => signalProcess(process, signal)));
    const deadline = performance.now() + GRACE_MS;
    left = await filter(left, isAlive);
    while (left.length > 0 && performance.now() < deadline) {
      await sleep(5);
      left = await filter(left, isAlive);
    }
  }
}

/** The state goes last: until then the folder is known as a lab's. */
async function removeLab(dir: string): Promise<void> {
  const state = basename(labPaths(dir).state);
  const names = (await readdir(dir)).filter((name) => name !== state);
  await Promise.all(names.map((name) => remove(join(dir, name))));
  await remove(dir);
}

/** A job of a host may still be writing. */
const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 });

async function filter<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const passed = await Promise.all(items.map(test));
  return items.filter((_, index) => passed[index]);
}
