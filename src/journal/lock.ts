import { mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, WaymarkError } from "../model/errors.ts";
import { failedWith, PRIVATE_FOLDER } from "./durable-file.ts";
import { mayLive, ownIdentity } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/*
 * One writer a run, without flock(2), which Node does not have: a folder of turns 1, 2, 3, … that are only ever added.
 * A turn is a symbolic link whose target says who took it, or `free`; making one is a single call that fails if it
 * exists, so every turn has one owner. The last turn counts. Whoever finds it free, or its owner dead, tries to make
 * the next; of two that try, one fails and looks again. As no turn is ever removed or changed, nothing that a slow
 * process has read can become true again behind its back.
 */

const FREE = "free";

export interface Holder extends ProcessIdentity {
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock for this process, at once or not at all. It is given up by `release`, or by dying.
 * @param since when it is taken: shown to others
 * @throws {WaymarkError} WM7020, exit 3, when somebody holds it
 */
export async function acquireLock(folder: string, since: Date): Promise<Lock> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const self = await ownIdentity();
  const target = JSON.stringify({ ...self, since: since.toISOString() } satisfies Holder);
  for (;;) {
    const last = await lastTurn(folder);
    const holder = await holderOf(folder, last);
    if (holder !== undefined && (await mayLive(holder, self))) throw heldBy(holder, self, folder);
    if (await takeTurn(folder, last + 1, target)) {
      // Should the next turn exist, somebody took us for dead: it is theirs then, and there is nothing to release.
      return {
        async release() {
          await takeTurn(folder, last + 2, FREE).catch((error: unknown) => {
            // The whole run has been deleted.
            if (!failedWith(error, "ENOENT")) throw error;
          });
        },
      };
    }
  }
}

/** Who holds the lock now, if anybody does. */
export async function lockHolder(folder: string): Promise<Holder | undefined> {
  const holder = await holderOf(folder, await lastTurn(folder));
  return holder !== undefined && (await mayLive(holder, await ownIdentity())) ? holder : undefined;
}

/** 0: never taken. */
async function lastTurn(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (failedWith(error, "ENOENT")) return [];
    throw error;
  });
  return names.reduce((last, name) => (/^\d+$/.test(name) ? Math.max(last, Number(name)) : last), 0);
}

async function holderOf(folder: string, turn: number): Promise<Holder | undefined> {
  if (turn === 0) return undefined;
  const target = await readlink(join(folder, String(turn)));
  return target === FREE ? undefined : (JSON.parse(target) as Holder);
}

async function takeTurn(folder: string, turn: number, target: string): Promise<boolean> {
  try {
    await symlink(target, join(folder, String(turn)));
    return true;
  } catch (error) {
    if (failedWith(error, "EEXIST")) return false;
    throw error;
  }
}

function heldBy(holder: Holder, self: ProcessIdentity, folder: string): WaymarkError {
  const near = holder.host === self.host;
  const where = near ? "" : ` on ${holder.host}`;
  const since = holder.since.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  return new WaymarkError("WM7020", `the run is in use by process ${holder.pid}${where} since ${since}`, {
    hint: near
      ? `wait for it, or end it (\`kill ${holder.pid}\`); its jobs on the hosts go on meanwhile`
      : `end it there; only if it is certainly gone, remove ${folder}`,
    exit: EXIT.paused,
  });
}
