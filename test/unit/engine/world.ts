import type { Action } from "../../../src/engine/action.ts";
import { type Advanced, advance, recall } from "../../../src/engine/advance.ts";
import type { EventBody, RunEvent } from "../../../src/model/event.ts";
import type { Plan, PlannedStep } from "../../../src/model/plan.ts";

/** What one step does on one host: the exit status of its n-th execution (the last one repeats). */
export type Script = readonly (number | "timeout" | "skip" | "unreachable")[];

export interface ScriptedStep {
  readonly retry?: number;
  readonly maxFailures?: number | "all";
  readonly batch?: boolean;
  readonly capture?: string;
  readonly hosts: Readonly<Record<string, Script>>;
  /** Verdicts over `results`, round by round (the last one repeats). */
  readonly batchPasses?: readonly boolean[];
}

const POINT = { line: 1, column: 1, offset: 0 };

export function planOf(steps: readonly ScriptedStep[]): Plan {
  const hosts = [...new Set(steps.flatMap((step) => Object.keys(step.hosts)))].toSorted();
  return {
    guide: { path: "guide.md", digest: "0" },
    hosts: [],
    remote: hosts,
    groups: {},
    variables: [],
    steps: steps.map((step, index): PlannedStep => ({
      index,
      id: `s${index}`,
      explicitId: true,
      title: `s${index}`,
      sections: [],
      span: { start: POINT, end: POINT },
      hosts: hosts.filter((host) => host in step.hosts),
      role: "run",
      action: { kind: "command", language: "bash", interpreter: ["bash"], code: "true\n" },
      uses: [],
      asks: [],
      fresh: false,
      timeoutMs: 1000,
      retry: step.retry ?? 0,
      everyMs: 10,
      when: [],
      secret: false,
      verify: false,
      maxFailures: step.maxFailures ?? 0,
      expectations: [],
      batch: step.batch ?? false,
      needsFacts: false,
      effectDigest: `e${index}`,
      expectDigest: "x",
      ...(step.capture !== undefined && { capture: step.capture }),
    })),
    order: steps.map((step, index) => ({ step: index, hosts: hosts.filter((host) => host in step.hosts) })),
  };
}

/**
 * The surroundings of the engine, without time or chance: hosts whose capsules outlive every crash, a journal, and
 * actions that wait to be performed in whatever order the test picks.
 */
export class World {
  readonly journal: RunEvent[] = [];
  /** Capsule key → how it ended. A key that is there is never executed again. */
  readonly capsules = new Map<string, number | "timeout">();
  /** `step host` → how often its command really ran. */
  readonly executions = new Map<string, number>();
  readonly problems: string[] = [];
  pending: Action[] = [];
  private readonly steps: readonly ScriptedStep[];
  private readonly plan: Plan;
  private readonly rounds = new Map<string, number>();
  private now: Advanced = recall([]);
  private minted = 0;

  constructor(steps: readonly ScriptedStep[]) {
    this.steps = steps;
    this.plan = planOf(steps);
  }

  get state() {
    return this.now.state;
  }

  start(parallel: number): void {
    const guide = { path: "/guide.md", digest: "0" };
    this.append({
      type: "run-started",
      run: "r",
      token: "t",
      waymark: "0",
      guide,
      inventory: { hosts: [] },
      inputs: {},
      secretInputs: [],
      parallel,
    });
  }

  /** The process dies: whatever was in flight is lost, what hosts did is not. */
  crash(): void {
    this.pending = [];
    this.now = recall(this.journal);
    this.resume();
  }

  resume(retryFailed = false): void {
    this.now = recall(this.journal);
    this.append({ type: "run-resumed", waymark: "0", retryFailed, parallel: this.now.state.parallel });
  }

  append(...bodies: readonly EventBody[]): void {
    for (const body of bodies) this.appendOne(body);
  }

  private appendOne(body: EventBody): void {
    const seq = this.journal.length + 1;
    const event: RunEvent = { v: 1, seq, at: new Date(seq * 1000).toISOString(), ...body };
    this.check(event);
    this.journal.push(event);
    this.now = advance(this.plan, this.now, event);
    this.pending.push(...this.now.actions);
  }

  /** Performs the pending action at `index`; `crashAfterEffect`: it acts on its host, and nobody lives to write it down. */
  perform(index: number, crashAfterEffect = false): void {
    const [action] = this.pending.splice(index, 1);
    if (action === undefined) return;
    const answer = this.answer(action);
    if (crashAfterEffect) return this.crash();
    this.append(...answer);
  }

  /** Until nothing is left to do. */
  drain(pick: (count: number) => number = () => 0): void {
    for (let turns = 0; this.pending.length > 0; turns++) {
      if (turns > 200_000) throw new Error("the run does not come to an end");
      this.perform(pick(this.pending.length));
    }
  }

  private answer(action: Action): readonly EventBody[] {
    switch (action.type) {
      case "record":
        return action.events;
      case "wait-until":
        return [{ type: "timer-fired", key: action.key }];
      case "cancel-attempts":
      case "ask":
        return [];
      case "finish-task": {
        const { event, capture, task, attempt } = action;
        if (capture === undefined) return [event];
        const { step, host } = event;
        return [
          { type: "variable-captured", step, host, name: capture, value: "v", secret: false, task, attempt },
          event,
        ];
      }
      case "start-task": {
        const { step, host } = action;
        const [first] = this.script(step, host);
        if (first === "skip" || first === "unreachable") {
          const status = first === "skip" ? "skipped" : "unreachable";
          return [{ type: "task-finished", step, host, status, durationMs: 0, attempts: 0, expectations: [] }];
        }
        const task = `task${this.minted++}`;
        return [{ type: "task-started", step, host, task, effectDigest: `e${step.slice(1)}` }];
      }
      case "run-attempt": {
        const { step, host, task, attempt } = action;
        const outcome = this.execute(step, host, `${task}.${attempt}`);
        const end = outcome === "timeout" ? ("timeout" as const) : ("exited" as const);
        const exit = outcome === "timeout" ? 143 : outcome;
        const bytes = { stdoutBytes: 0, stderrBytes: 0 };
        return [{ type: "attempt-finished", step, host, task, attempt, end, exit, durationMs: 1, ...bytes }];
      }
      case "judge-attempt": {
        const { step, host, attempt, exit } = action;
        return [{ type: "attempt-judged", step, host, attempt, passed: exit === 0, expectations: [] }];
      }
      case "judge-batch": {
        const { step, attempt, hosts } = action;
        const verdicts = this.steps[Number(step.slice(1))]?.batchPasses ?? [true];
        const round = this.rounds.get(step) ?? 0;
        this.rounds.set(step, round + 1);
        const passed = verdicts[Math.min(attempt, verdicts.length) - 1] ?? true;
        return [{ type: "batch-judged", step, attempt, hosts, passed, expectations: [] }];
      }
    }
  }

  private script(step: string, host: string): Script {
    return this.steps[Number(step.slice(1))]?.hosts[host] ?? [0];
  }

  private execute(step: string, host: string, key: string): number | "timeout" {
    const known = this.capsules.get(key);
    if (known !== undefined) return known;
    const times = this.executions.get(`${step} ${host}`) ?? 0;
    const script = this.script(step, host);
    const outcome = script[Math.min(times, script.length - 1)];
    const result = typeof outcome === "number" || outcome === "timeout" ? outcome : 0;
    this.executions.set(`${step} ${host}`, times + 1);
    this.capsules.set(key, result);
    return result;
  }

  /** What no journal may ever say. */
  private check(event: RunEvent): void {
    if (event.type === "task-started" || event.type === "attempt-started") {
      const task = this.state.tasks.get(event.step)?.get(event.host);
      if (task?.phase === "finished" && task.status !== "failed" && task.status !== "unreachable") {
        this.problems.push(`${event.step} started again on ${event.host} after it had finished`);
      }
    }
    if (event.type === "step-started") {
      const unfinished = this.plan.steps
        .slice(0, Number(event.step.slice(1)))
        .filter((step) =>
          step.hosts.some(
            (host) => !this.state.setAside.has(host) && this.state.tasks.get(step.id)?.get(host)?.phase !== "finished",
          ),
        );
      if (unfinished.length > 0) this.problems.push(`${event.step} started before ${unfinished[0]?.id} had settled`);
    }
    if (event.type === "batch-judged") {
      const hosts = this.state.tasks.get(event.step);
      const open = this.plan.steps[Number(event.step.slice(1))]?.hosts.filter((host) => {
        const phase = hosts?.get(host)?.phase;
        return !this.state.setAside.has(host) && phase !== "judged" && phase !== "finished" && phase !== "batch-judged";
      });
      if (open !== undefined && open.length > 0) this.problems.push(`${event.step} judged before ${open[0]} was ready`);
    }
  }
}

/** How every task and the run ended, to be compared between runs. */
export function outcomeOf({ state }: World): unknown {
  return {
    ending: state.ending,
    steps: state.steps.toJS(),
    setAside: [...state.setAside.keys()].toSorted(),
    tasks: state.tasks.map((hosts) => hosts.map(({ phase, status, attempt }) => ({ phase, status, attempt }))).toJS(),
    captures: state.captures.map((hosts) => hosts.map(({ value, step }) => ({ value, step }))).toJS(),
  };
}
