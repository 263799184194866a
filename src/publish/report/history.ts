/*
 * One case an event, so that it can be seen that none is forgotten: longer than most files for that.
 */
import type { GuideChanged, RunEvent, TaskRef } from "../../model/event.ts";
import type { Facts } from "../../model/inventory.ts";
import type { ExpectationResult } from "../../model/outcome.ts";
import { decisionWords, editWords } from "../../story/event-words.ts";
import type { StepView, TaskView } from "../../story/run-fold.ts";
import { utcMoment } from "./report-words.ts";
import type { Attempt, Capture, Check, Moment, Verdict, Wait } from "./report.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** An attempt, with what names its log. */
export interface LoggedAttempt extends Attempt {
  readonly task: string;
  /** The id that its step had then. */
  readonly loggedAs: string;
}

/** What is remembered of a task that {@link TaskView}, which knows how it stands, has forgotten. */
export interface TaskHistory {
  readonly host: string;
  readonly status: TaskView["status"];
  readonly from: string;
  readonly to?: string;
  readonly exit?: number;
  readonly durationMs?: number;
  readonly reason?: string;
  readonly attempts: readonly LoggedAttempt[];
  readonly waits: readonly Wait[];
  readonly expectations: readonly ExpectationResult[];
  /** The id that its step had then: it names the log. */
  readonly loggedAs: string;
  readonly undone?: true;
}

export interface StepHistory {
  readonly id: string;
  readonly status: StepView["status"];
  readonly tasks: ReadonlyMap<string, TaskHistory>;
  readonly checks: readonly Check[];
  /** When it came to do something else than before, and when it came to be judged otherwise; ISO times. */
  readonly changedAt?: string;
  readonly rejudgedAt?: string;
  /** The last revision of the guide that had it, where the newest has not. */
  readonly removedAfter?: number;
}

export interface History {
  readonly waymark: readonly string[];
  /** The guide's texts, in the order they were used: when, and how they came about. */
  readonly revisions: readonly { readonly digest: string; readonly at: string; readonly edit?: GuideChanged }[];
  /** In the order they were begun; those that the guide has no longer too. */
  readonly steps: readonly StepHistory[];
  readonly facts: ReadonlyMap<string, Facts>;
  readonly captures: readonly Capture[];
  readonly moments: readonly Moment[];
  /** Names of the inputs that are, or were, secret. */
  readonly secretInputs: ReadonlySet<string>;
}

type TaskDraft = Omit<Mutable<TaskHistory>, "attempts" | "waits"> & {
  attempts: (Omit<Mutable<LoggedAttempt>, "verdicts"> & { verdicts: Verdict[] })[];
  waits: Wait[];
  /** Since when it waits for its host to be back. */
  rebooting?: string;
  /** Since when it waits for the other hosts of its batch. */
  judged?: string;
  /** Attempts that were there when it was begun anew. */
  earlier: number;
};
type StepDraft = Omit<Mutable<StepHistory>, "tasks" | "checks"> & { tasks: Map<string, TaskDraft>; checks: Check[] };

/** All that happened in a run, task by task. */
export function historyOf(events: readonly RunEvent[]): History {
  const fold = new HistoryFold();
  for (const event of events) fold.add(event);
  return fold.history;
}

const CRASHED = "the run crashed";

/** Owns the history while it is gathered. Steps keep theirs when an edited guide calls them otherwise. */
class HistoryFold {
  private readonly steps = new Map<string, StepDraft>();
  private readonly gone: StepDraft[] = [];
  private readonly revisions: { digest: string; at: string; edit?: GuideChanged }[] = [];
  private readonly waymark: string[] = [];
  private readonly facts = new Map<string, Facts>();
  private readonly captures: Capture[] = [];
  private readonly moments: Mutable<Moment>[] = [];
  private readonly secretInputs = new Set<string>();
  /** When something was last heard of a run that has neither ended nor been paused. */
  private atWork: string | undefined;

  get history(): History {
    const { revisions, waymark, facts, captures, moments, secretInputs } = this;
    return {
      revisions,
      waymark,
      facts,
      captures,
      moments,
      secretInputs,
      steps: [...this.steps.values(), ...this.gone],
    };
  }

  add(event: RunEvent): void {
    const { at } = event;
    this.noteCrash(event);
    switch (event.type) {
      case "run-started":
        this.waymark.push(event.waymark);
        this.revisions.push({ digest: event.guide.digest, at });
        for (const name of event.secretInputs) this.secretInputs.add(name);
        this.note(at, event.type, "the run was started");
        break;
      case "run-resumed":
        if (this.waymark.at(-1) !== event.waymark) this.waymark.push(event.waymark);
        this.note(at, event.type, event.undo === true ? "it is being undone" : "the run went on");
        break;
      case "guide-changed":
        this.revisions.push({ digest: event.guide.digest, at, edit: event });
        this.rename(event);
        for (const step of this.stepsOf(event.changed)) step.changedAt = at;
        for (const step of this.stepsOf(event.rejudged ?? [])) step.rejudgedAt = at;
        this.note(at, event.type, `the guide was edited: ${editWords(event)}`);
        break;
      case "host-connected":
        if (event.note !== undefined) this.note(at, event.type, event.note, { host: event.host });
        break;
      case "host-lost":
        this.note(at, event.type, `lost: ${event.reason}`, { host: event.host });
        break;
      case "host-facts":
        this.facts.set(event.host, event.facts);
        break;
      case "host-set-aside":
        this.note(at, event.type, `set aside: ${event.reason}`, event);
        break;
      case "host-held": {
        const { holder, until } = event;
        const words = `waits, until ${utcMoment(until)} at most: run ${holder.run} of ${holder.owner} has it`;
        this.note(at, event.type, words, { host: event.host });
        break;
      }
      case "step-started":
        this.step(event.step).status = "running";
        break;
      case "step-finished":
        // What is left out today stands as it was left.
        if (event.status !== "skipped" || this.step(event.step).tasks.size === 0) {
          this.step(event.step).status = event.status;
        }
        break;
      case "task-started": {
        const known = this.step(event.step).tasks.get(event.host);
        const fresh = newTask(event, at);
        const attempts = known?.attempts ?? [];
        const waits = known?.waits ?? [];
        const from = known === undefined || attempts.length === 0 ? at : known.from;
        this.step(event.step).tasks.set(event.host, { ...fresh, from, attempts, waits, earlier: attempts.length });
        break;
      }
      case "attempt-started": {
        const task = this.task(event, at);
        const last = task.attempts.at(-1);
        if (last?.to !== undefined && task.attempts.length > task.earlier) {
          task.waits.push({ for: "retry", from: last.to, to: at });
        }
        delete task.judged;
        if (last?.to !== undefined || last?.number !== event.attempt || last.task !== event.task) {
          const { attempt: number, task: id, step: loggedAs } = event;
          task.attempts.push({ number, task: id, loggedAs, revision: this.revision, from: at, verdicts: [] });
        }
        break;
      }
      case "attempt-finished": {
        const attempt = this.task(event, at).attempts.at(-1);
        if (attempt === undefined) break;
        attempt.to = at;
        attempt.end = event.end;
        if (event.exit !== undefined) attempt.exit = event.exit;
        break;
      }
      case "attempt-judged": {
        const task = this.task(event, at);
        const attempt = task.attempts.at(-1);
        task.expectations = event.expectations;
        task.judged = at;
        if (attempt === undefined) break;
        attempt.to ??= at;
        attempt.verdicts.push({ revision: this.revision, passed: event.passed, broken: brokenOf(event.expectations) });
        break;
      }
      case "batch-judged":
        for (const host of event.hosts) {
          const task = this.task({ step: event.step, host }, at);
          const attempt = task.attempts.at(-1);
          if (task.judged !== undefined) task.waits.push({ for: "others", from: task.judged, to: at });
          delete task.judged;
          task.expectations = [...task.expectations, ...event.expectations];
          const own = attempt?.verdicts.pop();
          attempt?.verdicts.push({
            revision: this.revision,
            passed: own?.passed !== false && event.passed,
            broken: [...(own?.broken ?? []), ...brokenOf(event.expectations)],
          });
        }
        break;
      case "reboot-started":
        this.task(event, at).rebooting = at;
        break;
      case "host-rebooted": {
        const task = this.task(event, at);
        if (task.rebooting !== undefined) task.waits.push({ for: "reboot", from: task.rebooting, to: at });
        delete task.rebooting;
        this.note(at, event.type, "was rebooted", event);
        break;
      }
      case "task-unknown": {
        const task = this.task(event, at);
        task.status = "unknown";
        task.reason = event.reason;
        task.to = at;
        const attempt = task.attempts.at(-1);
        if (attempt !== undefined) attempt.to ??= at;
        break;
      }
      case "task-finished": {
        const task = this.task(event, at);
        const { status, exit, durationMs, reason, expectations } = event;
        delete task.reason;
        delete task.rebooting;
        const attempt = task.attempts.at(-1);
        if (attempt !== undefined) attempt.to ??= at;
        Object.assign(task, { status, durationMs, expectations, to: at });
        if (exit !== undefined) task.exit = exit;
        if (reason !== undefined) task.reason = reason;
        break;
      }
      case "variable-captured": {
        const { name, step, host, value } = event;
        const before = this.captures.findIndex((one) => one.name === name && one.host === host);
        if (before >= 0) this.captures.splice(before, 1);
        this.captures.push({ name, step, host, ...(value !== undefined && !event.secret && { value }) });
        break;
      }
      case "background-ended":
        this.note(
          at,
          event.type,
          `ended in the background: ${event.reason ?? event.end ?? "nobody can say how"}`,
          event,
        );
        break;
      case "task-deferred":
        if (event.holder === undefined) break;
        this.note(at, event.type, `not begun: run ${event.holder.run} of ${event.holder.owner} has it`, event);
        break;
      case "checkpoint-reached":
        this.note(at, event.type, event.text === "" ? "checkpoint" : `checkpoint: ${event.text}`, { step: event.step });
        break;
      case "operator-decided":
        if (event.decision === "input" && event.name !== undefined && event.value === undefined) {
          this.secretInputs.add(event.name);
        }
        this.note(at, event.decision, decisionWords(event), { hosts: event.hosts ?? [], ...stepOf(event) });
        break;
      case "check-finished": {
        const { host, status, reason, expectations } = event;
        const check = { host, at, status, expectations, ...(reason !== undefined && { reason }) };
        const { checks } = this.step(event.step);
        const before = checks.findIndex((one) => one.host === host);
        if (before >= 0) checks.splice(before, 1);
        checks.push(check);
        break;
      }
      case "step-undone": {
        this.task(event, at).undone = true;
        this.note(at, event.type, event.by === undefined ? "undone" : `undone by ${event.by}`, event);
        break;
      }
      case "run-paused":
        this.note(at, event.type, `paused: ${event.detail === "" ? event.reason : event.detail}`, stepOf(event));
        break;
      case "run-finished":
        this.note(at, event.type, `the run ended: ${event.status}`);
        break;
      case "check-started":
      case "timer-fired":
        break;
    }
  }

  /** That Waymark was gone is told by nothing but a run that goes on without having ended. */
  private noteCrash({ type, at }: RunEvent): void {
    const seen = this.atWork;
    if (type === "run-resumed" && seen !== undefined) {
      // Before what was edited meanwhile.
      const before = this.moments.findLastIndex((moment) => moment.at <= seen);
      this.moments.splice(before + 1, 0, { at: seen, kind: "crashed", text: CRASHED, hosts: [] });
    }
    if (type === "run-finished" || type === "run-paused") this.atWork = undefined;
    else if (type === "run-started" || type === "run-resumed") this.atWork = at;
    else if (seen !== undefined && type !== "guide-changed") this.atWork = at;
  }

  /** Index of the guide's text that is in use. */
  private get revision(): number {
    return this.revisions.length - 1;
  }

  /** What happens to host after host, one after the other, is one moment. */
  private note(at: string, kind: string, text: string, about: About = {}): void {
    const { host, step } = about;
    const hosts = about.hosts ?? (host === undefined ? [] : [host]);
    const last = this.moments.at(-1);
    if (last?.kind === kind && last.text === text && last.step === step && hosts.length > 0) {
      last.hosts = [...new Set([...last.hosts, ...hosts])];
    } else this.moments.push({ at, kind, text, hosts, ...(step !== undefined && { step }) });
  }

  /** Those of them that were begun. */
  private stepsOf(ids: readonly string[]): readonly StepDraft[] {
    return ids.flatMap((id) => this.steps.get(id) ?? []);
  }

  private step(id: string): StepDraft {
    const known = this.steps.get(id);
    if (known !== undefined) return known;
    const step: StepDraft = { id, status: "running", tasks: new Map(), checks: [] };
    this.steps.set(id, step);
    return step;
  }

  private task(ref: TaskRef, at: string): TaskDraft {
    const { tasks } = this.step(ref.step);
    const known = tasks.get(ref.host);
    if (known !== undefined) return known;
    const task = newTask(ref, at);
    tasks.set(ref.host, task);
    return task;
  }

  private rename({ renamed, removed }: GuideChanged): void {
    const all = [...this.steps.values()];
    this.steps.clear();
    for (const step of all) {
      if (removed.includes(step.id)) this.gone.push({ ...step, removedAfter: this.revisions.length - 2 });
      else {
        step.id = renamed[step.id] ?? step.id;
        this.steps.set(step.id, step);
      }
    }
    for (const [index, capture] of this.captures.entries()) {
      this.captures[index] = { ...capture, step: renamed[capture.step] ?? capture.step };
    }
  }
}

interface About {
  readonly host?: string;
  readonly hosts?: readonly string[];
  readonly step?: string;
}

function newTask({ step, host }: TaskRef, from: string): TaskDraft {
  return { host, status: "running", from, attempts: [], waits: [], expectations: [], loggedAs: step, earlier: 0 };
}

function brokenOf(expectations: readonly ExpectationResult[]): readonly ExpectationResult[] {
  return expectations.filter(({ passed }) => !passed);
}

function stepOf({ step }: { readonly step?: string }): About {
  return step === undefined ? {} : { step };
}
