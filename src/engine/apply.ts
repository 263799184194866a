/*
 * One case an event, as the journal has them: longer than most files for that.
 */
import { Map as ImmutableMap, Set as ImmutableSet } from "immutable";
import type { RunEvent, TaskRef } from "../model/event.ts";
import { withBackgrounds } from "./background-state.ts";
import { handedOn, takenBack } from "./carry-over.ts";
import { decided, unsaid } from "./decide.ts";
import { rename } from "./rename.ts";
import { resume } from "./resume.ts";
import { EMPTY_STATE, type RunState, type TaskState, passedBefore, taskOf } from "./state.ts";

/**
 * One event added to the state: pure, and independent of the plan, so that a journal written with an older
 * revision of the guide folds just the same.
 */
export function apply(state: RunState, event: RunEvent): RunState {
  return withBackgrounds(applied(state, event), event);
}

function applied(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "run-started":
      return { ...EMPTY_STATE, run: event.run, token: event.token, parallel: event.parallel };
    case "run-resumed":
      return { ...resume(state, event.retryFailed, event.undo), parallel: event.parallel };
    case "guide-changed":
      return rename(state, event);
    case "host-facts":
      return { ...state, facts: state.facts.set(event.host, event.facts) };
    case "host-set-aside":
      return { ...state, setAside: state.setAside.set(event.host, event.reason) };
    case "step-started":
      return {
        ...state,
        steps: state.steps.remove(event.step),
        current: { step: event.step, hosts: event.hosts },
      };
    case "step-finished":
      return stepFinished(state, event);
    case "task-started":
      return withTask(toBeLookedAt(rerunSpent(state, event), event.step), event, () => ({
        phase: "due",
        task: event.task,
        effectDigest: event.effectDigest,
        attempt: 0,
        spentMs: 0,
        ...(event.user !== undefined && { user: event.user }),
        ...(event.where !== undefined && { where: event.where }),
        ...(event.carries !== undefined && { carries: event.carries }),
        ...(event.leaves !== undefined && { leaves: event.leaves }),
        ...(event.reboots !== undefined && { reboots: event.reboots }),
        ...(event.background !== undefined && { background: event.background }),
      }));
    case "attempt-started":
      return withTask(state, event, (task) => {
        const folder = state.folders.get(task.where ?? event.host);
        return {
          ...begun(task),
          phase: "attempting",
          attempt: event.attempt,
          ...(event.boot !== undefined && { boot: event.boot }),
          ...(folder !== undefined && { folder }),
        };
      });
    case "reboot-started":
      return withTask(state, event, (task) => ({ ...task, leaving: event.boot ?? "" }));
    case "host-rebooted":
      // What it said of itself, its kernel for one, may be otherwise now.
      return withTask({ ...state, facts: state.facts.remove(event.host) }, event, (task) => ({
        ...task,
        rebooted: event.boot,
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
          ...(event.left !== undefined && { left: event.left }),
          ...(event.unchanged !== undefined && { unchanged: event.unchanged }),
          seq: event.seq,
        },
      }));
    case "attempt-judged":
      return withTask(state, event, (task) => ({
        ...task,
        phase: "judged",
        verdict: {
          passed: event.passed,
          expectations: event.expectations,
          ...(event.unchanged !== undefined && { unchanged: event.unchanged }),
        },
        judgedAt: event.at,
        spentMs: task.spentMs + (event.durationMs ?? 0),
        ...(task.background === true && event.passed && { ready: true }),
      }));
    case "batch-judged":
      return event.hosts.reduce(
        (next, host) =>
          withTask(next, { step: event.step, host }, (task) => ({
            ...task,
            phase: "batch-judged",
            judgedAt: event.at,
            verdict: {
              ...task.verdict,
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
        ...(state.setAside.has(event.host) && { letGo: true }),
      }));
    case "task-finished": {
      const next = withTask(state, event, (task) => ({
        ...begun(task),
        phase: "finished",
        status: event.status,
        ...(task.end !== undefined && { end: task.end }),
        ...(event.reason !== undefined && { reason: event.reason }),
        ...(task.ready === true && event.status === "ok" && { ready: true }),
        ...stillToReboot(task, event),
      }));
      const before = taskOf(state, event.step, event.host);
      const passed = event.status === "ok" && before?.verdict?.passed === true;
      const terminals = passed ? handedOn(state.terminals, event.host, before) : state.terminals;
      return { ...next, terminals, choices: next.choices.removeIn([event.step, event.host]) };
    }
    case "variable-captured": {
      const { type: _type, v: _v, seq: _seq, at: _at, name, host, ...captured } = event;
      return { ...state, captures: state.captures.setIn([name, host], captured) };
    }
    case "checkpoint-reached":
      return { ...state, checkpoint: { step: event.step, passed: false } };
    case "operator-decided":
      return decided(state, event);
    case "step-undone":
      return undone(state, event);
    case "run-paused":
      return { ...state, ending: { type: "paused", reason: event.reason, detail: event.detail } };
    case "run-finished":
      return { ...state, ending: { type: "finished", status: event.status } };
    case "host-connected":
      return { ...state, folders: withFolder(state, event) };
    case "background-ended":
    case "host-lost":
    case "host-held":
    case "task-deferred":
    case "check-started":
    case "check-finished":
      return state;
  }
}

function withFolder(
  { folders }: RunState,
  { host, folder }: Extract<RunEvent, { type: "host-connected" }>,
): RunState["folders"] {
  return folder === undefined ? folders.remove(host) : folders.set(host, folder);
}

/** Once more is once: should it become unknown again, somebody has to look again. */
function rerunSpent(state: RunState, { step, host }: TaskRef): RunState {
  if (state.choices.get(step)?.get(host) !== "rerun") return state;
  return { ...state, choices: state.choices.removeIn([step, host]) };
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
      const waits = task?.phase === "judged" || task?.phase === "batch-judged";
      // A batch goes into another round together, also with hosts that joined it later.
      const isMeant = host === undefined ? (task?.attempt ?? 0) <= attempt : task?.attempt === attempt;
      return waits && isMeant && !passedBefore(task);
    })
    .reduce((next, name) => withTask(next, { step, host: name }, (task) => ({ ...task, phase: "due" })), state);
}

/** What is done after its checkpoint was reached has not been looked at by anybody. */
function toBeLookedAt(state: RunState, step: string): RunState {
  if (state.checkpoint?.step !== step) return state;
  const { checkpoint: _checkpoint, ...rest } = state;
  return rest;
}

const FRESH: TaskState = { phase: "due", task: "", effectDigest: "", attempt: 0, spentMs: 0 };

function withTask(state: RunState, { step, host }: TaskRef, change: (task: TaskState) => TaskState): RunState {
  const hosts = state.tasks.get(step) ?? ImmutableMap<string, TaskState>();
  return { ...state, tasks: state.tasks.set(step, hosts.set(host, change(hosts.get(host) ?? FRESH))) };
}

/** It has passed, and its host could not be rebooted after that: the boot that is still to be left. */
function stillToReboot(
  { reboots, leaving, rebooted, verdict }: TaskState,
  { status }: Extract<RunEvent, { type: "task-finished" }>,
): Pick<TaskState, "leaving"> {
  const isOwed = status === "failed" && reboots === "after" && rebooted === undefined && verdict?.passed === true;
  return isOwed && leaving !== undefined ? { leaving } : {};
}

/** What stays with a task from its first attempt to its end. */
function begun(known: TaskState): Omit<TaskState, "phase"> {
  const { task, effectDigest, attempt, spentMs, user, where, carries, leaves, reboots, background, needed } = known;
  return {
    task,
    effectDigest,
    attempt,
    spentMs,
    ...(user !== undefined && { user }),
    ...(where !== undefined && { where }),
    ...(carries !== undefined && { carries }),
    ...(leaves !== undefined && { leaves }),
    ...(reboots !== undefined && { reboots }),
    ...(background !== undefined && { background }),
    ...(needed !== undefined && { needed }),
  };
}

function stepFinished(state: RunState, { step, status }: Extract<RunEvent, { type: "step-finished" }>): RunState {
  const { current, checkpoint, ...rest } = state;
  const hosts = current?.step === step && status === "ok" ? current.hosts : [];
  const settled = (state.settled.get(step) ?? ImmutableSet<string>()).union(hosts);
  const next: RunState = {
    ...rest,
    steps: state.steps.set(step, status),
    // Another batch, or another time, has it all to do again.
    ticked: state.ticked.remove(step),
    settled: hosts.length === 0 ? state.settled : state.settled.set(step, settled),
    ...(checkpoint !== undefined && checkpoint.step !== step && { checkpoint }),
  };
  const mended = state.fixes.findEntry((fix) => fix.by === step && fix.status === "accepted");
  // It has failed for good though it was to be fixed: nothing can fix it any more.
  if (status === "failed" && state.fixes.get(step)?.status === "accepted") {
    return { ...next, fixes: next.fixes.remove(step) };
  }
  if (mended === undefined) return next;
  const [broken, fix] = mended;
  if (status !== "ok") return { ...next, fixes: next.fixes.set(broken, { ...fix, status: "broken" }) };
  const tasks = next.tasks.update(broken, ImmutableMap<string, TaskState>(), (tasks) => tasks.removeAll(fix.hosts));
  return { ...next, tasks, fixes: next.fixes.remove(broken) };
}

/** What has been reverted on a host has not been done there. */
function undone(state: RunState, { step, host }: TaskRef): RunState {
  return {
    ...state,
    terminals: takenBack(state.terminals, host, taskOf(state, step, host)),
    tasks: state.tasks.removeIn([step, host]),
    steps: state.steps.remove(step),
    settled: state.settled.update(step, ImmutableSet<string>(), (hosts) => hosts.remove(host)),
    ...unsaid(state, step, host),
    captures: state.captures.map((hosts) => (hosts.get(host)?.step === step ? hosts.remove(host) : hosts)),
  };
}
