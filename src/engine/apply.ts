import { Map as ImmutableMap } from "immutable";
import type { GuideChanged, OperatorDecided, RunEvent, TaskRef } from "../model/event.ts";
import { EMPTY_STATE, isDone, type OperatorChoice, type RunState, type TaskState, taskOf } from "./state.ts";

/**
 * One event added to the state: pure, and independent of the plan, so that a journal written with an older
 * revision of the guide folds just the same.
 */
export function apply(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "run-started":
      return { ...EMPTY_STATE, run: event.run, token: event.token, parallel: event.parallel };
    case "run-resumed":
      return { ...resume(state, event.retryFailed), parallel: event.parallel };
    case "guide-changed":
      return rename(state, event);
    case "host-facts":
      return { ...state, facts: state.facts.set(event.host, event.facts) };
    case "host-set-aside":
      return { ...state, setAside: state.setAside.set(event.host, event.reason) };
    case "step-started":
      return { ...state, steps: state.steps.remove(event.step) };
    case "step-finished":
      return { ...state, steps: state.steps.set(event.step, event.status) };
    case "task-started":
      return withTask(state, event, () => ({
        phase: "due",
        task: event.task,
        effectDigest: event.effectDigest,
        attempt: 0,
        spentMs: 0,
        ...(event.user !== undefined && { user: event.user }),
      }));
    case "attempt-started":
      return withTask(state, event, ({ task, effectDigest, spentMs, user }) => ({
        phase: "attempting",
        task,
        effectDigest,
        attempt: event.attempt,
        spentMs,
        ...(user !== undefined && { user }),
      }));
    case "attempt-finished":
      return withTask(state, event, (task) => ({
        ...task,
        // A timeout is its own verdict; what was printed until then is not judged.
        ...(event.end === "timeout"
          ? { phase: "judged", verdict: { passed: false, expectations: [] }, judgedAt: event.at }
          : { phase: "ended" }),
        spentMs: task.spentMs + event.durationMs,
        end: {
          end: event.end,
          ...(event.exit !== undefined && { exit: event.exit }),
          ...(event.reason !== undefined && { reason: event.reason }),
        },
      }));
    case "attempt-judged":
      return withTask(state, event, (task) => ({
        ...task,
        phase: "judged",
        verdict: { passed: event.passed, expectations: event.expectations },
        judgedAt: event.at,
      }));
    case "batch-judged":
      return event.hosts.reduce(
        (next, host) =>
          withTask(next, { step: event.step, host }, (task) => ({
            ...task,
            phase: "batch-judged",
            judgedAt: event.at,
            verdict: {
              passed: event.passed && task.verdict?.passed === true,
              expectations: [...(task.verdict?.expectations ?? []), ...event.expectations],
            },
          })),
        state,
      );
    case "timer-fired":
      return timerFired(state, event.key);
    case "task-unknown":
      return withTask(state, event, (task) => ({
        ...task,
        phase: "unknown",
        reason: event.reason,
        asked: event.asked,
      }));
    case "task-finished": {
      const next = withTask(state, event, ({ task, effectDigest, attempt, spentMs, end, user }) => ({
        phase: "finished",
        task,
        effectDigest,
        attempt,
        spentMs,
        status: event.status,
        ...(end !== undefined && { end }),
        ...(user !== undefined && { user }),
        ...(event.reason !== undefined && { reason: event.reason }),
      }));
      return { ...next, choices: next.choices.removeIn([event.step, event.host]) };
    }
    case "variable-captured": {
      const { type: _type, v: _v, seq: _seq, at: _at, name, host, ...captured } = event;
      return { ...state, captures: state.captures.setIn([name, host], captured) };
    }
    case "operator-decided":
      return decided(state, event);
    case "run-paused":
      return { ...state, ending: { type: "paused", reason: event.reason, detail: event.detail } };
    case "run-finished":
      return { ...state, ending: { type: "finished", status: event.status } };
    case "host-connected":
    case "host-lost":
      return state;
  }
}

/** The state that a journal stands for. */
export function fold(events: readonly RunEvent[], from: RunState = EMPTY_STATE): RunState {
  return events.reduce(apply, from);
}

/** What a timer waits for: the next attempt of one task, or (no host) of a whole batch. */
export function timerKey(step: string, attempt: number, host?: string): string {
  return JSON.stringify(host === undefined ? [step, attempt] : [step, attempt, host]);
}

/** The parts of a {@link timerKey}. */
export function readTimerKey(key: string): readonly [step: string, attempt: number, host?: string] {
  return JSON.parse(key) as [string, number, string?];
}

function timerFired(state: RunState, key: string): RunState {
  const [step, attempt, host] = readTimerKey(key);
  const hosts = host === undefined ? [...(state.tasks.get(step)?.keys() ?? [])] : [host];
  return hosts
    .filter((name) => {
      const task = taskOf(state, step, name);
      return task?.attempt === attempt && (task.phase === "judged" || task.phase === "batch-judged");
    })
    .reduce((next, name) => withTask(next, { step, host: name }, (task) => ({ ...task, phase: "due" })), state);
}

const FRESH: TaskState = { phase: "due", task: "", effectDigest: "", attempt: 0, spentMs: 0 };

function withTask(state: RunState, { step, host }: TaskRef, change: (task: TaskState) => TaskState): RunState {
  const hosts = state.tasks.get(step) ?? ImmutableMap<string, TaskState>();
  return { ...state, tasks: state.tasks.set(step, hosts.set(host, change(hosts.get(host) ?? FRESH))) };
}

/**
 * Where the run had stopped, what failed is forgotten and runs again as a new task, but for hosts that stay set
 * aside. Where it was killed or interrupted instead, it goes on as if nothing had been.
 */
function resume(state: RunState, retryFailed: boolean): RunState {
  const setAside = retryFailed ? state.setAside.clear() : state.setAside;
  const stopped =
    state.ending !== undefined && !(state.ending.type === "paused" && state.ending.reason === "interrupted");
  const again = (host: string): boolean => !setAside.has(host) && (stopped || state.setAside.has(host));
  const tasks = state.tasks.map((hosts) =>
    hosts.filter((task, host) => task.phase !== "finished" || isDone(task) || !again(host)),
  );
  const { ending: _ending, interrupted: _interrupted, ...rest } = state;
  return { ...rest, setAside, tasks };
}

function rename(state: RunState, event: GuideChanged): RunState {
  const renamed = new Map(Object.entries(event.renamed));
  const name = (step: string): string => renamed.get(step) ?? step;
  const gone = new Set(event.removed);
  return {
    ...state,
    tasks: state.tasks.filterNot((_, step) => gone.has(step)).mapKeys(name),
    captures: state.captures.map((hosts) => hosts.map((captured) => ({ ...captured, step: name(captured.step) }))),
    steps: state.steps.filterNot((_, step) => gone.has(step)).mapKeys(name),
    choices: state.choices.filterNot((_, step) => gone.has(step)).mapKeys(name),
  };
}

/** `rerun` forgets a finished task at once; whatever may still be on its host has to be asked for first. */
function decided(state: RunState, event: OperatorDecided): RunState {
  if (event.decision === "interrupt" || event.decision === "cancel") return { ...state, interrupted: event.decision };
  const { step, decision } = event;
  if (step === undefined) return state;
  const hosts = event.hosts ?? [...(state.tasks.get(step)?.keys() ?? [])];
  return hosts.reduce((next, host) => choose(next, step, host, decision), state);
}

function choose(state: RunState, step: string, host: string, choice: OperatorChoice): RunState {
  const task = taskOf(state, step, host);
  if (choice === "rerun" && task?.phase === "finished") {
    return {
      ...state,
      tasks: state.tasks.removeIn([step, host]),
      steps: state.steps.remove(step),
    };
  }
  if (isDone(task)) return state;
  const choices = state.choices.setIn([step, host], choice);
  // A failed task is over: the choice is all that is left to say about it.
  const tasks = task?.phase === "finished" ? state.tasks.removeIn([step, host]) : state.tasks;
  return { ...state, choices, tasks };
}
