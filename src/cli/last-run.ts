import { recall } from "../engine/advance.ts";
import { rename } from "../engine/rename.ts";
import type { RunState } from "../engine/state.ts";
import { type RunCondition, listRuns } from "../journal/list-runs.ts";
import { readJournal } from "../journal/read-journal.ts";
import { type RunFolder, journalPath } from "../journal/run-folder.ts";
import type { GuideRevision } from "../model/event.ts";
import { compareRevisions } from "../plan/changes.ts";
import { earlierOf } from "./earlier.ts";
import { stepsOfRevision } from "./guide-edits.ts";
import type { Earlier, Loaded } from "./load.ts";

/** The newest run of a guide, as it is in its journal: nobody is kept from it. */
export interface LastRun {
  readonly folder: RunFolder;
  readonly condition: RunCondition;
  readonly revision: GuideRevision;
  readonly earlier: Earlier;
  readonly state: RunState;
}

/** @param guide absolute path */
export async function lastRun(stateDir: string, guide: string): Promise<LastRun | undefined> {
  const run = (await listRuns(stateDir)).find((summary) => summary.guide === guide);
  if (run === undefined) return undefined;
  const { folder, condition } = run;
  const { events } = await readJournal(journalPath(folder));
  const begun = events.find((event) => event.type === "run-started");
  if (begun === undefined) return undefined;
  const { state } = recall(events);
  const revision = events.findLast((event) => event.type === "guide-changed")?.guide ?? begun.guide;
  return { folder, condition, revision, earlier: earlierOf(begun, events, state), state };
}

/** What is known of the run, with its steps called as in the guide of today; of a step that cannot be told, nothing. */
export async function stateToday({ folder, revision, state }: LastRun, loaded: Loaded): Promise<RunState> {
  const { source, plan } = loaded;
  if (source.guide.digest === revision.digest) return state;
  const before = await stepsOfRevision(folder, revision.digest, loaded);
  const changes = compareRevisions(before, plan.steps, () => false);
  return rename(state, { type: "guide-changed", guide: source.guide, ...changes });
}
