/*
 * The heart of the engine: one event in, the next state and actions out. Longer than most files, since every event and
 * every rest is decided in one place; what can be told from plan and state alone is in visits.ts, next-action.ts and
 * person-needed.ts.
 */
import { List } from "immutable";
import type { EventBody, OperatorDecided, RunEvent } from "../model/event.ts";
import type { RunStatus } from "../model/outcome.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { Action, Question } from "./action.ts";
import { apply, fold, readTimerKey, timerKey } from "./apply.ts";
import { firstWanted } from "./background-state.ts";
import { type Check, checksDue } from "./checks-due.ts";
import { doubtful } from "./doubtful.ts";
import { failed, nextAction } from "./next-action.ts";
import { personNeeded, saidOf } from "./person-needed.ts";
import { type Schedule, entering, isOver, setActivity, started } from "./schedule.ts";
import { endStatus, isAnythingLeft, isBorder, isVisitOver, mending, standing } from "./visits.ts";
import { EMPTY_STATE, type RunState, isDone, passedBefore, taskOf, wasCutOff } from "./state.ts";

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

type EventOfTask = Extract<
  RunEvent,
  { type: "attempt-finished" | "attempt-judged" | "task-finished" | "task-unknown" | "task-deferred" }
>;

function isOfTask(event: RunEvent): event is EventOfTask {
  const { type } = event;
  return (
    type === "attempt-finished" ||
    type === "attempt-judged" ||
    type === "task-finished" ||
    type === "task-unknown" ||
    type === "task-deferred"
  );
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
    if (event.type === "run-started") return this.enter(0);
    if (event.type === "run-resumed") return this.letGo();
    if (this.schedule === undefined || this.state.ending !== undefined) return;
    if (this.schedule.lettingGo !== undefined && isOfTask(event)) return this.answered(event);
    switch (event.type) {
      case "step-started":
        this.schedule = started(this.schedule, event.hosts);
        break;
      case "step-finished":
        return this.afterStep(event.status);
      case "task-started":
      case "attempt-started":
      case "attempt-finished":
      case "attempt-judged":
      case "task-finished":
      case "task-unknown":
        this.continue(event.host);
        break;
      case "task-deferred":
        this.schedule = setActivity(this.schedule, event.host, event.reason === "held" ? "held" : "waiting");
        break;
      case "host-rebooted":
        // One that came back under a block that was still at work is told beside the end of that.
        if (this.schedule.activity.get(event.host) === "rebooting") this.continue(event.host);
        break;
      case "batch-judged":
        this.schedule = { ...this.schedule, control: false };
        for (const host of event.hosts) this.continue(host);
        break;
      case "timer-fired": {
        const [, , only] = readTimerKey(event.key);
        const { id } = this.step();
        const due = (only === undefined ? this.schedule.hosts : [only]).filter(
          (host) => taskOf(this.state, id, host)?.phase === "due" && this.rests(host),
        );
        this.goOn(due, true);
        break;
      }
      case "check-finished":
        return this.checked(event.host);
      case "checkpoint-reached":
        return void this.actions.push({ type: "ask", about: "checkpoint", step: event.step });
      case "operator-decided":
        if (this.hear(event)) return;
        break;
      default:
        return;
    }
    this.fill();
    this.settle();
  }

  private step(): PlannedStep {
    const { position = -1, fix } = this.schedule ?? {};
    const step = this.plan.steps[fix ?? this.plan.order[position]?.step ?? -1];
    if (step === undefined) throw new Error("no step at work");
    return step;
  }

  private record(...events: readonly EventBody[]): void {
    this.busy();
    this.actions.push({ type: "record", events });
  }

  private ask(question: Question): void {
    this.busy();
    this.actions.push({ type: "ask", ...question });
  }

  private busy(): void {
    if (this.schedule !== undefined) this.schedule = { ...this.schedule, control: true };
  }

  /** @returns whether nothing else is to be done about it */
  private hear({ decision, hosts = [] }: OperatorDecided): boolean {
    if (this.schedule === undefined) return true;
    switch (decision) {
      case "cancel":
        this.actions.push({ type: "cancel-attempts" });
        return false;
      case "continue":
        this.record({ type: "step-finished", step: this.step().id, status: "ok" });
        return true;
      case "rest-after":
      case "no-rest":
        return true;
      case "input":
        if (this.schedule.reviving === true) this.revive();
        else this.begin(this.schedule.position);
        return true;
      case "fix":
      case "no-fix":
        this.finishStep();
        return true;
      case "tick":
      case "confirm":
      case "done":
      case "skip":
        this.schedule = { ...this.schedule, control: false };
        if (decision !== "tick") this.goOn(hosts.filter((host) => this.rests(host)));
        return false;
      default:
        return false;
    }
  }

  private afterStep(status: "ok" | "failed" | "skipped"): void {
    const { position, fix, reviving } = this.schedule ?? entering(0);
    if (reviving === true) return status === "failed" ? undefined : this.revive();
    // Back to what it was to fix, whether it did or not.
    if (fix !== undefined) return this.enter(position);
    if (status === "failed") return;
    const rests = this.state.interrupted === undefined && isBorder(this.plan, this.state, position, status);
    if (rests && isAnythingLeft(this.plan, this.state, position + 1)) return this.restAfter();
    this.enter(position + 1);
  }

  private restAfter(): void {
    const { id } = this.step();
    this.record({ type: "run-paused", reason: "asked", step: id, detail: `as asked, after ${id}` });
  }

  /**
   * Asks for tasks on hosts that were set aside and may run, before anything else: what has not begun never will, what
   * goes on is left alone, and nobody waits for it.
   */
  private letGo(): void {
    this.schedule = { ...entering(0), lettingGo: { tasks: doubtful(this.plan, this.state), cursor: 0, open: 0 } };
    this.letMoreGo();
  }

  private letMoreGo(): void {
    while (this.schedule?.lettingGo !== undefined) {
      const { tasks, cursor, open } = this.schedule.lettingGo;
      const ref = tasks[cursor];
      const isOver = ref === undefined || this.state.interrupted !== undefined;
      if (isOver && open === 0) return this.revive();
      if (isOver || open >= this.state.parallel) return;
      const { task = "", attempt = 0 } = taskOf(this.state, ref.step, ref.host) ?? {};
      this.schedule = { ...this.schedule, lettingGo: { tasks, cursor: cursor + 1, open: open + 1 } };
      this.actions.push({ type: "run-attempt", ...ref, task, attempt, attachOnly: true, briefly: true });
    }
  }

  /** What can be said of such a task is said; nothing of it is begun. */
  private answered({ step: id, host }: EventOfTask): void {
    const { lettingGo } = this.schedule ?? {};
    const step = this.plan.steps.find((known) => known.id === id);
    if (this.schedule === undefined || lettingGo === undefined || step === undefined) return;
    const { action } = nextAction(step, host, taskOf(this.state, id, host), saidOf(this.state, id, host));
    if (action?.type === "judge-attempt" || action?.type === "finish-task") return void this.actions.push(action);
    this.schedule = { ...this.schedule, lettingGo: { ...lettingGo, open: lettingGo.open - 1 } };
    this.letMoreGo();
  }

  /** Brings what goes on in the background back, step by step, before anything else: the rest may need it. */
  private revive(): void {
    const wanted = this.plan.undoes === true ? undefined : firstWanted(this.plan, this.state);
    const step = this.plan.steps[this.plan.order[wanted?.position ?? -1]?.step ?? -1];
    if (wanted === undefined || step === undefined || this.state.interrupted !== undefined) {
      return this.check(checksDue(this.plan, this.state));
    }
    this.schedule = { ...entering(wanted.position), reviving: true };
    this.start(step, wanted.hosts);
  }

  /** Looks at what has passed once more, step by step, before the run goes on. */
  private check(checks: readonly Check[]): void {
    const [first] = this.state.interrupted === undefined ? checks : [];
    if (first === undefined) return this.enter(0);
    this.schedule = { ...entering(0), checks };
    this.actions.push({ type: "check-step", ...first });
  }

  /** One host has answered. */
  private checked(host: string): void {
    const [first, ...rest] = this.schedule?.checks ?? [];
    if (this.schedule === undefined || first === undefined) return;
    const hosts = first.hosts.filter((name) => name !== host);
    if (hosts.length === 0) return this.check(rest);
    this.schedule = { ...this.schedule, checks: [{ ...first, hosts }, ...rest] };
  }

  /** Goes to the first visit, from `position` on, that has not come to its end with all its hosts. */
  private enter(position: number): void {
    const { order } = this.plan;
    for (let at = position; at < order.length; at++) if (!isVisitOver(this.plan, this.state, at)) return this.begin(at);
    this.schedule = entering(order.length);
    if (this.state.interrupted !== undefined) return this.pause();
    this.record(this.finished(endStatus(this.plan, this.state)));
  }

  private begin(position: number): void {
    this.schedule = entering(position);
    if (this.state.interrupted !== undefined) return this.pause();
    const step = this.step();
    const hosts = standing(this.state, this.plan.order[position]?.hosts ?? []);
    if (step.skip !== undefined) return this.record({ type: "step-finished", step: step.id, status: "skipped" });
    if (hosts.length === 0) {
      return this.record({ type: "step-finished", step: step.id, status: "failed" }, this.finished("failed"));
    }
    this.start(step, hosts);
  }

  private start(step: PlannedStep, hosts: readonly string[]): void {
    const isLeft = hosts.some((host) => !this.needsNothing(step, host));
    const name = isLeft ? step.asks.find((input) => !this.state.inputs.has(input)) : undefined;
    if (name !== undefined) return this.ask({ about: "input", step: step.id, name });
    this.record({ type: "step-started", step: step.id, hosts });
  }

  /** It is done there, or is to be left out before anything of it was begun. */
  private needsNothing({ id }: PlannedStep, host: string): boolean {
    const task = taskOf(this.state, id, host);
    const { choice } = saidOf(this.state, id, host);
    return isDone(task) || (task === undefined && (choice === "skip" || choice === "done"));
  }

  private finished(status: RunStatus): EventBody {
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
    const { activity, action } = nextAction(step, host, asked, saidOf(this.state, step.id, host));
    const begins = action?.type === "record" || action?.type === "start-task" || action?.type === "reboot";
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

  /**
   * Hosts that have rested go on once there is room, before new ones.
   * @param first and before others that have rested: who waits to try again was at work
   */
  private goOn(hosts: readonly string[], first = false): void {
    if (this.schedule === undefined || hosts.length === 0) return;
    // Nothing is taken up any more; what only has to be written down is.
    if (this.state.interrupted !== undefined) return hosts.forEach((host) => this.continue(host));
    for (const host of hosts) this.schedule = setActivity(this.schedule, host, "ready");
    const { ready } = this.schedule;
    this.schedule = { ...this.schedule, ready: first ? List(hosts).concat(ready) : ready.concat(hosts) };
  }

  /** Takes up hosts while there is room. */
  private fill(): void {
    while (this.schedule !== undefined && this.state.interrupted === undefined) {
      const { cursor, hosts, counts, ready } = this.schedule;
      const hasRoom = this.hasRoom(counts);
      const rested = hasRoom ? ready.first() : undefined;
      const host = rested ?? hosts[cursor];
      if (host === undefined) return;
      const isOver = taskOf(this.state, this.step().id, host)?.phase === "finished";
      if (!hasRoom && !isOver) return;
      this.schedule = {
        ...this.schedule,
        ...(rested === undefined ? { cursor: cursor + 1 } : { ready: ready.shift() }),
      };
      this.continue(host);
    }
  }

  /** There is one terminal, and who waits to try again has it as well. */
  private hasRoom({ working, rebooting, waiting }: Schedule["counts"]): boolean {
    if (this.step().interactive === true) return working + rebooting + waiting === 0;
    return working + rebooting < this.state.parallel;
  }

  /** The step, or the run, comes to an end or to a rest. */
  private settle(): void {
    const schedule = this.schedule;
    if (schedule === undefined || schedule.control) return;
    const { counts, hosts, cursor } = schedule;
    if (this.state.interrupted !== undefined && counts.working === 0 && !isOver(schedule)) return this.pause();
    const allParked =
      counts.parked > 0 && cursor >= hosts.length && counts.working + counts.rebooting + counts.waiting === 0;
    if (allParked && counts.held > 0) return this.rest();
    if (allParked && this.askFor(schedule)) return;
    // Nobody knows what those have to say: judged without them, the others might agree by chance.
    if (allParked && counts.unknown > 0) return this.restUnknown(schedule);
    if (allParked) return this.judgeBatch(schedule);
    if (isOver(schedule)) this.finishStep();
  }

  private finishStep(): void {
    const schedule = this.schedule ?? entering(0);
    const { failed, counts } = schedule;
    const step = this.step();
    if (counts.unknown > 0) return this.restUnknown(schedule);
    if (counts.held > 0) return this.rest();
    if (failed.length === 0) return this.passStep([]);
    if (this.state.interrupted === "cancel") return this.record(this.finished("cancelled"));
    if (this.state.interrupted === "interrupt" && failed.every((host) => wasCutOff(taskOf(this.state, step.id, host))))
      return this.pause();
    if (schedule.fix !== undefined) return this.record({ type: "step-finished", step: step.id, status: "failed" });
    if (this.state.interrupted === undefined && schedule.reviving !== true && this.fix(step, failed)) return;
    const budget = step.maxFailures === "all" ? Infinity : step.maxFailures;
    if (this.state.setAside.size + failed.length > budget) {
      return this.record({ type: "step-finished", step: step.id, status: "failed" }, this.finished("failed"));
    }
    this.passStep(
      failed.map((host): EventBody => {
        const reason = taskOf(this.state, step.id, host)?.reason ?? "failed";
        return { type: "host-set-aside", host, step: step.id, reason };
      }),
    );
  }

  private restUnknown({ hosts, activity }: Schedule): void {
    const { id } = this.step();
    const unknown = hosts.filter((host) => activity.get(host) === "unknown");
    // Nobody waited until they could be asked.
    const unasked = unknown.every((host) => taskOf(this.state, id, host)?.asked === false);
    if (this.state.interrupted === "interrupt" && unasked) return this.pause();
    this.record({ type: "run-paused", reason: "unknown", step: id, detail: unknown.join(", ") });
  }

  /** The step has come to its end, or waits for the operator before that. */
  private passStep(events: readonly EventBody[]): void {
    const { id, checkpoint } = this.step();
    const passed = this.state.checkpoint?.step === id && this.state.checkpoint.passed;
    const didAnything = this.schedule?.hosts.some((host) => {
      const status = taskOf(this.state, id, host)?.status;
      return status === "ok" || status === "unchanged";
    });
    if (checkpoint !== undefined && !passed && didAnything === true && this.schedule?.reviving !== true) {
      return this.record(...events, { type: "checkpoint-reached", step: id, text: checkpoint });
    }
    this.record(...events, { type: "step-finished", step: id, status: "ok" });
  }

  /** Offers the step that fixes this one, or goes to it. @returns whether there is something to wait for */
  private fix(step: PlannedStep, failed: readonly string[]): boolean {
    const mend = mending(this.plan, this.state, step, failed);
    if (mend === undefined) return false;
    const { fix } = mend;
    if (mend.type === "ask") this.ask({ about: "fix", step: step.id, fix: fix.id, hosts: failed });
    else {
      this.schedule = entering(this.schedule?.position ?? 0, fix.index);
      this.start(fix, mend.hosts);
    }
    return true;
  }

  private pause(): void {
    const detail = this.state.interrupted === "cancel" ? "cancelled by the operator" : "interrupted by the operator";
    this.record(
      this.state.interrupted === "cancel"
        ? this.finished("cancelled")
        : { type: "run-paused", reason: "interrupted", detail },
    );
  }

  /** Other runs have hosts of the step: they are not set aside for that, and nothing goes past them. */
  private rest(): void {
    if (this.state.interrupted !== undefined) return this.pause();
    const { hosts, activity } = this.schedule ?? entering(0);
    const held = hosts.filter((host) => activity.get(host) === "held");
    this.record({ type: "run-paused", reason: "held", step: this.step().id, detail: held.join(", ") });
  }

  private rests(host: string): boolean {
    const activity = this.schedule?.activity.get(host);
    return activity === "waiting" || activity === "parked";
  }

  /** Asks for what only a person can say before the parked tasks may go on. @returns whether there is such a thing */
  private askFor({ hosts, activity }: Schedule): boolean {
    const parked = hosts.filter((host) => activity.get(host) === "parked");
    const needed = personNeeded(this.step(), this.state, parked);
    if (needed === undefined) return false;
    if ("about" in needed) this.ask(needed);
    else this.record(needed);
    return true;
  }

  /** No host of the batch is at work: its results are judged together, or all wait for another round. */
  private judgeBatch(schedule: Schedule): void {
    const step = this.step();
    const parked = schedule.hosts.flatMap((host) => {
      const task = taskOf(this.state, step.id, host);
      return schedule.activity.get(host) === "parked" && task !== undefined ? [{ host, task }] : [];
    });
    // What has passed and is only judged again has no attempt to make, and none to wait for.
    const again = parked.filter(({ task }) => !passedBefore(task));
    const attempt = Math.max(...(again.length > 0 ? again : parked).map(({ task }) => task.attempt));
    const broken = again.some(({ task }) => task.verdict?.passed !== true);
    if (broken && attempt <= step.retry) {
      const from = Math.max(...again.map(({ task }) => Date.parse(task.judgedAt ?? "")));
      for (const { host } of again) this.schedule = setActivity(this.schedule ?? schedule, host, "waiting");
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
