import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { WaymarkError } from "../model/errors.ts";
import { failedWith, makeFolder, PRIVATE_FOLDER, syncFolder } from "./durable-file.ts";
import { fileName } from "./file-name.ts";
import { saveGuide } from "./guide-revision.ts";
import { acquireLock } from "./lock.ts";

/*
 * <state>/runs/<run id>/
 *   journal.ndjson            everything that happened, one event a line
 *   guide/<digest12>.md       every revision of the guide that the run used
 *   output/<step>/<host>.log  what a task printed, redacted: its last attempt (attempt-logs.ts)
 *   lock/                     who writes here (lock.ts)
 *
 * <state>/verify/<id>/ is the same for what `waymark verify` saw: a folder of its own, so that whoever looks for runs never
 * finds one that was none.
 */

/** What a folder holds. */
export type Kept = "runs" | "verify";

/** Where one run is kept. */
export interface RunFolder {
  readonly id: string;
  /** Absolute if the state folder is. */
  readonly path: string;
}

export function runsFolder(stateDir: string, kept: Kept = "runs"): string {
  return join(stateDir, kept);
}

export function runFolder(stateDir: string, id: string, kept: Kept = "runs"): RunFolder {
  return { id, path: join(runsFolder(stateDir, kept), id) };
}

export function journalPath(folder: RunFolder): string {
  return join(folder.path, "journal.ndjson");
}

export function lockPath(folder: RunFolder): string {
  return join(folder.path, "lock");
}

/** The folder of all that tasks printed. */
export function outputPath(folder: RunFolder): string {
  return join(folder.path, "output");
}

/** The log of one task. It need not exist: a skipped task has none. */
export function taskLogPath(folder: RunFolder, step: string, host: string): string {
  return join(outputPath(folder), fileName(step), `${fileName(host)}.log`);
}

/**
 * Makes the folder of a new run, with the guide it starts with. Its journal is made by `openJournal`.
 * @param run `id` as `runId` makes it; `guide` the bytes of the file
 * @throws {WaymarkError} WM7001 when the folder cannot be made
 */
export async function createRun(
  stateDir: string,
  run: { readonly id: string; readonly guide: Uint8Array },
  kept: Kept = "runs",
): Promise<RunFolder> {
  const folder = runFolder(stateDir, run.id, kept);
  const all = runsFolder(stateDir, kept);
  try {
    await makeFolder(all);
    await mkdir(folder.path, { mode: PRIVATE_FOLDER });
    await syncFolder(all);
    await saveGuide(folder, run.guide);
  } catch (error) {
    const why = failedWith(error, "EEXIST") ? "it is there already" : String(error);
    throw new WaymarkError("WM7001", `cannot make the run folder ${folder.path}: ${why}`, {
      hint: "check the folder's permissions and free space, or name another with --state-dir",
      cause: error,
    });
  }
  return folder;
}

/**
 * Deletes a run with all its outputs.
 * @param now for the lock that keeps others out meanwhile
 * @throws {WaymarkError} WM7020 while somebody works on it
 */
export async function removeRun(folder: RunFolder, now: Date): Promise<void> {
  await acquireLock(lockPath(folder), now);
  await eraseRun(folder);
}

/** The same for whoever has its lock. */
export async function eraseRun(folder: RunFolder): Promise<void> {
  await rm(folder.path, { recursive: true, force: true });
}
