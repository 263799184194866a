import type { RunEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { type RunState, type TaskState, isDone, taskOf } from "./state.ts";
import { standing } from "./visits.ts";

/*
 * What a run knows of its jobs in the background: which may be alive, and which are wanted again when it goes on.
 */

/** The state once an event is in it, with what that says of jobs in the background. */
export function withBackgrounds(state: RunState, event: RunEvent): RunState {
  const { backgrounds } = state;
  switch (event.type) {
    case "attempt-started": {
      const { step, host, attempt } = event;
      const { background, user, where } = taskOf(state, step, host) ?? {};
      if (background !== true) return state;
      const owner = { ...(user !== undefined && { user }), ...(where !== undefined && { where }) };
      return { ...state, backgrounds: backgrounds.set(event.task, { step, host, attempt, ...owner }) };
    }
    case "attempt-finished":
      return gone(state, event);
    case "task-unknown":
      return event.asked ? gone(state, event) : state;
    case "background-ended": {
      if (event.unproven === true) return state;
      const { step, host, task, attempt } = event;
      const known = taskOf(state, step, host);
      const wasAtWork = known?.task === task && known.attempt === attempt && known.phase === "attempting";
      const tasks = wasAtWork ? state.tasks.setIn([step, host, "phase"], "due") : state.tasks;
      return gone({ ...state, tasks }, event);
    }
    case "guide-changed": {
      const name = (step: string): string => event.renamed[step] ?? step;
      return { ...state, backgrounds: backgrounds.map((one) => ({ ...one, step: name(one.step) })) };
    }
    default:
      return state;
  }
}

function gone(state: RunState, { task, attempt }: { readonly task: string; readonly attempt: number }): RunState {
  if (state.backgrounds.get(task)?.attempt !== attempt) return state;
  return { ...state, backgrounds: state.backgrounds.remove(task) };
}

/**
 * When the run goes on: what was ready is asked for, if it may be alive, or to be started again. If its step had come to
 * its end, others may need it already.
 */
export function wantedAgain(state: RunState, step: string, host: string, task: TaskState): TaskState {
  if (task.ready !== true || state.setAside.has(host)) return task;
  const mayLive = state.backgrounds.get(task.task)?.attempt === task.attempt;
  const { status: _status, verdict: _verdict, reason: _reason, asked: _asked, ...rest } = task;
  const wasOver = state.settled.get(step)?.has(host) === true;
  return { ...rest, phase: mayLive ? "attempting" : "due", ...(wasOver && { needed: true }) };
}

/** The first visit of a step whose jobs are wanted again, and on which hosts. What was edited waits for its turn. */
export function firstWanted(
  { order, steps }: Plan,
  state: RunState,
): { readonly position: number; readonly hosts: readonly string[] } | undefined {
  for (const [position, visit] of order.entries()) {
    const step = steps[visit.step];
    if (step?.background !== true || step.skip !== undefined) continue;
    const hosts = standing(state, visit.hosts).filter((host) => {
      const task = taskOf(state, step.id, host);
      return task?.needed === true && !isDone(task) && task.effectDigest === step.effectDigest;
    });
    if (hosts.length > 0) return { position, hosts };
  }
  return undefined;
}
