/*
 * One case an event, so that it can be seen that none is forgotten: longer than most files for that.
 */
import type { EventBody, Holder, PauseReason, RunEvent, TaskRef } from "../model/event.ts";
import type { AttemptEnd, ExpectationResult, RunStatus, TaskStatus } from "../model/outcome.ts";
import { AnswerTimes, type AskedTime } from "./answer-times.ts";

/** A run as people look at it: steps, hosts, and how they ended. */
export interface RunView {
  readonly run: string;
  /** Absolute. */
  readonly guide: string;
  readonly started: string;
  /** When the last event happened. */
  readonly updated: string;
  /** Milliseconds during which it was worked on: without the time it lay paused, or waited for an answer. */
  readonly workedMs: number;
  /** When somebody was there for it; ISO 8601. The last one may go on. */
  readonly stretches: readonly Stretch[];
  /** When it waited for that one to answer, in that order. */
  readonly asked: readonly AskedTime[];
  /** `crashed` only where it was looked who works on it: no event says so. */
  readonly status: RunStatus | "running" | "paused" | "crashed";
  /** It is none: `waymark verify` looked. */
  readonly verify?: true;
  /** It is being reverted, or has been. */
  readonly undone?: boolean;
  /** The operator wants it to stop: what is at work may finish, or is cancelled. */
  readonly stopping?: "interrupt" | "cancel";
  /** It is to rest once this step is over; without one, once one is. */
  readonly restAfter?: { readonly step?: string };
  readonly pause?: { readonly reason: PauseReason; readonly step?: string; readonly detail: string };
  /** The step whose checkpoint has been reached, and nobody has gone past it. */
  readonly checkpoint?: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly secretInputs: readonly string[];
  /** In the order they were begun; with the ids of the newest revision of the guide. */
  readonly steps: ReadonlyMap<string, StepView>;
  readonly setAside: ReadonlyMap<string, { readonly step: string; readonly reason: string }>;
  /** Somebody has cancelled what it did, since it went on last. */
  readonly cancelled?: boolean;
  /** Hosts that other runs have, by name: what was not begun, or gone on with, for that. */
  readonly held: ReadonlyMap<string, { readonly host: string; readonly step: string; readonly holder: Holder }>;
}

export interface Stretch {
  readonly from: string;
  readonly to: string;
}

export interface StepView {
  readonly id: string;
  readonly status: "running" | "ok" | "failed" | "skipped";
  /** By host, in the order they were begun. */
  readonly tasks: ReadonlyMap<string, TaskView>;
  /** The hosts of its tasks by how those stand: nobody need look at all of them to say so. */
  readonly hosts: ReadonlyMap<TaskView["status"], ReadonlySet<string>>;
}

export interface TaskView {
  readonly host: string;
  readonly status: TaskStatus | "running" | "unknown";
  /** When it was begun, its command where that has been; ISO 8601. */
  readonly since: string;
  readonly attempts: number;
  /** Somebody has agreed to its running, as its step wants it. */
  readonly agreed?: true;
  /** It is unknown because its host could not be reached. */
  readonly unasked?: true;
  /** Since when it waits for its host to be back from a reboot; ISO 8601. */
  readonly rebooting?: string;
  readonly exit?: number;
  /** Of the last attempt: not every end is an exit. */
  readonly end?: AttemptEnd;
  readonly durationMs?: number;
  readonly reason?: string;
  /** Those that do not hold. */
  readonly broken: readonly ExpectationResult[];
  /** The id that the step had then: it names the log. */
  readonly loggedAs: string;
}

/** With what somebody begins to work on a run. */
const BEGINS: ReadonlySet<RunEvent["type"]> = new Set(["run-started", "run-resumed"]);

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type StepState = Omit<Mutable<StepView>, "tasks" | "hosts"> & {
  tasks: Map<string, TaskView>;
  hosts: Map<TaskView["status"], Set<string>>;
};

/** The picture of a whole run; undefined for a journal that does not begin with `run-started`. */
export function foldRun(events: readonly RunEvent[]): RunView | undefined {
  const fold = new RunFold();
  for (const event of events) fold.add(event);
  return fold.view.run === "" ? undefined : fold.view;
}

/** Owns the picture and brings it up to date, event by event; the work for one does not grow with the run. */
export class RunFold {
  readonly #steps = new Map<string, StepState>();
  readonly #setAside = new Map<string, { readonly step: string; readonly reason: string }>();
  readonly #held = new Map<string, { readonly host: string; readonly step: string; readonly holder: Holder }>();
  readonly #stretches: Stretch[] = [];
  readonly #answers = new AnswerTimes();
  /** Hosts where a step only waited for somebody when the run came to rest, by step: they wait again when it goes on. */
  readonly #unbegun = new Map<string, readonly string[]>();
  readonly #view: Mutable<RunView> = {
    run: "",
    guide: "",
    started: "",
    updated: "",
    workedMs: 0,
    stretches: this.#stretches,
    asked: [],
    status: "running",
    inputs: {},
    secretInputs: [],
    steps: this.#steps,
    setAside: this.#setAside,
    held: this.#held,
  };
  /** How much was worked before the stretch that goes on. */
  #earlierMs = 0;
  /** When the last event was written that cannot be a preparation to go on. */
  #goneOn = "";

  get view(): RunView {
    return this.#view;
  }

  add(event: RunEvent): void {
    // Who has a shell there works, and the run rests.
    if (event.type !== "operator-decided" || event.decision !== "shell") this.#follow(event);
    this.#apply(event, event.at);
  }

  /**
   * Keeps time. A run that rested, or was killed, lay still from its last event to the next session's first: that may
   * be how the guide was edited, or what was decided, before it went on.
   */
  #follow(event: RunEvent): void {
    const { type, at } = event;
    const view = this.#view;
    this.#answers.add(event, this.#goneOn);
    const last = this.#stretches.pop();
    if (last !== undefined && !BEGINS.has(type)) this.#stretches.push({ from: last.from, to: at });
    else {
      if (last !== undefined) this.#stretches.push({ from: last.from, to: this.#goneOn });
      this.#earlierMs += last === undefined ? 0 : length({ from: last.from, to: this.#goneOn });
      this.#stretches.push({ from: at, to: at });
    }
    if (type !== "guide-changed" && type !== "operator-decided") this.#goneOn = at;
    view.updated = at;
    const now = this.#stretches.at(-1);
    view.workedMs = this.#earlierMs + (now === undefined ? 0 : length(now)) - this.#answers.ms;
    view.asked = this.#answers.times;
  }

  #apply(event: EventBody, at: string): void {
    const view = this.#view;
    switch (event.type) {
      case "run-started":
        view.run = event.run;
        view.guide = event.guide.path;
        view.started = at;
        view.inputs = event.inputs;
        view.secretInputs = event.secretInputs;
        if (event.verify === true) view.verify = true;
        break;
      case "run-resumed":
        view.status = "running";
        delete view.pause;
        delete view.stopping;
        delete view.restAfter;
        if (event.retryFailed) this.#setAside.clear();
        this.#held.clear();
        delete view.cancelled;
        view.undone = event.undo === true;
        if (event.inputs !== undefined) view.inputs = event.inputs;
        break;
      case "guide-changed":
        view.guide = event.guide.path;
        this.#rename(event.renamed, event.removed);
        this.#answers.rename(event.renamed);
        view.asked = this.#answers.times;
        break;
      case "host-set-aside":
        this.#setAside.set(event.host, { step: event.step, reason: event.reason });
        break;
      case "step-started":
        this.#step(event.step).status = "running";
        this.#beginAgain(event, at);
        break;
      case "step-finished":
        // What is left out today stands as it was left.
        if (event.status !== "skipped" || this.#step(event.step).tasks.size === 0) {
          this.#step(event.step).status = event.status;
        }
        delete view.checkpoint;
        break;
      case "checkpoint-reached":
        view.checkpoint = event.step;
        break;
      case "run-paused":
        this.#unbegin();
        delete view.stopping;
        delete view.restAfter;
        view.status = "paused";
        view.pause = {
          reason: event.reason,
          detail: event.detail,
          ...(event.step !== undefined && { step: event.step }),
        };
        break;
      case "run-finished":
        delete view.stopping;
        delete view.restAfter;
        view.status = event.status;
        break;
      case "task-started":
      case "attempt-started":
      case "attempt-finished":
      case "attempt-judged":
      case "reboot-started":
      case "host-rebooted":
      case "task-finished":
      case "task-unknown":
        this.#applyToTask(event, at);
        break;
      case "task-deferred": {
        const { where: host = event.host, step, holder } = event;
        if (holder !== undefined) this.#held.set(host, { host, step, holder });
        break;
      }
      case "batch-judged":
      case "host-held":
      case "background-ended":
      case "host-connected":
      case "host-lost":
      case "host-facts":
      case "variable-captured":
      case "timer-fired":
      case "check-started":
      case "check-finished":
        break;
      case "operator-decided":
        if (event.decision === "cancel") view.cancelled = true;
        if (event.decision === "interrupt" || event.decision === "cancel") view.stopping = event.decision;
        if (event.decision === "input" && event.name !== undefined) this.#heard(event.name, event.value);
        if (event.decision === "rest-after") view.restAfter = event.step === undefined ? {} : { step: event.step };
        if (event.decision === "no-rest") delete view.restAfter;
        if (event.decision === "confirm") this.#agree(event, at);
        if (event.decision === "set-aside") {
          const aside = { step: event.step ?? "", reason: "by the operator" };
          for (const host of event.hosts ?? []) this.#setAside.set(host, aside);
        }
        break;
      case "step-undone":
        this.#forget(event);
        break;
    }
  }

  /** A late input; a secret's value is not told. */
  #heard(name: string, value: string | undefined): void {
    const view = this.#view;
    if (value !== undefined) view.inputs = { ...view.inputs, [name]: value };
    else if (!view.secretInputs.includes(name)) view.secretInputs = [...view.secretInputs, name];
  }

  #applyToTask(event: EventBody & TaskRef, at: string): void {
    const step = this.#step(event.step);
    const { tasks } = step;
    const task = tasks.get(event.host) ?? newTask(event, at);
    switch (event.type) {
      case "task-started":
        tasks.set(event.host, newTask(event, at));
        break;
      case "attempt-started":
        // What somebody had to say before is none of it.
        tasks.set(event.host, { ...newTask(event, task.attempts === 0 ? at : task.since), attempts: event.attempt });
        break;
      case "attempt-finished": {
        const { end, exit } = event;
        tasks.set(event.host, { ...task, end, ...(exit !== undefined && { exit }) });
        break;
      }
      case "attempt-judged":
        tasks.set(event.host, { ...task, broken: event.expectations.filter(({ passed }) => !passed) });
        break;
      case "reboot-started":
        tasks.set(event.host, { ...task, rebooting: at });
        break;
      case "host-rebooted": {
        const { rebooting: _rebooting, ...rest } = task;
        tasks.set(event.host, rest);
        break;
      }
      case "task-unknown": {
        const { rebooting: _rebooting, unasked: _unasked, ...rest } = task;
        const unasked = event.asked ? {} : { unasked: true as const };
        tasks.set(event.host, { ...rest, status: "unknown", reason: event.reason, ...unasked });
        break;
      }
      case "task-finished": {
        const { reason: _reason, rebooting: _rebooting, unasked: _unasked, ...rest } = task;
        tasks.set(event.host, {
          ...rest,
          status: event.status,
          attempts: event.attempts,
          durationMs: event.durationMs,
          broken: event.expectations.filter(({ passed }) => !passed),
          ...(event.exit !== undefined && { exit: event.exit }),
          ...(event.reason !== undefined && { reason: event.reason }),
        });
        break;
      }
      default:
        break;
    }
    setApart(step, event.host, task.status);
  }

  /** What only waited for somebody to say yes has not begun when nobody did. */
  #unbegin(): void {
    for (const { id, status, tasks } of this.#steps.values()) {
      if (status !== "running") continue;
      const open = [...tasks.values()].filter((task) => task.status === "running" && task.attempts === 0);
      for (const { host } of open) this.#forget({ step: id, host });
      this.#unbegun.set(
        id,
        open.map(({ host }) => host),
      );
      if (tasks.size === 0) this.#steps.delete(id);
    }
  }

  #beginAgain({ step: id, hosts }: Extract<EventBody, { type: "step-started" }>, at: string): void {
    const step = this.#step(id);
    for (const host of this.#unbegun.get(id) ?? []) {
      if (!hosts.includes(host) || step.tasks.has(host)) continue;
      step.tasks.set(host, newTask({ step: id, host }, at));
      setApart(step, host, "running");
    }
    this.#unbegun.delete(id);
  }

  #agree({ step: id = "", hosts = [] }: Extract<EventBody, { type: "operator-decided" }>, at: string): void {
    const step = this.#steps.get(id);
    for (const host of hosts) {
      const task = step?.tasks.get(host);
      if (task?.attempts === 0) step?.tasks.set(host, { ...task, since: at, agreed: true });
    }
  }

  #forget({ step: id, host }: TaskRef): void {
    const step = this.#steps.get(id);
    const status = step?.tasks.get(host)?.status;
    step?.tasks.delete(host);
    if (status !== undefined) step?.hosts.get(status)?.delete(host);
  }

  #step(id: string): StepState {
    const known = this.#steps.get(id);
    if (known !== undefined) return known;
    const step: StepState = { id, status: "running", tasks: new Map(), hosts: new Map() };
    this.#steps.set(id, step);
    return step;
  }

  #rename(renamed: Readonly<Record<string, string>>, removed: readonly string[]): void {
    const steps = [...this.#steps.values()].filter(({ id }) => !removed.includes(id));
    this.#steps.clear();
    for (const step of steps) {
      step.id = renamed[step.id] ?? step.id;
      this.#steps.set(step.id, step);
    }
  }
}

/** Moves a host from those whose tasks stood as its own did to those that stand as it does now. */
function setApart({ tasks, hosts }: StepState, host: string, before: TaskView["status"]): void {
  const now = tasks.get(host)?.status;
  if (before !== now) hosts.get(before)?.delete(host);
  if (now === undefined) return;
  const alike = hosts.get(now);
  if (alike === undefined) hosts.set(now, new Set([host]));
  else alike.add(host);
}

function newTask({ step, host }: TaskRef, since: string): TaskView {
  return { host, status: "running", since, attempts: 0, broken: [], loggedAs: step };
}

function length({ from, to }: Stretch): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
