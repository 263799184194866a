import { mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, WaymarkError } from "../model/errors.ts";
import { failedWith, PRIVATE_FOLDER } from "./durable-file.ts";
import { mayLive, ownIdentity } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/*
 * One writer a run, without flock(2), which Node does not have: a folder of turns 1, 2, 3, … that are only ever added.
 * A turn is a symbolic link whose target says who took it, or that nobody has it any more: `free`, or `stopped` if they
 * had to leave since they could not write; making one is a single call that fails if it exists, so every turn has one
 * owner. The last turn counts. Whoever finds it free, or its owner dead, tries to make
 * the next; of two that try, one fails and looks again. As no turn is ever removed or changed, nothing that a slow
 * process has read can become true again behind its back.
 */

const FREE = "free";
const STOPPED = "stopped";

export interface Holder extends ProcessIdentity {
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface Lock {
  /** @param cannotWrite why it is given up: whoever looks is to know that its owner did not die */
  release(cannotWrite?: boolean): Promise<void>;
}

/**
 * Takes the lock for this process, at once or not at all. It is given up by `release`, or by dying.
 * @param since when it is taken: shown to others
 * @throws {WaymarkError} WM7020, exit 3, when somebody holds it; WM7021 when what is there is no lock
 */
export async function acquireLock(folder: string, since: Date): Promise<Lock> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER }).catch((error: unknown) => {
    throw failedWith(error, "EEXIST", "ENOTDIR") ? noLock(folder, "is no folder", error) : error;
  });
  const self = await ownIdentity();
  const target = JSON.stringify({ ...self, since: since.toISOString() } satisfies Holder);
  for (;;) {
    const last = await lastTurn(folder);
    const before = await ownerOf(folder, last);
    if (typeof before === "object" && (await mayLive(before, self))) throw heldBy(before, self, folder);
    if (await takeTurn(folder, last + 1, target)) {
      // Should the next turn exist, somebody took us for dead: it is theirs then, and there is nothing to release.
      return {
        async release(cannotWrite = false) {
          const left = cannotWrite || before === STOPPED ? STOPPED : FREE;
          await takeTurn(folder, last + 2, left).catch((error: unknown) => {
            // The whole run has been deleted; or there is no room, and it is free once this process has ended.
            if (!failedWith(error, "ENOENT", "ENOSPC", "EDQUOT", "EROFS", "EIO")) throw error;
          });
        },
      };
    }
  }
}

/** Who holds the lock now, if anybody does. */
export async function lockHolder(folder: string): Promise<Holder | undefined> {
  const owner = await ownerOf(folder, await lastTurn(folder));
  return typeof owner === "object" && (await mayLive(owner, await ownIdentity())) ? owner : undefined;
}

/** Whether nobody holds the lock, and whoever wrote under it last had to stop since they could not write. */
export async function hasStopped(folder: string): Promise<boolean> {
  return (await ownerOf(folder, await lastTurn(folder))) === STOPPED;
}

/** 0: never taken. */
async function lastTurn(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (failedWith(error, "ENOENT")) return [];
    throw failedWith(error, "ENOTDIR") ? noLock(folder, "is no folder", error) : error;
  });
  return names.reduce((last, name) => (/^\d+$/.test(name) ? Math.max(last, Number(name)) : last), 0);
}

async function ownerOf(folder: string, turn: number): Promise<Holder | typeof FREE | typeof STOPPED> {
  if (turn === 0) return FREE;
  const path = join(folder, String(turn));
  try {
    const target = await readlink(path);
    return target === FREE || target === STOPPED ? target : (JSON.parse(target) as Holder);
  } catch (error) {
    if (failedWith(error, "EINVAL") || error instanceof SyntaxError) throw noLock(path, "is no turn of a lock", error);
    throw error;
  }
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

/** Whoever copies a state folder, or unpacks a backup of one, may lose what a link is. */
function noLock(path: string, why: string, cause: unknown): WaymarkError {
  return new WaymarkError("WM7021", `${path} ${why}: nobody can tell whether the run is in use`, {
    hint: `if nobody works on the run, here or elsewhere, remove ${path} and go on`,
    cause,
  });
}
