import type { TaskRef } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { ExpectationResult, TaskStatus } from "../model/outcome.ts";
import type { Action } from "./action.ts";
import { timerKey } from "./apply.ts";
import type { Activity } from "./schedule.ts";
import { type OperatorChoice, type TaskState, isDone, passedBefore } from "./state.ts";

/** What one task needs next: an action and what the task is doing meanwhile, or a rest. */
export interface Next {
  readonly activity: Activity;
  readonly action?: Action;
}

/** What the operator has said that concerns one task. */
export interface Said {
  readonly choice?: OperatorChoice | undefined;
  /** It may run, where that is asked for. */
  readonly confirmed?: boolean;
}

/** Pure: depends on the task alone, so that a resumed run and one that never stopped decide alike. */
export function nextAction(step: PlannedStep, host: string, task?: TaskState, said: Said = {}): Next {
  const { choice, confirmed = false } = said;
  const ref = { step: step.id, host };
  if (task === undefined) {
    if (choice === "skip" || choice === "done") return finish(step, host, FRESH, CHOSEN[choice], choiceReason(choice));
    return { activity: "working", action: { type: "start-task", ...ref } };
  }
  const { attempt } = task;
  const capsule = { ...ref, task: task.task, attempt };
  const goesOn = step.background === true || task.background === true;
  // Whether it goes on is no part of its text.
  const stale = task.effectDigest !== step.effectDigest || task.background !== step.background;
  // What is to be left out is not started either: only what may be running of it is waited for.
  const leftOut = choice === "skip" || choice === "done";
  switch (task.phase) {
    case "due":
      if (leftOut) return finish(step, host, task, CHOSEN[choice], choiceReason(choice));
      // Nothing of a task whose text has changed meanwhile is on its host between two attempts: it starts over.
      if (stale) return { activity: "working", action: { type: "start-task", ...ref } };
      if (needsPerson(step, task, confirmed)) return { activity: "parked" };
      return {
        activity: "working",
        action: { type: "record", events: [{ type: "attempt-started", ...capsule, attempt: attempt + 1 }] },
      };
    case "attempting":
      // What goes on by another text is ended, and this one started.
      if (stale && goesOn && !leftOut) {
        return { activity: "working", action: { type: "start-task", ...ref } };
      }
      return { activity: "working", action: { type: "run-attempt", ...capsule, attachOnly: stale || leftOut } };
    case "unknown":
      if (task.rejudged !== undefined) return unjudged(step, host, task, task.asked === true ? GONE : OUT_OF_REACH);
      if (wantsRestart(step, task) && task.asked === true && !leftOut) return restart(capsule);
      return afterUnknown(step, host, task, choice);
    case "ended": {
      // Its text has been edited as well: what another text printed is not judged by it.
      if (stale && task.rejudged !== undefined) return unjudged(step, host, task, BY_OTHER_TEXT);
      const exit = task.end?.exit;
      if (step.background === true) {
        if (leftOut) return finish(step, host, task, CHOSEN[choice], choiceReason(choice));
        if (wantsRestart(step, task)) return restart(capsule);
        const why = endReason(step, task);
        const early = task.end?.end === "exited" ? `ended before it was ready: ${why}` : why;
        return finish(step, host, task, "failed", early);
      }
      if (task.end?.end === "exited" && exit !== undefined) {
        return { activity: "working", action: { type: "judge-attempt", ...capsule, exit, spentMs: task.spentMs } };
      }
      if (task.end?.end === "rebooted") {
        // Whatever it would have said, that is how it was to end.
        return { activity: "working", action: { type: "judge-attempt", ...capsule, exit: 0, spentMs: task.spentMs } };
      }
      if (leftOut) return finish(step, host, task, CHOSEN[choice], choiceReason(choice));
      // Never ran, and its text has changed meanwhile: the new text is a task of its own.
      if (stale && task.end?.end === "refused") {
        return { activity: "working", action: { type: "start-task", ...ref } };
      }
      return finish(step, host, task, "failed", endReason(step, task));
    }
    case "judged":
      if (step.batch) return { activity: "parked" };
      return task.verdict?.passed === true ? passed(step, host, task, choice) : failedAttempt(step, host, task, choice);
    case "batch-judged":
      if (task.verdict?.passed === true) return passed(step, host, task, choice);
      if (task.attempt <= step.retry && task.rejudged === undefined) return { activity: "parked" };
      return failedAttempt(step, host, task, choice);
    case "finished":
      return { activity: "settled" };
  }
}

/**
 * It has been ready and has ended since, or has been ended because nobody was there for it: only what goes on in the
 * background is started again by itself.
 */
function wantsRestart({ background }: PlannedStep, { ready, end }: TaskState): boolean {
  return background === true && (ready === true || end?.end === "cancelled");
}

function restart({ step, host, task, attempt }: TaskRef & { task: string; attempt: number }): Next {
  const again = { type: "attempt-started", step, host, task, attempt: attempt + 1 } as const;
  return { activity: "working", action: { type: "record", events: [again] } };
}

/** It has passed, and its host is to boot anew. Where there was nothing to change, there is no need to. */
function awaitsReboot(task: TaskState): boolean {
  const { reboots, rebooted, verdict } = task;
  return reboots !== undefined && rebooted === undefined && !passedBefore(task) && verdict?.unchanged !== true;
}

/** What is expected of a block that reboots its host, in verdicts. */
export const REBOOT = "reboot";

/** What is expected of what a step prints that is a variable or a secret, in verdicts. */
export const CAPTURE = "capture";

/** Nothing of it is run before somebody has said so, or has done it. */
export function needsPerson({ action, confirm }: PlannedStep, { attempt }: TaskState, confirmed: boolean): boolean {
  return action.kind === "manual" || (confirm !== undefined && attempt === 0 && !confirmed);
}

export function failed(task: TaskState | undefined): boolean {
  return task?.phase === "finished" && !isDone(task);
}

const FRESH: TaskState = { phase: "due", task: "", effectDigest: "", attempt: 0, spentMs: 0 };
const CHOSEN = { skip: "skipped", done: "ok" } as const;

function choiceReason(choice: "skip" | "done"): string {
  return choice === "skip" ? "by the operator" : "called done by the operator";
}

function afterUnknown(step: PlannedStep, host: string, task: TaskState, choice?: OperatorChoice): Next {
  if (choice === undefined || task.asked !== true) return { activity: "unknown" };
  if (choice === "rerun") return { activity: "working", action: { type: "start-task", step: step.id, host } };
  return finish(step, host, task, CHOSEN[choice], choiceReason(choice));
}

const GONE = "what it printed is gone";
const OUT_OF_REACH = "its host cannot be asked what it printed";
const BY_OTHER_TEXT = "its text is another now";

/** What is expected of it now cannot be asked of what it printed: it stays done, or runs again. */
function unjudged(step: PlannedStep, host: string, task: TaskState, why: string): Next {
  if (!passedBefore(task)) return { activity: "working", action: { type: "start-task", step: step.id, host } };
  return finish(step, host, task, task.rejudged ?? "ok", `not judged by what the guide expects now: ${why}`);
}

/** The attempt failed: once more, or the text it ran is no longer the guide's, or that was it. */
function failedAttempt(step: PlannedStep, host: string, task: TaskState, choice?: OperatorChoice): Next {
  if (choice === "skip" || choice === "done") return finish(step, host, task, CHOSEN[choice], choiceReason(choice));
  if (passedBefore(task))
    return finish(step, host, task, "failed", `${endReason(step, task)}, since the guide was edited`);
  if (task.effectDigest !== step.effectDigest || task.rejudged !== undefined) {
    return { activity: "working", action: { type: "start-task", step: step.id, host } };
  }
  if (task.attempt > step.retry) return finish(step, host, task, "failed", endReason(step, task));
  const from = task.judgedAt;
  const at = new Date((from === undefined ? 0 : Date.parse(from)) + step.everyMs).toISOString();
  const key = timerKey(step.id, task.attempt, host);
  return { activity: "waiting", action: { type: "wait-until", key, at } };
}

function passed(step: PlannedStep, host: string, task: TaskState, choice?: OperatorChoice): Next {
  if (awaitsReboot(task)) {
    // Whoever leaves it out does not wait for its host.
    if (choice === "skip" || choice === "done") return finish(step, host, task, CHOSEN[choice], choiceReason(choice));
    const { task: id, attempt } = task;
    return { activity: "rebooting", action: { type: "reboot", step: step.id, host, task: id, attempt } };
  }
  return finish(step, host, task, task.verdict?.unchanged === true ? "unchanged" : "ok");
}

function finish(step: PlannedStep, host: string, task: TaskState, status: TaskStatus, reason?: string): Next {
  return {
    activity: "working",
    action: {
      type: "finish-task",
      task: task.task,
      attempt: task.attempt,
      ...(status === "ok" && task.verdict !== undefined && step.capture !== undefined && { capture: step.capture }),
      event: {
        type: "task-finished",
        step: step.id,
        host,
        status,
        durationMs: task.spentMs,
        attempts: task.attempt,
        expectations: task.verdict?.expectations ?? [],
        ...(task.end?.exit !== undefined && { exit: task.end.exit }),
        ...(reason !== undefined && { reason }),
      },
    },
  };
}

/** One line that says why; the first cause wins. */
export function endReason(step: PlannedStep, { end, verdict }: Pick<TaskState, "verdict"> & { end?: Ended }): string {
  if (end?.end === "timeout") return end.reason ?? `timed out after ${step.timeoutMs / 1000} s`;
  if (end?.end === "cancelled") return end.reason ?? "cancelled";
  if (end?.end === "refused") return end.reason ?? "could not be started";
  const broken = verdict?.expectations.filter(({ passed }) => !passed) ?? [];
  const exited = end?.end === "rebooted" ? 0 : end?.exit;
  if (exited !== 0 && (broken.length === 0 || broken.some(isExit))) {
    return end?.reason ?? `exit status ${end?.exit ?? "unknown"}`;
  }
  const [first] = broken;
  if (first === undefined) return "failed";
  if (first.source === REBOOT) return first.explanation ?? "its host did not reboot";
  if (first.source === CAPTURE) return first.explanation ?? "it printed too much";
  return first.source === "output" ? "the output is not what the guide shows" : `not true: ${first.source}`;
}

type Ended = Pick<NonNullable<TaskState["end"]>, "end" | "exit" | "reason">;

const isExit = ({ source }: ExpectationResult): boolean => source === "exit == 0";
