import type { Reporter } from "../../../src/engine/ports.ts";
import type { EventBody, RunEvent, TaskOutput } from "../../../src/model/event.ts";
import type { ExpectationResult, TaskStatus } from "../../../src/model/outcome.ts";
import type { Plan, PlannedStep } from "../../../src/model/plan.ts";
import type { Style } from "../../../src/ui/style.ts";

export const UTF8: Style = { unicode: true, color: false, columns: 80 };
export const ASCII: Style = { unicode: false, color: false, columns: 80 };

/** A step of the sample guide, begun on line 10, 20, … */
export function step(index: number, id: string, title: string, more: Partial<PlannedStep> = {}): PlannedStep {
  const start = { line: (index + 1) * 10, column: 1, offset: index * 100 };
  return {
    index,
    id,
    explicitId: !id.includes("/"),
    title,
    sections: [],
    span: { start, end: start },
    hosts: [],
    role: "run",
    action: { kind: "command", language: "bash", interpreter: ["bash", "-e"], code: "true\n" },
    uses: [],
    asks: [],
    fresh: false,
    timeoutMs: 1_800_000,
    retry: 0,
    everyMs: 10_000,
    when: [],
    secret: false,
    verify: false,
    maxFailures: 0,
    expectations: [],
    batch: false,
    needsFacts: false,
    effectDigest: "e",
    expectDigest: "x",
    ...more,
  };
}

export function planOf(steps: readonly PlannedStep[], more: Partial<Plan> = {}): Plan {
  return {
    guide: { path: "guide.md", digest: "d", title: "Raspberry Pi cluster" },
    hosts: [],
    remote: ["pi-master", "pi-w1", "pi-w2", "pi-w3"],
    groups: {},
    variables: [],
    steps,
    rolling: [],
    order: steps.map(({ index, hosts }) => ({ step: index, hosts })),
    ...more,
  };
}

export function broken(source: string, line: number, explanation: string): ExpectationResult {
  return { source, line, passed: false, explanation };
}

/** Writes the events of a run down, a tenth of a second apart unless told otherwise. */
export class Script {
  readonly happenings: (RunEvent | TaskOutput)[] = [];
  #seq = 0;
  #ms = Date.UTC(2026, 10, 22, 18, 41, 7);

  /** A run that went like this. */
  static of(events: readonly RunEvent[]): Script {
    const script = new Script();
    script.happenings.push(...events);
    return script;
  }

  get events(): readonly RunEvent[] {
    return this.happenings.filter((happening) => "seq" in happening);
  }

  get last(): RunEvent {
    const last = this.events.at(-1);
    if (last === undefined) throw new Error("nothing has happened yet");
    return last;
  }

  get now(): Date {
    return new Date(this.#ms);
  }

  /** Tells a reporter all that happened, from one happening on. */
  tell(reporter: Reporter, from = 0): void {
    for (const happening of this.happenings.slice(from)) {
      if ("seq" in happening) reporter.event(happening);
      else reporter.output(happening);
    }
  }

  wait(ms: number): this {
    this.#ms += ms;
    return this;
  }

  event(body: EventBody): this {
    this.#ms += 100;
    this.happenings.push({ v: 1, seq: ++this.#seq, at: new Date(this.#ms).toISOString(), ...body });
    return this;
  }

  started(inputs: Readonly<Record<string, string>> = {}, secretInputs: readonly string[] = [], verify = false): this {
    return this.event({
      type: "run-started",
      run: "20261122-184107-a1b2",
      token: "0123456789abcdef",
      waymark: "0.1.0",
      guide: { path: "/home/me/guide.md", digest: "d" },
      inventory: { hosts: [] },
      inputs,
      secretInputs,
      parallel: 100,
      ...(verify && { verify }),
    });
  }

  resumed(retryFailed = false): this {
    return this.event({ type: "run-resumed", waymark: "0.1.0", retryFailed, parallel: 100 });
  }

  step(id: string, hosts: readonly string[]): this {
    return this.event({ type: "step-started", step: id, hosts });
  }

  begin(step: string, host: string): this {
    const ref = { step, host, task: `${step} ${host}` };
    return this.event({ type: "task-started", ...ref, effectDigest: "e" }).event({
      type: "attempt-started",
      ...ref,
      attempt: 1,
    });
  }

  prints(step: string, host: string, text: string, stream: "stdout" | "stderr" = "stdout"): this {
    this.happenings.push({ type: "task-output", step, host, stream, text });
    return this;
  }

  finish(
    step: string,
    host: string,
    status: TaskStatus,
    more: { reason?: string; exit?: number; attempts?: number; expectations?: readonly ExpectationResult[] } = {},
  ): this {
    const { attempts = status === "skipped" || status === "unreachable" ? 0 : 1, expectations = [], ...rest } = more;
    return this.event({
      type: "task-finished",
      step,
      host,
      status,
      durationMs: 400,
      attempts,
      expectations,
      ...rest,
    });
  }

  /** A host that does all in one go. */
  passes(step: string, host: string, output = ""): this {
    return this.begin(step, host).prints(step, host, output).finish(step, host, "ok", { exit: 0 });
  }

  stepEnds(step: string, status: "ok" | "failed" | "skipped" = "ok"): this {
    return this.event({ type: "step-finished", step, status });
  }

  ends(status: "passed" | "failed" | "cancelled", setAside: readonly string[] = []): this {
    return this.event({ type: "run-finished", status, setAside });
  }
}
