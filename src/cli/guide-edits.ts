import { rejudgedHosts, staleHosts } from "../engine/stale.ts";
import { rename } from "../engine/rename.ts";
import type { RunState } from "../engine/state.ts";
import { readGuide } from "../document/read-guide.ts";
import { readGuide as readRevision } from "../journal/guide-revision.ts";
import type { RunFolder } from "../journal/run-folder.ts";
import type { GuideChanged, GuideRevision, OperatorDecided } from "../model/event.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import { compile } from "../plan/compile.ts";
import type { Edited } from "../ui/render-edits.ts";
import { type StepPrompter, settleSteps } from "./ask-about-steps.ts";
import type { Loaded } from "./load.ts";

/** A guide that is not what the run used last. */
export interface GuideEdits {
  readonly event: GuideChanged;
  /** The steps of the revision before. */
  readonly before: readonly PlannedStep[];
  /** The run, with its steps called as they are now. */
  readonly state: RunState;
}

/**
 * What became of the steps since the revision that the run used last; undefined where the guide is the same.
 * @throws {WaymarkError} where that is a guess, and nobody is there to say
 */
export async function guideEdits(
  folder: RunFolder,
  revision: GuideRevision,
  loaded: Loaded,
  state: RunState,
  prompter?: StepPrompter,
): Promise<GuideEdits | undefined> {
  const { plan, source } = loaded;
  if (source.guide.digest === revision.digest) return undefined;
  const before = await stepsOfRevision(folder, revision.digest, loaded);
  const { ambiguous: _none, ...changes } = await settleSteps(
    { guide: plan.guide.path, before, after: plan.steps, state },
    prompter,
  );
  const event: GuideChanged = { type: "guide-changed", guide: source.guide, ...changes };
  return { event, before, state: rename(state, event) };
}

/** The steps of a kept revision of the guide, with the hosts and inputs of today. */
export async function stepsOfRevision(
  folder: RunFolder,
  digest: string,
  { source, plan, inputs }: Pick<Loaded, "source" | "plan" | "inputs">,
): Promise<Plan["steps"]> {
  const { runbook } = readGuide(source.guide.path, await readRevision(folder, digest));
  if (runbook === undefined) return [];
  const inventory = { hosts: plan.hosts.filter(({ name }) => plan.remote.includes(name)) };
  return compile({ runbook, digest, inventory, inputs }).plan.steps;
}

/** `--rerun-changed`: all that has been done by another text than the guide has now, where it was done. */
export function rerunChanged({ steps }: Plan, state: RunState): readonly OperatorDecided[] {
  return steps.flatMap((step): readonly OperatorDecided[] => {
    const hosts = staleHosts(step, state);
    return hosts.length === 0 ? [] : [{ type: "operator-decided", decision: "rerun", step: step.id, hosts }];
  });
}

/** The same edits as they are shown. */
export function shownEdits(
  { event, before, state }: GuideEdits,
  plan: Plan,
  decided: readonly OperatorDecided[],
): Edited {
  const byStep = (hostsOf: (step: PlannedStep, state: RunState) => readonly string[]) =>
    new Map(plan.steps.map((step) => [step.id, hostsOf(step, state)]));
  const again = decided.flatMap(({ decision, step }) => (decision === "rerun" && step !== undefined ? [step] : []));
  return {
    event,
    before,
    after: plan.steps,
    stale: byStep(staleHosts),
    rejudged: byStep(rejudgedHosts),
    again: new Set(again),
  };
}
