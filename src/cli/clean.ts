import { recall } from "../engine/advance.ts";
import { isUnfinished, listRuns, listVerifies, type RunSummary } from "../journal/list-runs.ts";
import { acquireLock } from "../journal/lock.ts";
import { readJournal } from "../journal/read-journal.ts";
import { eraseRun, journalPath, lockPath, removeRun } from "../journal/run-folder.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import { systemClock } from "./clock.ts";
import { namedRun } from "./named-run.ts";
import type { CleanFlags } from "./program.ts";
import { releaseHosts } from "./release-hosts.ts";
import { type Surroundings, stateDir } from "./terminal.ts";

/** `waymark clean`: what runs left on their hosts first, then their folders here; a folder stays while a host is out of reach. */
export async function clean(around: Surroundings, wanted: string | undefined, flags: CleanFlags): Promise<ExitCode> {
  const state = stateDir(around, flags.stateDir);
  const [runs, looks] = [await listRuns(state), await listVerifies(state)];
  const chosen = wanted === undefined ? old(runs, looks, flags) : [namedRun(around, [...runs, ...looks], wanted)];
  let code: ExitCode = EXIT.ok;
  for (const run of chosen) {
    // It has left nothing on hosts, or in the folder of a run that is still wanted.
    if (run.verify === true) {
      await removeRun(run.folder, systemClock.now());
      around.stdout.write(`${run.folder.id} removed\n`);
      continue;
    }
    // Until it is gone nobody goes on with it. Its journal is not kept open: over NFS a folder stays with what is open in it.
    const lock = await acquireLock(lockPath(run.folder), systemClock.now());
    try {
      const { events } = await readJournal(journalPath(run.folder));
      const released = await releaseHosts(around, run.folder, events, recall(events).state, flags);
      for (const { host, why } of released) {
        if (why === undefined) continue;
        code = EXIT.unreachable;
        around.stderr.write(`${run.folder.id}: ${host} could not be cleaned: ${why}\n`);
      }
      if (released.some(({ why }) => why !== undefined)) continue;
      await eraseRun(run.folder);
    } finally {
      await lock.release();
    }
    around.stdout.write(`${run.folder.id} removed\n`);
  }
  if (chosen.length === 0) around.stderr.write("nothing to clean\n");
  return code;
}

/**
 * Runs that are over, less the ones to keep; unfinished ones are only removed by name. And what `waymark verify` saw: with
 * `--keep` just what is left of one that was killed, as there are never many.
 */
function old(
  runs: readonly RunSummary[],
  looks: readonly RunSummary[],
  { keep, olderThan }: CleanFlags,
): readonly RunSummary[] {
  const kept = keep === undefined ? 0 : readCount(keep);
  const before = olderThan === undefined ? Infinity : systemClock.now().getTime() - readAge(olderThan);
  const isOld = ({ started }: RunSummary): boolean => started !== undefined && Date.parse(started) < before;
  return [
    ...runs.slice(kept).filter((run) => !isUnfinished(run) && isOld(run)),
    ...looks.filter((one) => one.condition !== "running" && (isLeftOver(one) || (kept === 0 && isOld(one)))),
  ];
}

function isLeftOver({ condition }: RunSummary): boolean {
  return condition === "crashed" || condition === "paused" || condition === "unreadable";
}

function readCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new WaymarkError("WM8012", `--keep ${text} is not a number of runs`, { hint: "such as --keep 10" });
}

function readAge(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? ""];
  if (ms !== undefined) return Number(count) * ms;
  throw new WaymarkError("WM8012", `--older-than ${text} is not an age`, { hint: "such as --older-than 30d, or 12h" });
}
