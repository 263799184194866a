import { resolve } from "node:path";
import { type Advanced, recall } from "../engine/advance.ts";
import { EMPTY_STATE, type RunState } from "../engine/state.ts";
import { findRun } from "../journal/find-run.ts";
import { saveGuide } from "../journal/guide-revision.ts";
import { isOpen, listRuns } from "../journal/list-runs.ts";
import { openJournal } from "../journal/open-journal.ts";
import type { RunFolder } from "../journal/run-folder.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { EventBody, GuideRevision, RunEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { checkChoices, choices, restWish } from "./choices.ts";
import { systemClock } from "./clock.ts";
import { conduct } from "./conduct.ts";
import { changedInputs, earlierOf, sameInputs } from "./earlier.ts";
import { decisions } from "./decisions.ts";
import { confirmedSteps } from "./find-step.ts";
import type { RunFlags } from "./flags.ts";
import { guideEdits, rerunChanged, shownEdits } from "./guide-edits.ts";
import { readWait } from "./lease-wish.ts";
import { loadToLook, loadToRun } from "./load.ts";
import { terminalPrompter } from "./prompter.ts";
import { version } from "./program.ts";
import { withQuickReact } from "./quick-react.ts";
import type { RunScreen, Seen } from "./run-screen.ts";
import { readOnly } from "./read-only-run.ts";
import { readParallel } from "./run.ts";
import { opensScreen, type Surroundings, shownPath, stateDir } from "./terminal.ts";

/** `waymark resume`: goes on with an unfinished run, with the guide as it is now. */
export async function resume(around: Surroundings, wanted: string | undefined, flags: RunFlags): Promise<ExitCode> {
  if (!opensScreen(around, flags)) return goOn(around, wanted, flags);
  const { sit } = await withQuickReact(() => import("./sitting.ts"));
  return sit(around, flags, {
    look: () => lookAt(around, wanted, flags),
    go: (flags, screen) => goOn(screen.around, screen.run ?? wanted, flags, screen),
    rehearse: (around, flags, run) => goOn(around, run ?? wanted, flags),
  });
}

/** The run as it stands, with the guide as it is now. */
async function lookAt(around: Surroundings, wanted: string | undefined, flags: RunFlags): Promise<Seen> {
  const folder = await unfinished(around, stateDir(around, flags.stateDir), wanted);
  // Refused here already while somebody else works on it.
  const { journal, events } = await openJournal(folder, { clock: systemClock });
  await journal.close();
  const { revision, earlier } = standing(folder, events);
  return { ...(await loadToLook(around, shownPath(around, revision.path), flags, earlier)), past: events, folder };
}

/** One stretch of a run, from where it stopped on. */
export async function goOn(
  around: Surroundings,
  wanted: string | undefined,
  flags: RunFlags,
  screen?: RunScreen,
): Promise<ExitCode> {
  readWait(flags.wait);
  const state = stateDir(around, flags.stateDir);
  const folder = await unfinished(around, state, wanted);
  const dry = flags.dryRun === true;
  const { journal, events } = dry ? await readOnly(folder) : await openJournal(folder, { clock: systemClock });
  try {
    const { before, revision, earlier } = standing(folder, events);
    const parallel = flags.parallel === undefined ? before.state.parallel : readParallel(flags.parallel);
    const loaded = await loadToRun(around, shownPath(around, revision.path), flags, earlier, (plan) => {
      decisions(plan, flags, EMPTY_STATE);
      checkChoices(plan, flags);
      confirmedSteps(plan, flags.confirm);
    });
    const { openInputs } = loaded;
    for (const line of changedInputs(earlier.inputs, openInputs)) around.stderr.write(`${line}\n`);
    for (const line of leftBehind(before.state, loaded.plan)) around.stderr.write(`${line}\n`);
    const edits = await guideEdits(folder, revision, loaded, before.state, terminalPrompter(around, flags));
    if (edits !== undefined && !dry) await saveGuide(folder, loaded.guideBytes);
    const known = edits?.state ?? before.state;
    const decided = [
      ...(flags.rerunChanged === true ? rerunChanged(loaded.plan, known) : []),
      ...decisions(loaded.plan, flags, known),
      ...choices(loaded.plan, flags, known),
    ];
    const first: EventBody[] = edits === undefined ? [...decided] : [edits.event, ...decided];
    first.push({
      type: "run-resumed",
      waymark: version(),
      retryFailed: flags.retryFailed === true,
      parallel,
      ...(!sameInputs(earlier.inputs, openInputs) && { inputs: openInputs }),
    });
    first.push(...restWish(loaded.plan, flags, known, decided));
    return await conduct(around, flags, {
      loaded,
      ...(!dry && { folder }),
      ...(screen !== undefined && { screen }),
      journal,
      before,
      past: events,
      first,
      ...(edits !== undefined && { edited: shownEdits(edits, loaded.plan, decided) }),
    });
  } finally {
    await journal.close();
  }
}

/** What a run has come to, and with what. @throws {WaymarkError} where nobody can go on with it */
function standing(
  folder: RunFolder,
  events: readonly RunEvent[],
): {
  readonly before: Advanced;
  readonly revision: GuideRevision;
  readonly earlier: ReturnType<typeof earlierOf>;
} {
  const begun = events.find((event) => event.type === "run-started");
  if (begun === undefined) throw nothingHappened(folder);
  const before = recall(events);
  const { ending } = before.state;
  if (ending?.type === "finished" && ending.status === "abandoned") throw givenUp(folder);
  if (events.findLast((event) => event.type === "run-resumed")?.undo === true) throw beingUndone(folder);
  const revision = events.findLast((event) => event.type === "guide-changed")?.guide ?? begun.guide;
  return { before, revision, earlier: earlierOf(begun, events, before.state) };
}

async function unfinished(around: Surroundings, state: string, wanted: string | undefined): Promise<RunFolder> {
  const runs = await listRuns(state);
  const open = runs.filter((run) => isOpen(run, runs));
  const path = wanted === undefined ? undefined : resolve(around.cwd, wanted);
  const run = open.find(({ guide }) => path === undefined || guide === path);
  if (run !== undefined) return run.folder;
  if (wanted === undefined || runs.some(({ guide }) => guide === path)) {
    throw new WaymarkError(
      "WM8007",
      wanted === undefined ? "no run is unfinished" : `no run of ${wanted} is unfinished`,
      {
        hint: "`waymark runs` lists them all; `waymark run` starts a new one",
      },
    );
  }
  return findRun(runs, wanted).folder;
}

/** Tasks that were begun and not finished on hosts that are no longer part of the run: nobody will ask for them. */
function leftBehind({ tasks }: RunState, plan: Plan): readonly string[] {
  const known = new Set(plan.hosts.map(({ name }) => name));
  return [...tasks].flatMap(([step, hosts]) =>
    [...hosts].flatMap(([host, { phase }]) =>
      known.has(host) || phase === "finished"
        ? []
        : [`warning: ${step} was not finished on ${host}, which is no longer part of the run; it may still run there`],
    ),
  );
}

function givenUp(folder: RunFolder): WaymarkError {
  return new WaymarkError("WM8017", `run ${folder.id} was given up`, { hint: "`waymark run` starts a new one" });
}

/** Going on would do again what is being reverted, perhaps while it is. */
function beingUndone({ id }: RunFolder): WaymarkError {
  return new WaymarkError("WM8026", `run ${id} is being undone`, {
    hint: `go on with that: waymark undo ${id}; or give it up as it is: waymark abandon ${id}`,
    exit: EXIT.paused,
  });
}

function nothingHappened(folder: RunFolder): WaymarkError {
  return new WaymarkError("WM7003", `run ${folder.id} was killed before anything happened`, {
    hint: `there is nothing to resume: waymark run GUIDE --new; waymark clean ${folder.id} removes it`,
  });
}
