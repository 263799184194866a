import type { RunStatus } from "./outcome.ts";

/**
 * How a run stands. `running`: somebody works on it now. `crashed`: nobody does, and it has neither ended nor paused.
 * `paused` without a word of that in its journal: it could not be written any more.
 */
export type RunCondition = RunStatus | "running" | "paused" | "crashed";

/**
 * The one place where that is told.
 * @param said by its journal, last
 * @param isHeld somebody has its lock
 * @param hasStopped whoever had it last had to stop since they could not write
 */
export function conditionOf(said: RunStatus | "running" | "paused", isHeld: boolean, hasStopped = false): RunCondition {
  if (said !== "running" && said !== "paused") return said;
  if (isHeld) return "running";
  return said === "paused" || hasStopped ? "paused" : "crashed";
}
