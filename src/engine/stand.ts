import type { Plan, PlannedStep } from "../model/plan.ts";
import { carriesOf, takenUp } from "./carry-over.ts";
import type { Shell } from "./ports.ts";
import { type Captured, type RunState, type TaskState, isDone, taskOf } from "./state.ts";
import { Unset, type Values } from "./values.ts";

/*
 * Where a person stands who wants a shell: at a step, on one of its hosts. Told from plan and state alone.
 */

/** Names the step, in the environment of a shell. */
const STEP_NAME = "WAYMARK_STEP";

/**
 * The step to stand at where nobody names one: the first that has failed, or whose outcome is unknown; else the next,
 * and of a run that is through the last.
 * @param host only steps of this host, and what has become of them there
 */
export function stepToStandAt({ steps, order }: Plan, state: RunState, host?: string): PlannedStep | undefined {
  const inOrder = [...new Set(order.map(({ step }) => step))].flatMap((index) => steps[index] ?? []);
  const own = inOrder.filter((step) => (host === undefined ? hostsOf(step).length > 0 : hostsOf(step).includes(host)));
  const isOver = ({ id }: PlannedStep): boolean =>
    host === undefined ? state.steps.has(id) : isDone(taskOf(state, id, host));
  const failed = own.find((step) => (host === undefined ? hostsOf(step) : [host]).some(isBad(step, state)));
  return failed ?? own.find((step) => !isOver(step)) ?? own.at(-1);
}

/** The host to stand on where nobody names one: the first where the step has failed, else the first of its hosts. */
export function hostToStandOn(step: PlannedStep, state: RunState): string | undefined {
  const hosts = hostsOf(step);
  return hosts.find(isBad(step, state)) ?? hosts[0];
}

/** All that the step is for, whatever was selected. */
export function hostsOf({ hosts, unselected = [] }: PlannedStep): readonly string[] {
  return [...hosts, ...unselected];
}

function isBad({ id }: PlannedStep, state: RunState): (host: string) => boolean {
  return (host) => {
    const task = taskOf(state, id, host);
    return task?.phase === "unknown" || (task?.phase === "finished" && !isDone(task));
  };
}

/** The captures that the variables of a step are on a host: its own, else the only ones. */
export function capturesFor(
  { uses }: PlannedStep,
  host: string,
  { captures }: RunState,
): readonly { readonly name: string; readonly host: string; readonly captured: Captured }[] {
  return uses.flatMap((name) => {
    const known = captures.get(name);
    const from = known?.has(host) === true ? host : known?.size === 1 ? known.keySeq().first() : undefined;
    const captured = from === undefined ? undefined : known?.get(from);
    return from === undefined || captured === undefined ? [] : [{ name, host: from, captured }];
  });
}

/** A shell, and what of the step it has to do without: a sentence each. */
export interface PlannedShell {
  readonly shell: Shell;
  readonly without: readonly string[];
}

/**
 * The shell that stands where a step does on a host: with the user, the directory and the variables that the step has
 * there, and what it has taken up from steps before it, or would.
 * @param around `login`: the login user's name there. `lost`: why captured variables have no value any more
 */
export function planShell(
  step: PlannedStep,
  host: string,
  state: RunState,
  {
    values,
    login,
    lost = new Map(),
  }: {
    readonly values: Pick<Values, "lookup" | "fill">;
    readonly login: string;
    readonly lost?: ReadonlyMap<string, string>;
  },
): PlannedShell {
  const without: string[] = [];
  const lookup = values.lookup(host);
  const env: Record<string, string> = { WAYMARK_HOST: host, [STEP_NAME]: step.id };
  for (const name of step.uses) {
    const resolved = lookup(name);
    if ("value" in resolved) env[name] = resolved.value;
    else if (lost.has(name)) without.push(`\`${name}\` cannot be had: ${lost.get(name) ?? ""}`);
    else without.push(resolved.missing);
  }
  const user = step.user === login ? undefined : step.user;
  const carried = carriedTo(step, host, state, user);
  const { action } = step;
  let dir = carried?.dir;
  if (action.kind === "command" && action.dir !== undefined) {
    try {
      dir = values.fill(action.dir, host);
    } catch (error) {
      if (!(error instanceof Unset)) throw error;
      dir = undefined;
    }
  }
  return {
    shell: { env, ...(user !== undefined && { user }), ...(dir !== undefined && { dir }), ...carriesOf(carried) },
    without,
  };
}

/** What the step began with; where it has not begun, or has failed and begins anew, what it would begin with now. */
function carriedTo(
  step: PlannedStep,
  host: string,
  { tasks, terminals }: RunState,
  user: string | undefined,
): TaskState["carries"] {
  const task = tasks.get(step.id)?.get(host);
  const place = step.at ?? host;
  // What is no command has no shell of its own: who does it by hand stands in the guide's one terminal.
  if (step.action.kind !== "command") return takenUp(terminals, { ...step, action: PLAIN }, place, user);
  const hasBegun = task !== undefined && task.task !== "" && (task.phase !== "finished" || isDone(task));
  return hasBegun ? task.carries : takenUp(terminals, step, place, user);
}

const PLAIN: PlannedStep["action"] = { kind: "command", language: "sh", interpreter: ["sh"], code: "" };
