import type { PauseReason } from "../../model/event.ts";
import type { PlannedStep } from "../../model/plan.ts";
import type { RunView, StepView, TaskView } from "../../story/run-fold.ts";

const OF_SOMEBODY: ReadonlySet<PauseReason> = new Set(["checkpoint", "confirm", "manual", "interactive", "input"]);

/**
 * What a step waits for somebody for, whether the run rests there or is at work: as a reason to pause. Undefined: for
 * nobody. Told from the events alone, so that who only looks knows it as well.
 */
export function waitsFor(
  { id, action, confirm }: PlannedStep,
  known: StepView | undefined,
  { status, pause, checkpoint }: Pick<RunView, "status" | "pause" | "checkpoint">,
): PauseReason | undefined {
  if (status === "paused") return pause?.step === id && OF_SOMEBODY.has(pause.reason) ? pause.reason : undefined;
  if (status !== "running" || known?.status !== "running") return undefined;
  if (checkpoint === id) return "checkpoint";
  const open = known.hosts.get("running");
  if (open === undefined || open.size === 0) return undefined;
  if (action.kind === "manual") return "manual";
  const asksFirst = confirm !== undefined && [...open].every((host) => isUnconfirmed(known.tasks.get(host)));
  return asksFirst ? "confirm" : undefined;
}

function isUnconfirmed(task: TaskView | undefined): boolean {
  return task?.attempts === 0 && task.agreed !== true;
}
