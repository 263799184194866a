import type { PlannedStep } from "../../model/plan.ts";
import type { RunView } from "../../story/run-fold.ts";
import type { ScreenSource } from "./screen-source.ts";

/** Position of the step at work, else of the last that was begun. */
export function activeStep(steps: readonly Pick<PlannedStep, "id">[], view: RunView): number {
  const stepIds = steps.map(({ id }) => id);
  const begun = [...view.steps.values()].filter(({ id }) => stepIds.includes(id));
  const now = begun.findLast(({ status }) => status === "running") ?? begun.at(-1);
  return now === undefined ? 0 : stepIds.indexOf(now.id);
}

/** How long somebody has worked on the run, up to now if somebody does. */
export function workedMs(source: ScreenSource): number {
  const { view, live } = source;
  if (!live || view.status !== "running" || view.updated === "") return view.workedMs;
  return view.workedMs + Math.max(0, source.now().getTime() - Date.parse(view.updated));
}
