import type { PauseReason } from "../model/event.ts";
import { wantedAgain } from "./background-state.ts";
import type { RunState, TaskState } from "./state.ts";
import { isDone, wasCutOff } from "./state.ts";

/** Pauses beside which tasks may have failed that are not judged any more. */
const STOPPED: ReadonlySet<PauseReason> = new Set(["unknown", "held"]);

/**
 * Where the run had stopped, what failed is forgotten and runs again as a new task, but for hosts that stay set aside,
 * and for what is only to be judged anew. Where it was killed or interrupted instead, it goes on as if nothing had been.
 */
export function resume(state: RunState, retryFailed: boolean, undo = false): RunState {
  const setAside = retryFailed ? state.setAside.clear() : state.setAside;
  const { ending: before } = state;
  const stopped = before !== undefined && (before.type === "finished" || STOPPED.has(before.reason));
  const again = (host: string): boolean => !setAside.has(host) && (stopped || state.setAside.has(host));
  // An interactive step whose terminal was taken away by that. Nobody has agreed to its running once more.
  const interrupted = before?.type === "paused" && before.reason === "interrupted";
  const cutOff = (task: TaskState | undefined): boolean => interrupted && wasCutOff(task);
  // A step that is to fix and has not come to its end is gone on with, and what it is to fix stays failed until then.
  const fixing = state.fixes.filter(({ by, status }) => {
    const tasks = state.tasks.get(by);
    const isOpen = tasks === undefined || tasks.isEmpty() || tasks.some(({ phase }) => phase !== "finished");
    return status === "accepted" && isOpen;
  });
  const isFixed = (step: string, host: string): boolean => fixing.get(step)?.hosts.includes(host) === true;
  const isOver = (task: TaskState, host: string, step: string): boolean =>
    task.phase === "finished" &&
    !isDone(task) &&
    task.rejudged === undefined &&
    (again(host) || cutOff(task)) &&
    !isFixed(step, host);
  const tasks = state.tasks.map((hosts, step) =>
    hosts
      .map((task, host) => (isOver(task, host, step) ? rebootDue(task) : task))
      .filterNot((task, host) => isOver(task, host, step))
      .map((task, host) =>
        task.rejudged === undefined || isFixed(step, host) ? awaited(task) : { ...task, phase: "ended" as const },
      )
      .map((task, host) => (setAside.has(host) ? task : wantedBack(task)))
      .map((task, host) => (undo ? task : wantedAgain({ ...state, setAside }, step, host, task))),
  );
  const settled = state.settled.map((hosts, step) =>
    hosts.filter((host) => {
      const task = tasks.get(step)?.get(host);
      return state.tasks.get(step)?.get(host)?.rejudged === undefined && (task?.ready !== true || isDone(task));
    }),
  );
  const { ending, interrupted: _interrupted, current: _current, restAfter: _restAfter, checkpoint, ...rest } = state;
  // Who resumes a run that waited at a checkpoint passes it.
  const waited = ending?.type === "paused" && ending.reason === "checkpoint";
  return {
    ...rest,
    setAside,
    tasks,
    settled,
    ...(checkpoint !== undefined && { checkpoint: { ...checkpoint, passed: checkpoint.passed || waited } }),
    confirmed: stopped
      ? state.confirmed.clear()
      : state.confirmed.map((hosts, step) =>
          hosts.filter(
            (host) => (setAside.has(host) || !state.setAside.has(host)) && !cutOff(state.tasks.get(step)?.get(host)),
          ),
        ),
    fixes: stopped ? fixing : state.fixes,
    inputs: state.inputs.filter((value) => value !== undefined),
  };
}

/** Whoever brings its host back waits for it again. */
function wantedBack(task: TaskState): TaskState {
  if (task.letGo === undefined) return task;
  const { letGo: _letGo, ...rest } = task;
  return rest;
}

/** It had passed, and its host could not be rebooted: that is tried again, and what it did is not done again. */
function rebootDue(task: TaskState): TaskState {
  if (task.leaving === undefined) return task;
  const { status: _status, reason: _reason, ...rest } = task;
  return { ...rest, phase: "batch-judged", verdict: { passed: true, expectations: [] } };
}

/** It had passed, and its host was not back in time: that is waited for again, and nothing else is asked. */
function awaited(task: TaskState): TaskState {
  const waits = task.phase === "unknown" && task.leaving !== undefined && task.verdict?.passed === true;
  return waits ? { ...task, phase: "batch-judged" } : task;
}
