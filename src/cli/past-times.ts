import { stat } from "node:fs/promises";
import { listRuns } from "../journal/list-runs.ts";
import { journalPath } from "../journal/run-folder.ts";
import { scanJournal } from "../journal/scan-journal.ts";
import { type StepTimes, StepTimer, TELL_TIMES } from "../story/step-times.ts";

/** Runs that are asked, those that passed first. */
const RUNS = 5;
/** Bytes of a journal that is read for this: some 20,000 events. */
const LONGEST = 8 * 1024 * 1024;

/**
 * How long steps took in the newest runs of a guide; empty where there are none that can be read. Takes its time: for when
 * nobody waits for it.
 * @param guide absolute path
 * @param but id of a run that is left out
 */
export async function pastTimes(stateDir: string, guide: string, but?: string): Promise<readonly StepTimes[]> {
  const runs = (await listRuns(stateDir)).filter((run) => run.guide === guide && run.folder.id !== but);
  const passed = runs.filter(({ condition }) => condition === "passed");
  const others = runs.filter(({ condition }) => condition !== "passed" && condition !== "unreadable");
  const found: StepTimes[] = [];
  for (const { folder } of [...passed, ...others].slice(0, RUNS)) {
    const path = journalPath(folder);
    const { size } = await stat(path);
    if (size > LONGEST) continue;
    const timer = new StepTimer();
    for await (const event of scanJournal(path, TELL_TIMES)) timer.add(event);
    if (timer.times.byId.size > 0) found.push(timer.times);
  }
  return found;
}
