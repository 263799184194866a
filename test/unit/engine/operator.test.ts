import { describe, expect, it } from "vitest";
import { exitCode } from "../../../src/cli/exit-code.ts";
import type { Confirmation } from "../../../src/engine/ports.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { FakeRun, type StepOf, planFor } from "./fake-run.ts";

const PASSED = { type: "finished", status: "passed" };

/** An operator who answers yes or no in turn, and then has gone. */
function answering(run: FakeRun, ...answers: readonly (boolean | string)[]): Confirmation[] {
  const asked: Confirmation[] = [];
  let turn = 0;
  run.operator = {
    confirm: async (question) => {
      asked.push(question);
      const answer = answers[turn++];
      return typeof answer === "boolean" ? answer : undefined;
    },
    input: async () => {
      const answer = answers[turn++];
      return typeof answer === "string" ? answer : undefined;
    },
  };
  return asked;
}

/** The same, with the steps that fix taken out of the order. */
function planWith(steps: readonly StepOf[], variables?: Parameters<typeof planFor>[1]): Plan {
  const plan = planFor(steps, variables);
  return { ...plan, order: plan.order.filter(({ step }) => plan.steps[step]?.role === "run") };
}

describe("a checkpoint", () => {
  const plan = planFor([{ id: "s", checkpoint: "Look at it" }, { id: "t" }]);

  it("lets the run go on once somebody has looked", async () => {
    const run = new FakeRun();
    const asked = answering(run, true);
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(asked).toEqual([{ about: "checkpoint", step: "s", title: "s", hosts: [], text: "Look at it" }]);
    expect(run.story("task-finished", "checkpoint-reached", "operator-decided", "step-finished")).toEqual([
      "task-finished",
      "checkpoint-reached",
      "operator-decided",
      "step-finished",
      "task-finished",
      "step-finished",
    ]);
  });

  it("pauses a run that nobody watches, and resuming it passes the checkpoint", async () => {
    const run = new FakeRun();
    const state = await run.start(plan);
    expect(state.ending).toEqual({ type: "paused", reason: "checkpoint", detail: "Look at it" });
    expect(exitCode(state, undefined)).toBe(3);
    expect(run.hosts.executed).toEqual(["s a"]);
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["s a", "t a"]);
  });

  it("that Waymark died at is reached again", async () => {
    const run = new FakeRun();
    await run.start(plan);
    run.killedAfter(({ type }) => type === "checkpoint-reached");
    expect((await run.resume(plan)).ending).toMatchObject({ type: "paused", reason: "checkpoint" });
    expect(run.hosts.executed).toEqual(["s a"]);
  });

  it("of a step that had nothing to do is none", async () => {
    const run = new FakeRun();
    run.hosts.looks.set("u\n", 0);
    const state = await run.start(planFor([{ id: "s", checkpoint: "", unless: "u\n" }]));
    expect(state.ending).toEqual(PASSED);
  });
});

describe("a step that is to be confirmed", () => {
  const hosts = ["a", "b", "c"];
  const plan = planFor([{ id: "s", confirm: "Erase $X?", hosts, unless: "u\n" }], [{ capturedBy: ["s"] }]);

  it("runs when somebody has agreed, and asks once, for all hosts that would run it", async () => {
    const run = new FakeRun();
    const asked = answering(run, true);
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(asked).toEqual([{ about: "confirm", step: "s", title: "s", hosts, text: "Erase $X?" }]);
    expect(run.hosts.executed.length).toBe(3);
  });

  it("does not run when somebody has not, and is asked for again on resume", async () => {
    const run = new FakeRun();
    answering(run, false);
    const state = await run.start(plan);
    expect(state.ending).toMatchObject({ type: "paused", reason: "confirm" });
    expect(exitCode(state, undefined)).toBe(3);
    expect(run.hosts.executed).toEqual([]);
    const asked = answering(run, true);
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(asked.length).toBe(1);
  });

  it("is not asked for where there is nothing to do", async () => {
    const run = new FakeRun();
    run.hosts.looks.set("u\n", 0);
    const asked = answering(run);
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(asked).toEqual([]);
  });

  it("is asked with the values that it would run with", async () => {
    const run = new FakeRun();
    const asked = answering(run, true);
    const variables = [{ name: "DISK", input: { name: "DISK" } as never }];
    await run.start(planFor([{ id: "s", confirm: "Erase $DISK?", hosts }], variables), { DISK: "/dev/sda" });
    expect(asked.map(({ text }) => text)).toEqual(["Erase /dev/sda?"]);
  });

  it("that failed is asked for again before it runs again", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { exit: 1 });
    answering(run, true);
    await run.start(planFor([{ id: "s", confirm: "Sure?" }]));
    answering(run);
    const state = await run.resume(planFor([{ id: "s", confirm: "Sure?" }]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "confirm" });
    expect(run.hosts.executed).toEqual(["s a"]);
  });
});

describe("a manual step", () => {
  const action = { kind: "manual", text: "Plug it in", items: ["power", "network"] } as const;
  const plan: Plan = {
    ...planFor([{ id: "s" }, { id: "t" }]),
    steps: planFor([{ id: "s" }, { id: "t" }]).steps.map((step) => (step.id === "s" ? { ...step, action } : step)),
  };

  it("is ticked item by item, and nothing is connected to for it", async () => {
    const run = new FakeRun();
    const asked = answering(run, true, true);
    let connected = false;
    run.onEvent = (event) => {
      if (event.type === "host-connected") connected = true;
      if (event.type === "step-finished" && event.step === "s") expect(connected).toBe(false);
    };
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(asked.map(({ item }) => item)).toEqual(["power", "network"]);
    expect(run.hosts.executed).toEqual(["t a"]);
  });

  it("keeps what was ticked when it is left half-way", async () => {
    const run = new FakeRun();
    answering(run, true);
    const state = await run.start(plan);
    expect(state.ending).toEqual({ type: "paused", reason: "manual", detail: "network" });
    const asked = answering(run, true);
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(asked.map(({ item }) => item)).toEqual(["network"]);
  });

  it("can be called done", async () => {
    const run = new FakeRun();
    await run.start(plan);
    const done = { type: "operator-decided", decision: "done", step: "s" } as const;
    expect((await run.resume(plan, {}, done)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["t a"]);
  });
});

describe("an input that is asked for late", () => {
  const input = { name: "DISK", secret: false, ask: "late", span: planFor([{ id: "s" }]).steps[0]?.span } as never;
  const steps = [{ id: "s" }, { id: "t", uses: ["DISK"], asks: ["DISK"] }, { id: "u", uses: ["DISK"], asks: ["DISK"] }];

  it("is asked for once, at the first step that uses it", async () => {
    const run = new FakeRun();
    answering(run, "/dev/sda");
    expect((await run.start(planFor(steps, [{ name: "DISK", input }]))).ending).toEqual(PASSED);
    expect(run.hosts.environments.map(({ DISK }) => DISK)).toEqual([undefined, "/dev/sda", "/dev/sda"]);
    expect(run.story("operator-decided", "step-finished")).toEqual([
      "step-finished",
      "operator-decided",
      "step-finished",
      "step-finished",
    ]);
  });

  it("that nobody gives pauses the run before the step", async () => {
    const run = new FakeRun();
    const plan = planFor(steps, [{ name: "DISK", input }]);
    expect((await run.start(plan)).ending).toEqual({ type: "paused", reason: "input", detail: "DISK" });
    answering(run, "/dev/sdb");
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["s a", "t a", "u a"]);
  });

  it("is never written down if it is secret, and asked for again by the next process", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("t\n", { stdout: "my-secret-value\n", exit: 1 });
    answering(run, "my-secret-value");
    const plan = planFor(steps, [{ name: "DISK", input, secret: true }]);
    await run.start(plan);
    expect(run.everything()).not.toContain("my-secret-value");
    run.hosts.behaviours.clear();
    const state = await run.resume(plan);
    expect(state.ending).toMatchObject({ type: "paused", reason: "input" });
    answering(run, "my-secret-value");
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.environments.at(-1)?.["DISK"]).toBe("my-secret-value");
    expect(run.everything()).not.toContain("my-secret-value");
  });
});

describe("a step that fixes another", () => {
  const steps: readonly StepOf[] = [
    { id: "s", hosts: ["a", "b"] },
    { id: "mend", role: "fix", of: "s", hosts: ["a", "b"] },
    { id: "t", hosts: ["a", "b"] },
  ];
  const plan = planWith(steps);
  const mended = (run: FakeRun): void => {
    run.hosts.behaviours.set("s\n", { exit: 1 });
    run.hosts.behaviours.set("mend\n", { onRun: () => void run.hosts.behaviours.delete("s\n") });
  };

  it("is offered when that fails; once it has passed, the step is tried again where it had failed", async () => {
    const run = new FakeRun();
    mended(run);
    const asked = answering(run, true);
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(asked).toEqual([
      { about: "fix", step: "s", title: "s", hosts: ["a", "b"], text: "", fix: { step: "mend", title: "mend" } },
    ]);
    expect(run.hosts.executed).toEqual(["s a", "s b", "mend a", "mend b", "s a", "s b", "t a", "t b"]);
  });

  it("runs on hosts of its own where it is not for those that failed", async () => {
    const run = new FakeRun();
    mended(run);
    answering(run, true);
    const elsewhere = planWith([
      { id: "s", hosts: ["a"] },
      { id: "mend", role: "fix", of: "s", hosts: ["m"] },
    ]);
    expect((await run.start(elsewhere)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["s a", "mend m", "s a"]);
  });

  it("is left alone when nobody wants it", async () => {
    const run = new FakeRun();
    mended(run);
    expect((await run.start(plan)).ending).toEqual({ type: "finished", status: "failed" });
    expect(run.hosts.executed).toEqual(["s a", "s b"]);
  });

  it("that fails itself leaves the step failed", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { exit: 1 });
    run.hosts.behaviours.set("mend\n", { exit: 1 });
    answering(run, true);
    expect((await run.start(plan)).ending).toEqual({ type: "finished", status: "failed" });
    expect(run.hosts.executed).toEqual(["s a", "s b", "mend a", "mend b"]);
  });

  it("is offered again when the step fails again", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { exit: 1 });
    const asked = answering(run, true, false);
    expect((await run.start(plan)).ending).toEqual({ type: "finished", status: "failed" });
    expect(asked.length).toBe(2);
  });

  it("goes on where it was when Waymark dies under it", async () => {
    const whole = new FakeRun();
    mended(whole);
    answering(whole, true);
    await whole.start(plan);
    for (let at = 1; at < whole.events.length; at++) {
      const run = new FakeRun();
      mended(run);
      answering(run, true, true);
      await run.start(plan);
      run.killedAfter(({ seq }) => seq === at);
      const state = await run.resume(plan);
      expect(state.ending, `killed after event ${at}`).toEqual(PASSED);
    }
  });
});

describe("a step that runs at another host", () => {
  it("runs there once for each of its hosts, which need not be reachable", async () => {
    const run = new FakeRun();
    run.hosts.down.add("w1").add("w2");
    const plan = planFor([
      { id: "s", hosts: ["m"] },
      { id: "drain", at: "m", hosts: ["w1", "w2"], needsFacts: true },
    ]);
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["s m", "drain m", "drain m"]);
    expect(run.hosts.environments.map((env) => env["WAYMARK_HOST"])).toEqual(["m", "w1", "w2"]);
  });

  it("is asked for there after a crash", async () => {
    const run = new FakeRun();
    const plan = planFor([
      { id: "s", hosts: ["m"] },
      { id: "drain", at: "m", hosts: ["w1"], capture: "X" },
    ]);
    await run.start(plan);
    run.killedAfter(({ type, ...event }) => type === "attempt-started" && "step" in event && event.step === "drain");
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["s m", "drain m"]);
  });
});

describe("Ctrl-C at a question", () => {
  it("takes it back and pauses the run", async () => {
    const run = new FakeRun();
    run.operator = {
      confirm: async (_, signal) => {
        void run.driver?.interrupt();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return undefined;
      },
      input: async () => undefined,
    };
    const state = await run.start(planFor([{ id: "s", confirm: "Sure?" }]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "interrupted" });
    expect(exitCode(state, "SIGINT")).toBe(130);
    expect(run.hosts.executed).toEqual([]);
  });
});

describe("a part of the guide", () => {
  const plan = planFor([{ id: "s" }, { id: "t" }]);
  const part: Plan = {
    ...plan,
    steps: plan.steps.map((step) =>
      step.id === "s" ? { ...step, hosts: [], skip: "not selected", unselected: ["a"] } : step,
    ),
    order: plan.order.map((visit) => (visit.step === 0 ? { ...visit, hosts: [] } : visit)),
  };

  it("ends the run partial, and resuming it does the rest", async () => {
    const run = new FakeRun();
    const state = await run.start(part);
    expect(state.ending).toEqual({ type: "finished", status: "partial" });
    expect(exitCode(state, undefined)).toBe(0);
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["t a", "s a"]);
  });

  it("that was all there was left to do passes", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("t\n", { exit: 1 });
    await run.start(plan);
    run.hosts.behaviours.clear();
    expect((await run.resume(part)).ending).toEqual(PASSED);
  });
});
