import type { Plan, PlannedStep } from "../model/plan.ts";
import { type RunState, type TaskState, taskOf } from "./state.ts";

/** A `verify` step, and the hosts on which it is looked at once more. */
export interface Check {
  readonly step: string;
  readonly hosts: readonly string[];
}

/**
 * The `verify` steps that have passed in this run and would not be run again, in the order of the guide: what they saw
 * may be otherwise by now. A step whose text has been edited since saw something else.
 */
export function checksDue({ steps, undoes }: Plan, state: RunState): readonly Check[] {
  if (undoes === true) return [];
  return steps.flatMap((step): readonly Check[] => {
    if (
      !step.verify ||
      step.interactive === true ||
      step.background === true ||
      step.role !== "run" ||
      step.skip !== undefined
    )
      return [];
    const hosts = step.hosts.filter(
      (host) => !state.setAside.has(host) && stillCounts(step, taskOf(state, step.id, host)),
    );
    return hosts.length === 0 ? [] : [{ step: step.id, hosts }];
  });
}

function stillCounts({ effectDigest }: PlannedStep, task: TaskState | undefined): boolean {
  const passed = task?.phase === "finished" && (task.status === "ok" || task.status === "unchanged");
  return passed && task.attempt > 0 && task.rejudged === undefined && task.effectDigest === effectDigest;
}
