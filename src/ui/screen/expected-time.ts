import type { Plan, PlannedStep } from "../../model/plan.ts";
import type { RunView } from "../../story/run-fold.ts";
import type { StepTimes } from "../../story/step-times.ts";
import { runSteps } from "../render-summary.ts";

type Known = Pick<PlannedStep, "id" | "effectDigest">;

/**
 * How long a step has taken in earlier runs: the middle of them, in milliseconds. A step that is called otherwise by now
 * is known by what it does. Undefined where none of them has passed it.
 */
export function expectedStep({ id, effectDigest }: Known, earlier: readonly StepTimes[]): number | undefined {
  const times = earlier
    .flatMap(({ byId, byDigest }) => byId.get(id) ?? byDigest.get(effectDigest) ?? [])
    .sort((one, other) => one - other);
  return times[Math.floor((times.length - 1) / 2)];
}

/**
 * How much longer the run will take, in milliseconds, as far as steps are not waiting for people. Undefined where nothing
 * is left, and where earlier runs know less than most of it.
 * @param earlier those of the guide, whatever their hosts
 */
export function expectedLeft(
  plan: Pick<Plan, "steps" | "undoes">,
  view: Pick<RunView, "steps" | "status" | "stretches">,
  earlier: readonly StepTimes[],
  now: Date,
): number | undefined {
  const isOver = view.status === "passed" || view.status === "abandoned";
  if (earlier.length === 0 || isOver || plan.undoes === true) return undefined;
  const left = runSteps(plan).filter((step) => {
    const status = view.steps.get(step.id)?.status;
    return step.skip === undefined && !takesPeople(step) && status !== "ok" && status !== "skipped";
  });
  const times = left.map((step) => {
    const whole = expectedStep(step, earlier);
    return whole === undefined ? undefined : Math.max(0, whole - spent(step, view, now));
  });
  const known = times.filter((time) => time !== undefined);
  return known.length * 2 > left.length ? known.reduce((sum, time) => sum + time, 0) : undefined;
}

/** `11 min`: as exact as can be told. Empty where nothing is known, and where it takes longer than it ever has. */
export function leftWords(ms: number | undefined): string {
  if (ms === undefined || ms <= 0) return "";
  if (ms < 55_000) return `${Math.ceil(ms / 10_000) * 10} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

function takesPeople({ action, interactive }: PlannedStep): boolean {
  return action.kind === "manual" || interactive === true;
}

/** How long a step has been at work, since the run was gone on with at most. */
function spent(
  { id }: PlannedStep,
  { steps, status, stretches }: Pick<RunView, "steps" | "status" | "stretches">,
  now: Date,
): number {
  const step = steps.get(id);
  const [first] = step?.tasks.values() ?? [];
  if (status !== "running" || step?.status !== "running" || first === undefined) return 0;
  const since = Math.max(Date.parse(first.since), Date.parse(stretches.at(-1)?.from ?? first.since));
  return Math.max(0, now.getTime() - since);
}
