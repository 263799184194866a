import { conditionOf } from "../model/run-condition.ts";
import type { RunView } from "./run-fold.ts";

/**
 * The picture of a run as it stands now, which its journal alone does not tell: somebody may have gone on with it who has
 * written nothing yet, and whoever worked on it may be gone.
 * @param isHeld somebody works on it
 * @param hasStopped whoever did last had to stop since they could not write
 */
export function standingNow(view: RunView, isHeld: boolean, hasStopped = false): RunView {
  if (view.status === "crashed") return view;
  const { pause, ...rest } = view;
  const status = conditionOf(view.status, isHeld, hasStopped);
  return { ...rest, status, ...(status === "paused" && pause !== undefined && { pause }) };
}
