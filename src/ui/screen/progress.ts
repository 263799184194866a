import type { PlannedStep } from "../../model/plan.ts";
import type { ScreenSource } from "./screen-source.ts";
import { waitsFor } from "./waiting.ts";

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

/** How long the run has been worked on, up to now if it is: not while all that it waits for is an answer. */
export function workedMs(source: Pick<ScreenSource, "plan" | "view" | "live" | "question" | "now">): number {
  const { plan, view, live, question } = source;
  const waits =
    (question !== undefined && !isAtWork(view)) ||
    plan.steps.some((step) => waitsFor(step, view.steps.get(step.id), view) !== undefined);
  if (!live || view.status !== "running" || view.updated === "" || waits) return view.workedMs;
  return view.workedMs + Math.max(0, source.now().getTime() - Date.parse(view.updated));
}

/** Something has been begun that is not over. */
function isAtWork({ steps }: ScreenSource["view"]): boolean {
  const step = [...steps.values()].findLast(({ status }) => status === "running");
  return [...(step?.hosts.get("running") ?? [])].some((host) => (step?.tasks.get(host)?.attempts ?? 0) > 0);
}
