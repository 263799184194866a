import type { PlannedStep } from "../model/plan.ts";
import { type RunState, type TaskState, isDone } from "./state.ts";

/** Hosts on which a step has been done, by another text than the guide has now. */
export function staleHosts(step: PlannedStep, { tasks }: RunState): readonly string[] {
  // What only mends or reverts is run when that is asked for.
  if (step.role !== "run") return [];
  return hostsWhere(step, tasks, (task) => ran(task) && task.effectDigest !== step.effectDigest);
}

/** Hosts on which what a step has printed is to be judged by what the guide expects now. */
export function rejudgedHosts(step: PlannedStep, { tasks }: RunState): readonly string[] {
  return hostsWhere(step, tasks, (task) => task.rejudged !== undefined);
}

/** It is done, and not only because it was left out or called done. */
function ran(task: TaskState): boolean {
  return isDone(task) && task.attempt > 0 && task.status !== "skipped";
}

function hostsWhere(
  { id, hosts, unselected = [] }: PlannedStep,
  tasks: RunState["tasks"],
  test: (task: TaskState) => boolean,
): readonly string[] {
  return [...hosts, ...unselected].filter((host) => {
    const task = tasks.get(id)?.get(host);
    return task !== undefined && test(task);
  });
}
