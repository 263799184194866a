import type { Plan, PlannedStep } from "../model/plan.ts";
import { type RunState, isDone, taskOf } from "./state.ts";

/** The hosts on which a step is to run again: where nobody knows its outcome; all of its own if there is no such host. */
export function rerunHosts({ id, hosts, unselected = [] }: PlannedStep, state: RunState): readonly string[] {
  const all = [...hosts, ...unselected];
  const unknown = all.filter((host) => taskOf(state, id, host)?.phase === "unknown");
  return unknown.length > 0 ? unknown : all;
}

/**
 * The hosts for which a step is called done, or left out: all of its own. Where batches go through it, those of the
 * batches that have come to it and not past it, if there are any: nothing has been said of those that follow.
 */
export function openHosts(
  { order }: Pick<Plan, "order">,
  { index, id, hosts, unselected = [] }: PlannedStep,
  state: RunState,
): readonly string[] {
  const isOpen = (host: string): boolean => {
    const task = taskOf(state, id, host);
    return task !== undefined && !isDone(task);
  };
  const batches = order.filter(({ step }) => step === index);
  const open = batches.filter((batch) => batch.hosts.some(isOpen));
  if (batches.length < 2 || open.length === 0) return [...hosts, ...unselected];
  return [...open.flatMap((batch) => batch.hosts), ...unselected.filter(isOpen)];
}
