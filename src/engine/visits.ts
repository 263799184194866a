import type { Plan, PlannedStep } from "../model/plan.ts";
import type { RunStatus } from "../model/outcome.ts";
import { type RunState, isDone, taskOf } from "./state.ts";

/*
 * Where a run stands in the order of its visits. Pure: depends on the plan and the state alone.
 */

/** Hosts that have not been set aside. */
export function standing({ setAside }: RunState, hosts: readonly string[]): readonly string[] {
  return setAside.isEmpty() ? hosts : hosts.filter((host) => !setAside.has(host));
}

/** The visit has come to its end with all its hosts. */
export function isVisitOver({ order, steps }: Plan, state: RunState, position: number): boolean {
  const visit = order[position];
  const step = steps[visit?.step ?? -1];
  if (visit === undefined || step === undefined) return true;
  if (step.skip !== undefined) return state.steps.get(step.id) === "skipped";
  const hosts = standing(state, visit.hosts);
  // A batch whose hosts have all been set aside; a step that begins without any host left is another matter.
  if (hosts.length === 0) return standing(state, step.hosts).length > 0 || state.steps.get(step.id) === "ok";
  const settled = state.settled.get(step.id);
  const tasks = state.tasks.get(step.id);
  return hosts.every((host) => settled?.has(host) === true && isDone(tasks?.get(host)));
}

/** Something is left to run from this position on, other than what is left out as a whole. */
export function isAnythingLeft(plan: Plan, state: RunState, position: number): boolean {
  const { order, steps } = plan;
  for (let at = position; at < order.length; at++) {
    if (steps[order[at]?.step ?? -1]?.skip === undefined && !isVisitOver(plan, state, at)) return true;
  }
  return false;
}

/** The run was to rest once a visit is over, and it is this one. What is left out as a whole is no step to rest after. */
export function isBorder(plan: Plan, state: RunState, position: number, status: "ok" | "skipped"): boolean {
  const { order, steps } = plan;
  const { restAfter } = state;
  if (restAfter === undefined) return false;
  const { step } = restAfter;
  const isOf = (at: number): boolean => steps[order[at]?.step ?? -1]?.id === step;
  if (step === undefined) return status === "ok";
  if (isOf(position)) return true;
  // It is over already.
  for (let at = position + 1; at < order.length; at++) if (isOf(at) && !isVisitOver(plan, state, at)) return false;
  return true;
}

/** How a run ends that has come to the end of the order. What was left out on purpose may have been done before. */
export function endStatus({ steps, undoes }: Plan, state: RunState): RunStatus {
  if (!state.setAside.isEmpty()) return "failed";
  if (undoes === true) return "abandoned";
  const isLeft = ({ id, role, unselected = [] }: PlannedStep): boolean =>
    role === "run" && unselected.some((host) => !isDone(taskOf(state, id, host)));
  return steps.some(isLeft) ? "partial" : "passed";
}

/** What is to be done about a step that failed, where another fixes it. */
export type Mending =
  | { readonly type: "ask"; readonly fix: PlannedStep }
  | { readonly type: "run"; readonly fix: PlannedStep; readonly hosts: readonly string[] };

/** @returns undefined where nothing fixes the step, or nobody wants that, or it did not help */
export function mending(
  { steps }: Plan,
  state: RunState,
  { id }: PlannedStep,
  failed: readonly string[],
): Mending | undefined {
  const fix = steps.find(({ role, of, skip }) => role === "fix" && of === id && skip === undefined);
  if (fix === undefined) return undefined;
  const known = state.fixes.get(id);
  // What was said of one batch was not said of the next.
  const isNew = known?.status !== "accepted" && failed.some((host) => known?.hosts.includes(host) !== true);
  if (known === undefined || known.by !== fix.id || isNew) return { type: "ask", fix };
  const own = fix.hosts.filter((host) => failed.includes(host));
  const hosts = standing(state, own.length > 0 ? own : fix.hosts);
  return known.status !== "accepted" || hosts.length === 0 ? undefined : { type: "run", fix, hosts };
}
