import type { RunEvent, TaskRef } from "../model/event.ts";

/** How long the steps of a run took that has gone before: milliseconds, by id and by the digest of their effect. */
export interface StepTimes {
  readonly byId: ReadonlyMap<string, number>;
  readonly byDigest: ReadonlyMap<string, number>;
}

/** Events that say when somebody was at work on a step: nobody need read others. */
export const TELL_TIMES: ReadonlySet<RunEvent["type"]> = new Set([
  "task-started",
  "attempt-started",
  "attempt-judged",
  "task-unknown",
  "task-finished",
  "step-finished",
  "guide-changed",
  "run-paused",
  "run-resumed",
  "run-finished",
]);

interface Work {
  digest: string;
  ms: number;
  /** Hosts at work, and since when any of them is. */
  readonly busy: Set<string>;
  since: number;
  passed: boolean;
}

/**
 * Owns what is known of the steps of one run, whose events it is told in order. A step takes as long as any of its hosts
 * is at work: what people take to answer, and what a run rests, is none of it.
 */
export class StepTimer {
  #steps = new Map<string, Work>();
  /** Tasks that were at work when the run stopped: they are when it goes on. */
  #interrupted: TaskRef[] = [];
  #last = 0;
  #over = false;

  add(event: RunEvent): void {
    const at = Date.parse(event.at);
    // What is reverted takes other steps.
    if (event.type === "run-resumed" && event.undo === true) this.#over = true;
    if (this.#over) return;
    switch (event.type) {
      case "task-started":
        this.#work(event.step).digest = event.effectDigest;
        break;
      case "attempt-started":
        // Not before: it may have to be confirmed.
        if (!this.#work(event.step).busy.has(event.host)) this.#begin(event, at);
        break;
      case "attempt-judged":
        // In the background it is ready, and goes on.
        if (event.durationMs !== undefined) this.#end(event, at);
        break;
      case "task-unknown":
      case "task-finished":
        this.#end(event, at);
        break;
      case "step-finished":
        this.#work(event.step).passed = event.status === "ok";
        break;
      case "guide-changed":
        this.#stop();
        this.#rename(event.renamed);
        break;
      case "run-paused":
      case "run-finished":
        this.#last = at;
        this.#stop();
        break;
      case "run-resumed":
        this.#stop();
        for (const task of this.#interrupted.splice(0)) this.#begin(task, at);
        break;
      default:
        return;
    }
    this.#last = at;
  }

  /** Of those that have passed. */
  get times(): StepTimes {
    const passed = [...this.#steps].filter(([, { passed, busy }]) => passed && busy.size === 0);
    return {
      byId: new Map(passed.map(([id, { ms }]) => [id, ms])),
      byDigest: new Map(passed.flatMap(([, { digest, ms }]) => (digest === "" ? [] : [[digest, ms]]))),
    };
  }

  #work(step: string): Work {
    const known = this.#steps.get(step);
    if (known !== undefined) return known;
    const work: Work = { digest: "", ms: 0, busy: new Set(), since: 0, passed: false };
    this.#steps.set(step, work);
    return work;
  }

  #begin({ step, host }: TaskRef, at: number): void {
    const work = this.#work(step);
    if (work.busy.size === 0) work.since = at;
    work.busy.add(host);
  }

  #end({ step, host }: TaskRef, at: number): void {
    const work = this.#work(step);
    if (work.busy.delete(host) && work.busy.size === 0) work.ms += Math.max(0, at - work.since);
  }

  /** Nobody works on it from the last event on, whether it was paused or killed. */
  #stop(): void {
    for (const [step, { busy }] of this.#steps) {
      for (const host of busy) {
        this.#interrupted.push({ step, host });
        this.#end({ step, host }, this.#last);
      }
    }
  }

  #rename(renamed: Readonly<Record<string, string>>): void {
    this.#steps = new Map([...this.#steps].map(([id, work]) => [renamed[id] ?? id, work]));
    this.#interrupted = this.#interrupted.map(({ step, host }) => ({ step: renamed[step] ?? step, host }));
  }
}
