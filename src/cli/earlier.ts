import type { RunState } from "../engine/state.ts";
import type { RunEvent, RunStarted } from "../model/event.ts";
import type { Earlier } from "./load.ts";

/** What a run that goes on was started with, and has come to since: inputs that were changed or asked for, captures. */
export function earlierOf(
  begun: RunStarted,
  events: readonly RunEvent[],
  state: RunState,
): Required<Omit<Earlier, "aside">> {
  return {
    inventory: begun.inventory,
    inputs: events.reduce(withInputs, begun.inputs),
    captured: new Set(state.captures.keys()),
    over: new Set([...state.steps].filter(([, status]) => status === "ok").map(([step]) => step)),
  };
}

type Inputs = Readonly<Record<string, string>>;

function withInputs(inputs: Inputs, event: RunEvent): Inputs {
  if (event.type === "run-resumed") return event.inputs ?? inputs;
  if (event.type !== "operator-decided" || event.decision !== "input") return inputs;
  const { name, value } = event;
  return name === undefined || value === undefined ? inputs : { ...inputs, [name]: value };
}

/** Inputs that have another value than the run had so far: a line each. */
export function changedInputs(earlier: Inputs, now: Inputs): readonly string[] {
  return Object.entries(now)
    .filter(([name, value]) => Object.hasOwn(earlier, name) && earlier[name] !== value)
    .map(([name, value]) => `${name}: ${value}, was ${earlier[name] ?? ""}; steps done already keep the old value`);
}

/** Whether the journal has to be told. */
export function sameInputs(earlier: Inputs, now: Inputs): boolean {
  const names = Object.keys(now);
  return names.length === Object.keys(earlier).length && names.every((name) => earlier[name] === now[name]);
}
