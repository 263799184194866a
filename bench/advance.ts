import type { Action } from "../src/engine/action.ts";
import { type Advanced, advance, recall } from "../src/engine/advance.ts";
import type { EventBody, RunEvent } from "../src/model/event.ts";
import type { Plan } from "../src/model/plan.ts";
import { type Table, median, ratio } from "./table.ts";

const STEPS = 50;
const SIZES = [100, 1000, 10_000];
const ROUNDS = 3;

interface Cost {
  readonly events: number;
  readonly advanceMs: number;
  /** Writing the same events as JSON, as the journal must. */
  readonly stringifyMs: number;
}

/**
 * Whole runs through `advance`, with nothing performed: every action is answered at once. What an event costs must not
 * grow with the run, and should be of the order of writing it down.
 */
export function advancing(): Table {
  const costs = new Map<number, Cost[]>(SIZES.map((hosts) => [hosts, []]));
  runThrough(100);
  for (let round = 0; round < ROUNDS; round++) {
    for (const hosts of SIZES) costs.get(hosts)?.push(runThrough(hosts));
  }
  const middle = (hosts: number, pick: (cost: Cost) => number): number => median((costs.get(hosts) ?? []).map(pick));
  const each = (hosts: number): number => middle(hosts, ({ advanceMs, events }) => (advanceMs * 1000) / events);
  const smallest = each(SIZES[0] ?? 0);
  return {
    title: `advance: ${STEPS} steps; median of ${ROUNDS}`,
    head: ["", "events", "s", "µs an event", "of the smallest run", "of JSON.stringify"],
    rows: SIZES.map((hosts) => [
      `${hosts} hosts`,
      middle(hosts, ({ events }) => events).toFixed(0),
      (middle(hosts, ({ advanceMs }) => advanceMs) / 1000).toFixed(2),
      each(hosts).toFixed(2),
      ratio(each(hosts), smallest),
      ratio(
        middle(hosts, ({ advanceMs }) => advanceMs),
        middle(hosts, ({ stringifyMs }) => stringifyMs),
      ),
    ]),
  };
}

function runThrough(hosts: number): Cost {
  const plan = planOf(hosts);
  let now: Advanced = recall([]);
  let seq = 0;
  let stringifyMs = 0;
  const at = new Date(0).toISOString();
  const bodies: EventBody[] = [runStarted()];
  const begin = performance.now();
  // Answers are taken in the order in which they were asked for; the list is emptied in large pieces.
  for (let next = 0; next < bodies.length; next++) {
    const body = bodies[next];
    if (body === undefined) break;
    const event: RunEvent = { v: 1, seq: ++seq, at, ...body };
    if (seq % 64 === 0) stringifyMs += 64 * timeToWrite(event);
    now = advance(plan, now, event);
    for (const action of now.actions) bodies.push(...answer(action));
    if (next === 10_000) {
      bodies.splice(0, next + 1);
      next = -1;
    }
  }
  const advanceMs = performance.now() - begin - stringifyMs / 64;
  const { ending } = now.state;
  if (ending?.type !== "finished" || ending.status !== "passed") throw new Error("the run did not pass");
  return { events: seq, advanceMs, stringifyMs };
}

function timeToWrite(event: RunEvent): number {
  const begin = performance.now();
  JSON.stringify(event);
  return performance.now() - begin;
}

function answer(action: Action): readonly EventBody[] {
  switch (action.type) {
    case "record":
      return action.events;
    case "start-task": {
      const { step, host } = action;
      return [{ type: "task-started", step, host, task: "0123456789abcdef0123456789abcdef", effectDigest: "e" }];
    }
    case "run-attempt": {
      const { step, host, task, attempt } = action;
      const end = { end: "exited", exit: 0, durationMs: 1, stdoutBytes: 0, stderrBytes: 0 } as const;
      return [{ type: "attempt-finished", step, host, task, attempt, ...end }];
    }
    case "judge-attempt": {
      const { step, host, attempt } = action;
      return [{ type: "attempt-judged", step, host, attempt, passed: true, expectations: [] }];
    }
    case "finish-task":
      return [action.event];
    default:
      throw new Error(`nothing in this plan asks for ${action.type}`);
  }
}

function runStarted(): EventBody {
  return {
    type: "run-started",
    run: "r",
    token: "0123456789abcdef",
    waymark: "0",
    guide: { path: "/guide.md", digest: "0" },
    inventory: { hosts: [] },
    inputs: {},
    secretInputs: [],
    parallel: 100,
  };
}

function planOf(count: number): Plan {
  const hosts = Array.from({ length: count }, (_, index) => `node-${index + 1}`);
  const point = { line: 1, column: 1, offset: 0 };
  return {
    guide: { path: "guide.md", digest: "0" },
    hosts: [],
    remote: hosts,
    groups: {},
    variables: [],
    rolling: [],
    order: Array.from({ length: STEPS }, (_, step) => ({ step, hosts })),
    steps: Array.from({ length: STEPS }, (_, index) => ({
      index,
      id: `step-${index}`,
      explicitId: true,
      title: "",
      sections: [],
      span: { start: point, end: point },
      hosts,
      role: "run",
      action: { kind: "command", language: "bash", interpreter: ["bash"], code: "true\n" },
      asks: [],
      fresh: false,
      uses: [],
      timeoutMs: 1000,
      retry: 0,
      everyMs: 10,
      when: [],
      secret: false,
      verify: false,
      maxFailures: 0,
      expectations: [],
      batch: false,
      needsFacts: false,
      effectDigest: "e",
      expectDigest: "x",
    })),
  };
}
