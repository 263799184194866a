import type { RunStatus } from "./outcome.ts";

/**
 * How a run stands. `running`: somebody works on it now. `crashed`: nobody does, and it has neither ended nor paused.
 */
export type RunCondition = RunStatus | "running" | "paused" | "crashed";

/**
 * The one place where that is told.
 * @param said by its journal, last
 * @param isHeld somebody has its lock
 */
export function conditionOf(said: RunStatus | "running" | "paused", isHeld: boolean): RunCondition {
  if (said !== "running" && said !== "paused") return said;
  if (isHeld) return "running";
  return said === "paused" ? said : "crashed";
}
