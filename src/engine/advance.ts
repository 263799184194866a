import type { EventBody, RunEvent } from "../model/event.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { Action } from "./action.ts";
import { apply, fold, readTimerKey, timerKey } from "./apply.ts";
import { failed, nextAction } from "./next-action.ts";
import { type Schedule, entering, isOver, setActivity, started } from "./schedule.ts";
import { EMPTY_STATE, type RunState, isDone, taskOf } from "./state.ts";

/** The state of a run and what is in flight for it. */
export interface Advanced {
  readonly state: RunState;
  readonly schedule?: Schedule;
  readonly actions: readonly Action[];
}

/** A run before its first event, or one read back from its journal: nothing in flight. */
export function recall(events: readonly RunEvent[]): Advanced {
  return { state: fold(events, EMPTY_STATE), actions: [] };
}

/**
 * One event further: pure and synchronous, no clock, no randomness. Work does not grow with the run, only with
 * what the event sets free. `run-started` and `run-resumed` derive every action anew.
 */
export function advance(plan: Plan, before: Advanced, event: RunEvent): Advanced {
  const turn = new Turn(plan, apply(before.state, event), before.schedule);
  turn.take(event);
  return turn.result();
}

/** One call of `advance` while it lasts: owns the next schedule and the actions gathered for it. */
class Turn {
  private readonly plan: Plan;
  private readonly state: RunState;
  private schedule: Schedule | undefined;
  private readonly actions: Action[] = [];

  constructor(plan: Plan, state: RunState, schedule: Schedule | undefined) {
    this.plan = plan;
    this.state = state;
    this.schedule = schedule;
  }

  result(): Advanced {
    const { state, schedule, actions } = this;
    return { state, ...(schedule !== undefined && { schedule }), actions };
  }

  take(event: RunEvent): void {
    if (event.type === "run-started" || event.type === "run-resumed") return this.enter(0);
    if (this.schedule === undefined || this.state.ending !== undefined) return;
    switch (event.type) {
      case "step-started":
        this.schedule = started(this.schedule, event.hosts);
        break;
      case "step-finished":
        return event.status === "failed" ? undefined : this.enter(this.schedule.index + 1);
      case "task-started":
      case "attempt-started":
      case "attempt-finished":
      case "attempt-judged":
      case "task-finished":
      case "task-unknown":
        this.continue(event.host);
        break;
      case "batch-judged":
        this.schedule = { ...this.schedule, control: false };
        for (const host of event.hosts) this.continue(host);
        break;
      case "timer-fired": {
        const [, , only] = readTimerKey(event.key);
        for (const host of only === undefined ? this.schedule.hosts : [only]) {
          if (taskOf(this.state, this.step().id, host)?.phase === "due" && this.rests(host)) this.continue(host);
        }
        break;
      }
      case "operator-decided":
        if (event.decision === "cancel") this.actions.push({ type: "cancel-attempts" });
        break;
      default:
        return;
    }
    this.fill();
    this.settle();
  }

  private step(): PlannedStep {
    const step = this.plan.steps[this.schedule?.index ?? -1];
    if (step === undefined) throw new Error("no step at work");
    return step;
  }

  private record(...events: readonly EventBody[]): void {
    if (this.schedule !== undefined) this.schedule = { ...this.schedule, control: true };
    this.actions.push({ type: "record", events });
  }

  /** Goes to the first step, from `index` on, that is not settled on all its hosts. */
  private enter(index: number): void {
    const { steps } = this.plan;
    for (let at = index; at < steps.length; at++) {
      const step = steps[at];
      if (step === undefined) break;
      const hosts = step.hosts.filter((host) => !this.state.setAside.has(host));
      const status = this.state.steps.get(step.id);
      const over = status === "ok" && hosts.every((host) => isDone(taskOf(this.state, step.id, host)));
      if (over || (status === "skipped" && step.skip !== undefined)) continue;
      this.schedule = entering(at);
      if (this.state.interrupted !== undefined) return this.pause();
      if (step.skip !== undefined) {
        return this.record({ type: "step-finished", step: step.id, status: "skipped" });
      }
      if (hosts.length === 0) {
        return this.record({ type: "step-finished", step: step.id, status: "failed" }, this.finished("failed"));
      }
      return this.record({ type: "step-started", step: step.id, hosts });
    }
    this.schedule = entering(steps.length);
    this.record(this.finished(this.state.setAside.isEmpty() ? "passed" : "failed"));
  }

  private finished(status: "passed" | "failed" | "cancelled"): EventBody {
    return { type: "run-finished", status, setAside: [...this.state.setAside.keys()] };
  }

  /** The next action of one task, or its rest. */
  private continue(host: string): void {
    if (this.schedule === undefined) return;
    const step = this.step();
    const task = taskOf(this.state, step.id, host);
    // A task that was unknown when the run stopped is asked for again, once.
    const first = !this.schedule.activity.has(host);
    const asked = first && task?.phase === "unknown" ? { ...task, phase: "attempting" as const } : task;
    const { activity, action } = nextAction(step, host, asked, this.state.choices.get(step.id)?.get(host));
    const begins = action?.type === "record" || action?.type === "start-task";
    if (begins && this.state.interrupted !== undefined) {
      // Between two attempts: it stays as it is, and goes on from here when the run is resumed.
      this.schedule = setActivity(this.schedule, host, "waiting");
      return;
    }
    this.schedule = setActivity(this.schedule, host, activity);
    if (activity === "settled" && failed(task)) {
      this.schedule = { ...this.schedule, failed: [...this.schedule.failed, host] };
    }
    if (action !== undefined) this.actions.push(action);
  }

  /** Takes up further hosts while there is room. */
  private fill(): void {
    while (this.schedule !== undefined && this.schedule.cursor < this.schedule.hosts.length) {
      const { cursor, hosts, counts } = this.schedule;
      const host = hosts[cursor];
      if (host === undefined || this.state.interrupted !== undefined) return;
      const task = taskOf(this.state, this.step().id, host);
      if (counts.working >= this.state.parallel && task?.phase !== "finished") return;
      this.schedule = { ...this.schedule, cursor: cursor + 1 };
      this.continue(host);
    }
  }

  /** The step, or the run, comes to an end or to a rest. */
  private settle(): void {
    const schedule = this.schedule;
    if (schedule === undefined || schedule.control) return;
    const { counts, hosts, cursor } = schedule;
    if (this.state.interrupted !== undefined && counts.working === 0 && !isOver(schedule)) return this.pause();
    const allParked = counts.parked > 0 && cursor >= hosts.length && counts.working + counts.waiting === 0;
    if (allParked) return this.judgeBatch(schedule);
    if (isOver(schedule)) this.finishStep();
  }

  private finishStep(): void {
    const { failed, counts } = this.schedule ?? entering(0);
    const step = this.step();
    if (counts.unknown > 0) {
      const hosts = this.schedule?.hosts.filter((host) => this.schedule?.activity.get(host) === "unknown") ?? [];
      return this.record({ type: "run-paused", reason: "unknown", step: step.id, detail: hosts.join(", ") });
    }
    if (failed.length === 0) return this.record({ type: "step-finished", step: step.id, status: "ok" });
    if (this.state.interrupted === "cancel") return this.record(this.finished("cancelled"));
    const budget = step.maxFailures === "all" ? Infinity : step.maxFailures;
    if (this.state.setAside.size + failed.length > budget) {
      return this.record({ type: "step-finished", step: step.id, status: "failed" }, this.finished("failed"));
    }
    const aside = failed.map((host): EventBody => {
      const reason = taskOf(this.state, step.id, host)?.reason ?? "failed";
      return { type: "host-set-aside", host, step: step.id, reason };
    });
    this.record(...aside, { type: "step-finished", step: step.id, status: "ok" });
  }

  private pause(): void {
    const detail = this.state.interrupted === "cancel" ? "cancelled by the operator" : "interrupted by the operator";
    this.record(
      this.state.interrupted === "cancel"
        ? this.finished("cancelled")
        : { type: "run-paused", reason: "interrupted", detail },
    );
  }

  private rests(host: string): boolean {
    const activity = this.schedule?.activity.get(host);
    return activity === "waiting" || activity === "parked";
  }

  /** No host of the batch is at work: its results are judged together, or all wait for another round. */
  private judgeBatch(schedule: Schedule): void {
    const step = this.step();
    const parked = schedule.hosts.flatMap((host) => {
      const task = taskOf(this.state, step.id, host);
      return schedule.activity.get(host) === "parked" && task !== undefined ? [{ host, task }] : [];
    });
    const attempt = Math.max(...parked.map(({ task }) => task.attempt));
    const broken = parked.some(({ task }) => task.verdict?.passed !== true);
    if (broken && attempt <= step.retry) {
      const from = Math.max(...parked.map(({ task }) => Date.parse(task.judgedAt ?? "")));
      for (const { host } of parked) this.schedule = setActivity(this.schedule ?? schedule, host, "waiting");
      const at = new Date(from + step.everyMs).toISOString();
      this.actions.push({ type: "wait-until", key: timerKey(step.id, attempt), at });
      return;
    }
    const hosts = parked.map(({ host }) => host);
    // Hosts that passed in an earlier session of the run are part of the batch as well: their output is kept.
    const judged = schedule.hosts.flatMap((host) => {
      const task = taskOf(this.state, step.id, host);
      const counts = task?.verdict?.passed === true || (task?.status === "ok" && task.attempt > 0);
      return counts ? [{ host, task: task.task, attempt: task.attempt, exit: task.end?.exit ?? 0 }] : [];
    });
    if (!parked.some(({ task }) => task.verdict?.passed === true)) {
      return this.record({ type: "batch-judged", step: step.id, attempt, hosts, passed: false, expectations: [] });
    }
    this.schedule = { ...schedule, control: true };
    this.actions.push({ type: "judge-batch", step: step.id, attempt, hosts, tasks: judged });
  }
}
