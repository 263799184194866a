import type { OperatorDecided } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { Question } from "./action.ts";
import { needsPerson, type Said } from "./next-action.ts";
import { type RunState, taskOf } from "./state.ts";

/** What the operator has said that concerns one task. */
export function saidOf({ choices, confirmed }: RunState, step: string, host: string): Said {
  return { choice: choices.get(step)?.get(host), confirmed: confirmed.get(step)?.has(host) === true };
}

/**
 * What only a person can say before tasks that are parked may go on: a question; or what follows from its answers, once
 * every item of a list is ticked; undefined where there is nothing to ask.
 */
export function personNeeded(
  step: PlannedStep,
  state: RunState,
  parked: readonly string[],
): Question | OperatorDecided | undefined {
  const { id, action } = step;
  const hosts = parked.filter((host) => {
    const task = taskOf(state, id, host);
    return task?.phase === "due" && needsPerson(step, task, saidOf(state, id, host).confirmed === true);
  });
  if (hosts.length === 0) return undefined;
  if (action.kind !== "manual") return { about: "confirm", step: id, hosts };
  const ticked = state.ticked.get(id);
  const item = action.items.find((text) => ticked?.has(text) !== true);
  if (item === undefined && action.items.length > 0) {
    return { type: "operator-decided", decision: "done", step: id, hosts };
  }
  return { about: "manual", step: id, hosts, ...(item !== undefined && { item }) };
}
