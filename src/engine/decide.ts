import { Set as ImmutableSet } from "immutable";
import type { OperatorDecided } from "../model/event.ts";
import { takenBack } from "./carry-over.ts";
import { type OperatorChoice, type RunState, isDone, taskOf } from "./state.ts";

/** A choice of the operator. */
export function decided(state: RunState, event: OperatorDecided): RunState {
  const { decision, step, hosts } = event;
  if (decision === "interrupt" || decision === "cancel") return { ...state, interrupted: decision };
  if (decision === "input") {
    return event.name === undefined ? state : { ...state, inputs: state.inputs.set(event.name, event.value) };
  }
  if (decision === "rest-after") return { ...state, restAfter: step === undefined ? {} : { step } };
  if (decision === "no-rest") {
    const { restAfter: _restAfter, ...rest } = state;
    return rest;
  }
  if (decision === "set-aside") {
    const setAside = (hosts ?? []).reduce((known, host) => known.set(host, "by the operator"), state.setAside);
    return { ...state, setAside };
  }
  if (step === undefined) return state;
  switch (decision) {
    case "continue":
      return { ...state, checkpoint: { step, passed: true } };
    case "confirm":
      return { ...state, confirmed: state.confirmed.set(step, setOf(state.confirmed.get(step), hosts)) };
    case "tick":
      return { ...state, ticked: state.ticked.set(step, setOf(state.ticked.get(step), [event.item ?? ""])) };
    case "shell":
      return state;
    case "fix":
    case "no-fix":
      return fix(state, event, step);
    default:
      return (hosts ?? [...(state.tasks.get(step)?.keys() ?? [])]).reduce(
        (next, host) => choose(next, step, host, decision),
        state,
      );
  }
}

function setOf(known: ImmutableSet<string> | undefined, more: readonly string[] = []): ImmutableSet<string> {
  return (known ?? ImmutableSet<string>()).union(more);
}

/** The step that fixes runs as if it never had; what may still be at work of it is gone on with, and done once. */
function fix(state: RunState, { decision, fix: by, hosts = [] }: OperatorDecided, step: string): RunState {
  if (by === undefined) return state;
  const status = decision === "fix" ? "accepted" : "declined";
  const fixes = state.fixes.set(step, { by, status, hosts });
  const isOpen = state.tasks.get(by)?.some(({ phase }) => phase !== "finished") === true;
  if (decision !== "fix" || isOpen) return { ...state, fixes };
  return { ...state, fixes, tasks: state.tasks.remove(by), steps: state.steps.remove(by) };
}

/** What was agreed to, or ticked, was that once. @param host absent: on all hosts */
export function unsaid(state: RunState, step: string, host?: string): Pick<RunState, "confirmed" | "ticked"> {
  const confirmed = host === undefined ? undefined : state.confirmed.get(step)?.remove(host);
  return {
    confirmed: confirmed === undefined ? state.confirmed.remove(step) : state.confirmed.set(step, confirmed),
    ticked: state.ticked.remove(step),
  };
}

/** `rerun` forgets at once what is finished, or only to be judged again; whatever may still be on its host has to be asked for first. */
function choose(state: RunState, step: string, host: string, choice: OperatorChoice): RunState {
  const task = taskOf(state, step, host);
  const ended = task?.phase === "finished" || task?.rejudged !== undefined;
  if (choice === "rerun" && ended) {
    return {
      ...state,
      terminals: takenBack(state.terminals, host, task),
      tasks: state.tasks.removeIn([step, host]),
      steps: state.steps.remove(step),
      settled: state.settled.has(step)
        ? state.settled.update(step, ImmutableSet<string>(), (hosts) => hosts.remove(host))
        : state.settled,
      ...unsaid(state, step),
    };
  }
  if (isDone(task)) return state;
  const choices = state.choices.setIn([step, host], choice);
  // A failed task is over: the choice is all that is left to say about it.
  const tasks = task?.phase === "finished" ? state.tasks.removeIn([step, host]) : state.tasks;
  return { ...state, choices, tasks };
}
