import { describe, expect, it } from "vitest";
import { type ScriptedStep, World } from "./world.ts";

function ran(steps: readonly ScriptedStep[], parallel = 100): World {
  const world = new World(steps);
  world.start(parallel);
  world.drain();
  return world;
}

/** The journal without its stamps, as `type step host`. */
function story(world: World, ...types: readonly string[]): readonly string[] {
  return world.journal
    .filter(({ type }) => types.length === 0 || types.includes(type))
    .map((event) =>
      [event.type, "step" in event && event.step, "host" in event && event.host].filter(Boolean).join(" "),
    );
}

describe("steps", () => {
  it("start when the one before has settled on all its hosts", () => {
    const world = ran([{ hosts: { a: [0], b: [0] } }, { hosts: { a: [0] } }]);
    expect(story(world)).toEqual([
      "run-started",
      "step-started s0",
      "task-started s0 a",
      "task-started s0 b",
      "attempt-started s0 a",
      "attempt-started s0 b",
      "attempt-finished s0 a",
      "attempt-finished s0 b",
      "attempt-judged s0 a",
      "attempt-judged s0 b",
      "task-finished s0 a",
      "task-finished s0 b",
      "step-finished s0",
      "step-started s1",
      "task-started s1 a",
      "attempt-started s1 a",
      "attempt-finished s1 a",
      "attempt-judged s1 a",
      "task-finished s1 a",
      "step-finished s1",
      "run-finished",
    ]);
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });

  it("work on no more hosts at once than they may", () => {
    const world = new World([{ hosts: { a: [0], b: [0], c: [0], d: [0] } }]);
    world.start(2);
    let most = 0;
    while (world.pending.length > 0) {
      most = Math.max(most, world.pending.length);
      world.perform(0);
    }
    expect(most).toBe(2);
  });

  it.each<[string, Omit<ScriptedStep, "hosts">, readonly number[]]>([
    ["try again", { retry: 2 }, [1, 1, 0]],
    ["wait to be judged together", { retry: 1, batch: true, batchPasses: [false, true] }, [0, 0]],
    ["were confirmed", { confirm: true }, [0]],
  ])("also not where hosts %s", (_, step, script) => {
    const hosts = Object.fromEntries(["a", "b", "c", "d", "e"].map((host) => [host, script]));
    for (const turn of [0, 1, 2, 3, 4]) {
      const world = new World([{ ...step, hosts }]);
      world.start(2);
      let most = 0;
      while (world.pending.length > 0) {
        const atWork = world.pending.filter(({ type }) => type === "record" || /^(start|run|judge)-/.test(type));
        most = Math.max(most, atWork.length);
        world.perform(turn % world.pending.length);
      }
      expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
      expect(most).toBe(2);
      expect([...world.executions.values()]).toEqual(Array.from({ length: 5 }, () => script.length));
    }
  });

  it("let hosts that run finish when another fails, and stop the run then", () => {
    const world = ran([{ hosts: { a: [1], b: [0] } }, { hosts: { a: [0], b: [0] } }]);
    expect(story(world, "task-finished", "step-finished", "run-finished")).toEqual([
      "task-finished s0 a",
      "task-finished s0 b",
      "step-finished s0",
      "run-finished",
    ]);
    expect(world.state.ending).toEqual({ type: "finished", status: "failed" });
  });
});

describe("max-failures", () => {
  it("sets a host aside, leaves it out later, and fails the run at its end", () => {
    const world = ran([{ maxFailures: 1, hosts: { a: [1], b: [0] } }, { hosts: { a: [0], b: [0] } }]);
    expect(story(world, "host-set-aside", "task-started")).toEqual([
      "task-started s0 a",
      "task-started s0 b",
      "host-set-aside s0 a",
      "task-started s1 b",
    ]);
    expect(world.state.ending).toEqual({ type: "finished", status: "failed" });
  });

  it("is compared with all hosts set aside in the run so far", () => {
    const step = { maxFailures: 1, hosts: { a: [0], b: [0], c: [0] } };
    const world = ran([
      { ...step, hosts: { ...step.hosts, a: [1] } },
      { ...step, hosts: { ...step.hosts, b: [1] } },
    ]);
    expect([...world.state.setAside.keys()]).toEqual(["a"]);
    expect(world.state.steps.get("s1")).toBe("failed");
  });

  it("makes a step that is left without hosts an error", () => {
    const world = ran([{ maxFailures: "all", hosts: { a: [1] } }, { hosts: { a: [0] } }]);
    expect(world.state.steps.get("s1")).toBe("failed");
    expect(world.executions.get("s1 a")).toBeUndefined();
  });

  it("lets set-aside hosts catch up in step order", () => {
    const hosts = { a: [1, 0], b: [0] } as const;
    const world = ran([{ maxFailures: 1, hosts }, { hosts: { a: [0], b: [0] } }]);
    world.resume(true);
    world.drain();
    expect(story(world, "task-started").slice(3)).toEqual(["task-started s0 a", "task-started s1 a"]);
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });
});

describe("retries", () => {
  it("run the command again until it passes", () => {
    const world = ran([{ retry: 3, hosts: { a: [1, "timeout", 0] } }]);
    expect(world.executions.get("s0 a")).toBe(3);
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });

  it("wait since the verdict", () => {
    const world = new World([{ retry: 1, hosts: { a: [1] } }]);
    world.start(1);
    while (world.pending[0]?.type !== "wait-until") world.perform(0);
    const judged = world.journal.at(-1);
    expect(judged?.type).toBe("attempt-judged");
    expect(Date.parse(world.pending[0].at) - Date.parse(judged?.at ?? "")).toBe(10);
  });

  it("repeat a whole batch when its results disagree", () => {
    const world = ran([{ retry: 2, batch: true, batchPasses: [false, true], hosts: { a: [0], b: [0] } }]);
    expect(world.executions).toEqual(
      new Map([
        ["s0 a", 2],
        ["s0 b", 2],
      ]),
    );
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });

  it("repeat a whole batch when one host of it fails", () => {
    const world = ran([{ retry: 1, batch: true, hosts: { a: [0], b: [1, 0] } }]);
    expect(world.executions).toEqual(
      new Map([
        ["s0 a", 2],
        ["s0 b", 2],
      ]),
    );
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });
});

describe("a batch", () => {
  it("fails on every host when its results are not what they should be", () => {
    const world = ran([{ batch: true, batchPasses: [false], hosts: { a: [0], b: [0] } }]);
    expect([...(world.state.tasks.get("s0")?.values() ?? [])].map(({ status }) => status)).toEqual([
      "failed",
      "failed",
    ]);
  });

  it("finishes no task before it has been judged", () => {
    const world = ran([{ batch: true, hosts: { a: [0], b: [0], c: ["skip"] } }], 1);
    const types = story(world, "attempt-judged", "batch-judged", "task-finished");
    expect(types).toEqual([
      "attempt-judged s0 a",
      "attempt-judged s0 b",
      "task-finished s0 c",
      "batch-judged s0",
      "task-finished s0 a",
      "task-finished s0 b",
    ]);
  });
});

describe("an outcome that nobody knows", () => {
  function unknown(): World {
    const world = new World([{ hosts: { a: [0], b: [0] } }, { hosts: { a: [0] } }]);
    world.start(10);
    while (!world.pending.every(({ type }) => type === "run-attempt")) world.perform(0);
    lose(world);
    world.drain();
    return world;
  }

  function lose(world: World): void {
    const action = world.pending.shift();
    if (action?.type !== "run-attempt") throw new Error("nothing runs");
    const { step, host, task, attempt } = action;
    world.append({ type: "task-unknown", step, host, task, attempt, reason: "gone", asked: true });
  }

  it("pauses the run once the other hosts have finished", () => {
    const world = unknown();
    expect(world.state.ending).toEqual({ type: "paused", reason: "unknown", detail: "a" });
    expect(world.state.tasks.get("s0")?.get("b")?.status).toBe("ok");
  });

  it("is asked for again at each resume, under the same name", () => {
    const world = unknown();
    const task = world.state.tasks.get("s0")?.get("a")?.task;
    world.resume();
    while (world.pending[0]?.type === "record") world.perform(0);
    expect(world.pending).toMatchObject([{ type: "run-attempt", host: "a", task, attempt: 1 }]);
    lose(world);
    world.drain();
    expect(world.state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    world.resume();
    world.drain();
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });

  it.each([
    ["skip", "skipped", 0],
    ["done", "ok", 0],
    ["rerun", "ok", 1],
  ] as const)("is settled by the operator: %s", (decision, status, executions) => {
    const world = unknown();
    world.append({ type: "operator-decided", decision, step: "s0", hosts: ["a", "b"] });
    world.resume();
    while (world.pending[0]?.type === "record") world.perform(0);
    lose(world);
    world.drain();
    expect(world.state.tasks.get("s0")?.get("a")?.status).toBe(status);
    expect(world.executions.get("s0 a") ?? 0).toBe(executions);
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });
});

describe("the operator", () => {
  it("has a finished step run again, and the run goes on where it was", () => {
    const world = ran([{ hosts: { a: [0] } }, { hosts: { a: [1, 0] } }]);
    world.append({ type: "operator-decided", decision: "rerun", step: "s0", hosts: ["a"] });
    world.resume();
    world.drain();
    expect(world.executions).toEqual(
      new Map([
        ["s0 a", 2],
        ["s1 a", 2],
      ]),
    );
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });

  it("calls a failed step done, or leaves it out", () => {
    for (const decision of ["skip", "done"] as const) {
      const world = ran([{ hosts: { a: [1], b: [0] } }, { hosts: { a: [0] } }]);
      world.append({ type: "operator-decided", decision, step: "s0", hosts: ["a", "b"] });
      world.resume();
      world.drain();
      expect(world.executions.get("s0 a")).toBe(1);
      expect(world.state.tasks.get("s0")?.get("b")?.status).toBe("ok");
      expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
    }
  });

  it("interrupts: what runs finishes, nothing new starts", () => {
    const world = new World([{ hosts: { a: [0], b: [0] } }, { hosts: { a: [0] } }]);
    world.start(1);
    while (world.pending[0]?.type !== "run-attempt") world.perform(0);
    world.append({ type: "operator-decided", decision: "interrupt" });
    world.drain();
    expect(world.state.ending).toMatchObject({ type: "paused", reason: "interrupted" });
    expect(world.executions).toEqual(new Map([["s0 a", 1]]));
  });

  it("cancels: what runs is ended, and the run is resumable", () => {
    const world = new World([{ hosts: { a: [0], b: [0] } }]);
    world.start(10);
    while (!world.pending.every(({ type }) => type === "run-attempt")) world.perform(0);
    world.append({ type: "operator-decided", decision: "interrupt" }, { type: "operator-decided", decision: "cancel" });
    expect(world.pending.at(-1)).toEqual({ type: "cancel-attempts" });
    for (const action of world.pending.splice(0)) {
      if (action.type !== "run-attempt") continue;
      const { step, host, task, attempt } = action;
      const bytes = { stdoutBytes: 0, stderrBytes: 0, durationMs: 1, exit: 143 };
      world.append({ type: "attempt-finished", step, host, task, attempt, end: "cancelled", ...bytes });
    }
    world.drain();
    expect(world.state.ending).toEqual({ type: "finished", status: "cancelled" });
    world.resume();
    world.drain();
    expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  });
});

it("advances 2,000 hosts × 10 steps without slowing down", () => {
  const hosts = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`h${n}`, [0]]));
  const steps = Array.from({ length: 10 }, () => ({ hosts }));
  const world = new World(steps, () => true, false);
  world.start(2000);
  world.drain();
  expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
  expect(world.journal.length).toBe(2 + 10 * (2 + 5 * 2000));
});
