import type { PlannedStep } from "../../model/plan.ts";
import type { ScreenSource } from "./screen-source.ts";

/**
 * Position of the step at work, else of the last that was begun; of a run that rests, of the one that it rests at, or
 * that is next.
 */
export function activeStep(steps: readonly Pick<PlannedStep, "id">[], { view, live }: Shown): number {
  const places = new Map(steps.map(({ id }, index) => [id, index]));
  const begun = [...view.steps.values()].filter(({ id }) => places.has(id));
  // What was asked for is over with its step.
  const paused = live || view.pause?.reason === "asked" ? undefined : places.get(view.pause?.step ?? "");
  if (paused !== undefined) return paused;
  const now = begun.findLast(({ status }) => status === "running") ?? begun.at(-1);
  const at = now === undefined ? 0 : (places.get(now.id) ?? 0);
  const isNext = !live && view.status !== "passed" && (now?.status === "ok" || now?.status === "skipped");
  return isNext ? Math.min(at + 1, steps.length - 1) : at;
}

type Shown = Pick<ScreenSource, "view" | "live">;

/** How long somebody has worked on the run, up to now if somebody does. */
export function workedMs(source: ScreenSource): number {
  const { view, live } = source;
  if (!live || view.status !== "running" || view.updated === "") return view.workedMs;
  return view.workedMs + Math.max(0, source.now().getTime() - Date.parse(view.updated));
}
