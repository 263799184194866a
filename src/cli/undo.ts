import { resolve } from "node:path";
import { recall } from "../engine/advance.ts";
import { failed } from "../engine/next-action.ts";
import { taskOf } from "../engine/state.ts";
import type { RunState } from "../engine/state.ts";
import { undoPlan } from "../engine/undo-plan.ts";
import { saveGuide } from "../journal/guide-revision.ts";
import { findRun } from "../journal/find-run.ts";
import { listRuns } from "../journal/list-runs.ts";
import { openJournal } from "../journal/open-journal.ts";
import type { RunFolder } from "../journal/run-folder.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { EventBody, OperatorDecided, RunEvent } from "../model/event.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Plan } from "../model/plan.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { plural } from "../story/plural.ts";
import { oneLine } from "../story/terminal-text.ts";
import { systemClock } from "./clock.ts";
import { conduct } from "./conduct.ts";
import { decisions } from "./decisions.ts";
import { earlierOf } from "./earlier.ts";
import type { RunFlags } from "./flags.ts";
import { guideEdits } from "./guide-edits.ts";
import { readWait } from "./lease-wish.ts";
import { loadToRun } from "./load.ts";
import { version } from "./program.ts";
import { type Prompter, terminalPrompter, Unanswered } from "./prompter.ts";
import { readOnly } from "./read-only-run.ts";
import { readParallel } from "./run.ts";
import { type Surroundings, shownPath, stateDir } from "./terminal.ts";

/** `waymark undo`: reverts what a run has done, newest first, with the guide as it is now, and gives the run up. */
export async function undo(around: Surroundings, wanted: string | undefined, flags: RunFlags): Promise<ExitCode> {
  readWait(flags.wait);
  const folder = await chosenRun(around, wanted, flags);
  const dry = flags.dryRun === true;
  const { journal, events } = dry ? await readOnly(folder) : await openJournal(folder, { clock: systemClock });
  try {
    const begun = events.find((event) => event.type === "run-started");
    if (begun === undefined) throw nothingToUndo(folder);
    const before = recall(events);
    const revision = events.findLast((event) => event.type === "guide-changed")?.guide ?? begun.guide;
    const earlier = earlierOf(begun, events, before.state);
    const loaded = await loadToRun(around, shownPath(around, revision.path), flags, earlier);
    const prompter = terminalPrompter(around, flags);
    const edits = await guideEdits(folder, revision, loaded, before.state, prompter);
    const state = edits?.state ?? before.state;
    const past = edits === undefined ? events : [...events, stamped(edits.event, events)];
    const plan = undoPlan(loaded.plan, state, past);
    if (plan.order.length === 0) throw nothingToUndo(folder);
    if (!dry && flags.yes !== true) await confirm(plan, folder, prompter);
    if (edits !== undefined && !dry) await saveGuide(folder, loaded.guideBytes);
    const first: EventBody[] = [
      ...(edits === undefined ? [] : [edits.event]),
      ...onceMore(plan, state),
      ...decisions(plan, reverting(plan, flags), state),
      {
        type: "run-resumed",
        waymark: version(),
        retryFailed: true,
        parallel: flags.parallel === undefined ? before.state.parallel : readParallel(flags.parallel),
        undo: true,
      },
    ];
    return await conduct(around, flags, {
      loaded: { ...loaded, plan },
      ...(!dry && { folder }),
      journal,
      before,
      past: events,
      first,
    });
  } finally {
    await journal.close();
  }
}

/** The run that is meant; without a name the newest. Never an older one because the newest is undone already. */
async function chosenRun(around: Surroundings, wanted: string | undefined, flags: RunFlags): Promise<RunFolder> {
  const runs = await listRuns(stateDir(around, flags.stateDir));
  const path = wanted === undefined ? undefined : resolve(around.cwd, wanted);
  const run = runs.find(({ guide }) => path === undefined || guide === path);
  return run === undefined ? findRun(runs, wanted).folder : run.folder;
}

/** What has failed is tried again, also where Waymark was killed since. What has been reverted is so once and for all. */
function onceMore({ order, steps }: Plan, state: RunState): readonly OperatorDecided[] {
  return order.flatMap(({ step: index, hosts }): readonly OperatorDecided[] => {
    const step = steps[index]?.id ?? "";
    const again = hosts.filter((host) => failed(taskOf(state, step, host)));
    return again.length === 0 ? [] : [{ type: "operator-decided", decision: "rerun", step, hosts: again }];
  });
}

/**
 * Those flags name what reverts a step, or that step, which is all that the one who puts a file back goes by.
 * @throws {WaymarkError} WM8009 where nothing of a step is to be reverted: what it did itself is not to be forgotten
 */
function reverting({ order, steps }: Plan, { rerun, skip, done }: RunFlags): Pick<RunFlags, "rerun" | "skip" | "done"> {
  const undos = order.flatMap(({ step }) => steps[step] ?? []);
  const idsOf = (flag: string, names: readonly string[] = []): string[] =>
    names.map((name) => {
      const wanted = name.replace(/^#/, "");
      const undo = undos.find(({ of }) => of === wanted) ?? undos.find(({ id }) => id === wanted);
      if (undo !== undefined) return undo.id;
      const ids = [...new Set(undos.map(({ of = "" }) => of))];
      throw new WaymarkError("WM8009", `${flag} ${name}: there is nothing to revert of such a step`, {
        hint: didYouMean(wanted, ids, `there is of these: ${ids.join(", ")}`),
      });
    });
  return { rerun: idsOf("--rerun", rerun), skip: idsOf("--skip", skip), done: idsOf("--done", done) };
}

async function confirm(plan: Plan, { id }: RunFolder, prompter: Prompter | undefined): Promise<void> {
  const lines = plan.order.map(({ step, hosts }) => {
    const { title = "", of = "" } = plan.steps[step] ?? {};
    return `  ${oneLine(title)}  #${of}  on ${countHosts(hosts)}`;
  });
  const declined = (message: string, hint: string): WaymarkError =>
    new WaymarkError("WM8024", message, { hint, exit: EXIT.paused });
  if (prompter === undefined) {
    throw declined(
      `undoing run ${id} reverts ${plural(lines.length, "step")}, and nobody is there to say yes`,
      "add --yes",
    );
  }
  prompter.say(`Undoing run ${id} runs, in this order:`, ...lines);
  try {
    if (await prompter.yes("Undo it?", false, new AbortController().signal)) return;
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
  }
  throw declined(`run ${id} was not undone`, "nothing was run");
}

function nothingToUndo({ id }: RunFolder): WaymarkError {
  return new WaymarkError("WM8025", `there is nothing to undo of run ${id}`, {
    hint: "only steps that have an `undo` step in the guide, and files, can be undone, where they have finished",
  });
}

/** As it will stand in the journal. */
function stamped(body: EventBody, events: readonly RunEvent[]): RunEvent {
  return { v: 1, seq: events.length + 1, at: systemClock.now().toISOString(), ...body };
}
