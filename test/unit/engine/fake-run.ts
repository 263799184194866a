import { once } from "node:events";
import { recall } from "../../../src/engine/advance.ts";
import { Driver } from "../../../src/engine/driver.ts";
import type { Clock, Operator } from "../../../src/engine/ports.ts";
import type { RunState } from "../../../src/engine/state.ts";
import { createRedactor } from "../../../src/journal/redactor.ts";
import type { EventBody, RunEvent, TaskOutput } from "../../../src/model/event.ts";
import type { Plan, PlannedStep, Variable } from "../../../src/model/plan.ts";
import { memoryJournal } from "../../contract/journal-in-memory.ts";
import { FAKE_TOKEN, FakeHosts } from "./fake-hosts.ts";
import { hostOf } from "../host-of.ts";

const POINT = { line: 1, column: 1, offset: 0 };
const SPAN = { start: POINT, end: POINT };

export type StepOf = Partial<PlannedStep> & {
  readonly id: string;
  readonly dir?: string;
};

/** Steps whose code is their id, on `hosts` (default: a). */
export function planFor(steps: readonly StepOf[], variables: readonly Partial<Variable>[] = [], gone = ""): Plan {
  const names = [...new Set(steps.flatMap(({ hosts }) => hosts ?? ["a"]))].filter((name) => name !== gone);
  return {
    guide: { path: "guide.md", digest: "0" },
    hosts: names.map((name) => hostOf(name)),
    remote: names,
    groups: {},
    variables: variables.map((variable) => ({ name: "X", secret: false, capturedBy: [], hostVars: [], ...variable })),
    steps: steps.map(({ dir, ...step }, index): PlannedStep => ({
      index,
      explicitId: true,
      title: step.id,
      sections: [],
      span: SPAN,
      role: "run",
      action: {
        kind: "command",
        language: "bash",
        interpreter: ["bash"],
        code: `${step.id}\n`,
        ...(dir !== undefined && { dir }),
      },
      uses: [],
      asks: [],
      fresh: false,
      timeoutMs: 1000,
      retry: 0,
      everyMs: 10,
      when: [],
      secret: false,
      verify: false,
      maxFailures: 0,
      expectations: [{ kind: "cel", source: "exit == 0", span: SPAN, hidden: true }],
      batch: false,
      needsFacts: false,
      effectDigest: `effect of ${step.id}`,
      expectDigest: "x",
      ...step,
      hosts: (step.hosts ?? ["a"]).filter((name) => name !== gone),
    })),
    rolling: [],
    order: steps.map((step, index) => ({
      step: index,
      hosts: (step.hosts ?? ["a"]).filter((name) => name !== gone),
    })),
  };
}

/** An expectation that makes the run keep what a step prints. */
export function expecting(source: string): PlannedStep["expectations"][number] {
  return { kind: "cel", source, span: SPAN, hidden: false };
}

/** Time passes only where somebody waits. */
class FakeClock implements Clock {
  ms = Date.parse("2026-01-01T00:00:00Z");
  /** Nobody waits longer: what would take more time than this does not come. */
  longestMs = Infinity;
  now(): Date {
    return new Date(this.ms);
  }
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    if (ms > this.longestMs) await once(signal, "abort").then(() => signal.throwIfAborted());
    this.ms += ms;
  }
}

/** A run over fake hosts, which can be killed and resumed: hosts and events stay. */
export class FakeRun {
  readonly hosts = new FakeHosts();
  readonly clock = new FakeClock();
  readonly output: TaskOutput[] = [];
  events: readonly RunEvent[] = [];
  /** Tokens of runs before this one. */
  superseded: readonly string[] = [];
  logs: ReadonlyMap<string, string> = new Map();
  driver: Driver | undefined;
  /** From the first event on for which it is true, no event reaches the disk. */
  diskFull: ((body: EventBody) => boolean) | undefined;
  /** Called when an event is on disk. */
  onEvent: ((event: RunEvent) => void) | undefined;
  /** Awaited before a log is opened. */
  beforeLog: (() => Promise<unknown>) | undefined;
  private minted = 0;
  /** Nobody is there, unless a test says otherwise. */
  operator: Operator = { confirm: async () => undefined, input: async () => undefined };

  start(plan: Plan, inputs: Readonly<Record<string, string>> = {}): Promise<RunState> {
    return this.drive(plan, inputs, [
      {
        type: "run-started",
        run: "r",
        token: FAKE_TOKEN,
        waymark: "0",
        guide: { path: "/guide.md", digest: "0" },
        inventory: { hosts: [] },
        inputs: {},
        secretInputs: [],
        parallel: 100,
      },
    ]);
  }

  resume(plan: Plan, inputs: Readonly<Record<string, string>> = {}, ...decided: EventBody[]): Promise<RunState> {
    return this.drive(plan, inputs, [
      ...decided,
      { type: "run-resumed", waymark: "0", retryFailed: false, parallel: 100 },
    ]);
  }

  /** The journal of a process that was killed right after the first event for which `last` is true. */
  killedAfter(last: (event: RunEvent) => boolean): void {
    this.events = this.events.slice(0, this.events.findIndex(last) + 1);
  }

  /** The types of all events, or of those of some types. */
  story(...types: readonly string[]): readonly string[] {
    return this.events.filter(({ type }) => types.length === 0 || types.includes(type)).map(({ type }) => type);
  }

  /** All that was written or shown, as one text. */
  everything(): string {
    return JSON.stringify([this.events, [...this.logs], this.output]);
  }

  private drive(plan: Plan, inputs: Readonly<Record<string, string>>, first: readonly EventBody[]): Promise<RunState> {
    const memory = memoryJournal(this.clock, this.events);
    const before = recall(this.events);
    this.events = memory.events;
    this.logs = memory.logs;
    let full = false;
    this.driver = new Driver({
      plan,
      before,
      first,
      inputs,
      journal: {
        ...memory,
        openLog: async (step, host) => {
          await this.beforeLog?.();
          return memory.openLog(step, host);
        },
        append: (...bodies) => {
          full ||= this.diskFull !== undefined && bodies.some(this.diskFull);
          return full ? Promise.reject(new DiskFull("no space left on device")) : memory.append(...bodies);
        },
      },
      transport: this.hosts,
      redactor: createRedactor(),
      reporter: { event: (event) => this.onEvent?.(event), output: (output) => void this.output.push(output) },
      operator: this.operator,
      clock: this.clock,
      patience: { connectTries: 3, connectMs: 15_000, retryMs: 1000, reconnectMs: 120_000 },
      superseded: this.superseded,
      newTaskId: () => String(this.minted++).padStart(32, "0"),
    });
    return this.driver.run();
  }
}

export class DiskFull extends Error {}
