import { describe, expect, it } from "vitest";
import { recall } from "../../../src/engine/advance.ts";
import type { Confirmation } from "../../../src/engine/ports.ts";
import { undoPlan } from "../../../src/engine/undo-plan.ts";
import type { EventBody } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { FakeRun, type StepOf, planFor } from "./fake-run.ts";

/*
 * What a person has said holds for what it was said of, and for nothing that is done later.
 */

const LIST = { kind: "manual", text: "", items: ["one", "two"] } as const;

/** Steps that fix or undo are not in the order. */
function planWith(steps: readonly StepOf[]): Plan {
  const plan = planFor(steps);
  return { ...plan, order: plan.order.filter(({ step }) => plan.steps[step]?.role === "run") };
}

/** An operator who agrees to so many questions, and then has gone. */
function agreeing(run: FakeRun, questions = Infinity): Confirmation[] {
  const asked: Confirmation[] = [];
  run.operator = {
    confirm: async (question) => (asked.push(question) > questions ? undefined : true),
    input: async () => undefined,
  };
  return asked;
}

function decided(decision: "rerun" | "done", step: string): EventBody {
  return { type: "operator-decided", decision, step, hosts: ["a"] };
}

describe("a checkpoint", () => {
  it("is reached again when its step is to run once more", async () => {
    const plan = planFor([{ id: "s", checkpoint: "Look at it" }, { id: "t" }]);
    const run = new FakeRun();
    await run.start(plan);
    const state = await run.resume(plan, {}, decided("rerun", "s"));
    expect(state.ending).toMatchObject({ type: "paused", reason: "checkpoint" });
    expect(run.hosts.executed).toEqual(["s a", "s a"]);
  });

  it("speaks of the batch that has come to it", async () => {
    const plan: Plan = {
      ...planFor([{ id: "s", checkpoint: "Look at $WAYMARK_HOST", hosts: ["a", "b"] }]),
      order: ["a", "b"].map((host) => ({ step: 0, hosts: [host] })),
    };
    const run = new FakeRun();
    const asked = agreeing(run);
    await run.start(plan);
    expect(asked.map(({ text }) => text)).toEqual(["Look at a", "Look at b"]);
    const reached = run.events.flatMap((event) => (event.type === "checkpoint-reached" ? [event.text] : []));
    expect(reached).toEqual(["Look at a", "Look at b"]);
  });
});

describe("a list that a person ticks", () => {
  it("is gone through for each batch", async () => {
    const plan: Plan = {
      ...planFor([{ id: "s", action: LIST, hosts: ["a", "b"] }]),
      order: ["a", "b"].map((host) => ({ step: 0, hosts: [host] })),
    };
    const run = new FakeRun();
    const asked = agreeing(run);
    await run.start(plan);
    expect(asked.map(({ hosts, item }) => `${item} ${hosts.join()}`)).toEqual(["one a", "two a", "one b", "two b"]);
  });

  it("is gone through again when its step is to be done once more", async () => {
    const plan = planFor([{ id: "s", action: LIST }, { id: "t" }]);
    const run = new FakeRun();
    const asked = agreeing(run);
    run.hosts.behaviours.set("t\n", { exit: 1 });
    await run.start(plan);
    await run.resume(plan, {}, decided("rerun", "s"));
    expect(asked.map(({ item }) => item)).toEqual(["one", "two", "one", "two"]);
  });

  it("is gone through each time that it is to fix something", async () => {
    const plan = planWith([{ id: "s" }, { id: "f", role: "fix", of: "s", action: LIST }]);
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { exit: 1 });
    const asked = agreeing(run, 6);
    await run.start(plan);
    const once = ["fix", "manual", "manual"];
    expect(asked.map(({ about }) => about)).toEqual([...once, ...once, "fix"]);
  });
});

describe("what was agreed to", () => {
  it("is asked again when its text has been edited before it ran", async () => {
    const run = new FakeRun();
    const asked = agreeing(run);
    await run.start(planFor([{ id: "s", confirm: "Erase it?" }]));
    run.killedAfter(({ type }) => type === "operator-decided");
    const edited = planFor([{ id: "s", confirm: "Erase it?", effectDigest: "another" }]);
    await run.resume(
      edited,
      {},
      {
        type: "guide-changed",
        guide: { path: "/guide.md", digest: "1" },
        renamed: { s: "s" },
        added: [],
        removed: [],
        changed: ["s"],
      },
    );
    expect(asked).toHaveLength(2);
  });

  it("is asked again of a host that was set aside, also where Waymark was killed since", async () => {
    const hosts = ["a", "b"];
    const plan = planFor([{ id: "s", confirm: "Erase it?", hosts, maxFailures: 1 }]);
    const run = new FakeRun();
    agreeing(run);
    run.hosts.always = ({ key }) => ({ exit: key.host === "a" ? 1 : 0 });
    await run.start(plan);
    run.killedAfter(({ type }) => type === "host-set-aside");
    const resumed = (retryFailed: boolean) => {
      const event = { type: "run-resumed", waymark: "0", retryFailed, parallel: 1 } as const;
      const seq = run.events.length + 1;
      return recall([...run.events, { v: 1, seq, at: "2026-01-01T00:00:00.000Z", ...event }]).state.confirmed;
    };
    expect([...(resumed(false).get("s") ?? [])]).toEqual(hosts);
    expect([...(resumed(true).get("s") ?? [])]).toEqual(["b"]);
  });

  it("or ticked is asked again where it was undone and is done once more", async () => {
    const plan = planWith([
      { id: "one", confirm: "Erase it?" },
      { id: "two", action: LIST },
      { id: "no-one", role: "undo", of: "one" },
      { id: "no-two", role: "undo", of: "two" },
    ]);
    const run = new FakeRun();
    const asked = agreeing(run);
    await run.start(plan);
    expect(asked).toHaveLength(3);
    await run.resume(undoPlan(plan, recall(run.events).state, run.events));
    run.killedAfter((event) => event.type === "step-undone" && event.step === "one");
    await run.resume(plan);
    expect(asked).toHaveLength(6);
  });
});

describe("an input that is asked for late", () => {
  const plan = planFor(
    [{ id: "s", uses: ["X"], asks: ["X"] }, { id: "t" }],
    [{ name: "X", input: { name: "X" } as never }],
  );

  it("is not asked for by a step that is left out", async () => {
    const run = new FakeRun();
    expect((await run.start(plan)).ending).toMatchObject({ type: "paused", reason: "input" });
    const skip: EventBody = { type: "operator-decided", decision: "skip", step: "s", hosts: ["a"] };
    expect((await run.resume(plan, {}, skip)).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["t a"]);
  });
});

describe("a step that fixes", () => {
  it("is offered for each batch, also where it was not wanted for the one before", async () => {
    const base = planWith([
      { id: "s", hosts: ["a", "b"], maxFailures: 2 },
      { id: "f", role: "fix", of: "s", hosts: ["a", "b"] },
    ]);
    const plan = { ...base, order: ["a", "b"].map((host) => ({ step: 0, hosts: [host] })) };
    const run = new FakeRun();
    const asked = agreeing(run, 0);
    run.hosts.behaviours.set("s\n", { exit: 1 });
    await run.start(plan);
    expect(asked.map(({ about, hosts }) => [about, ...hosts])).toEqual([
      ["fix", "a"],
      ["fix", "b"],
    ]);
  });

  it("is offered again where Ctrl-C took the question back", async () => {
    const plan = planWith([
      { id: "s", maxFailures: 1 },
      { id: "f", role: "fix", of: "s" },
    ]);
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { exit: 1 });
    run.operator = {
      confirm: async (_, signal) => {
        void run.driver?.interrupt();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return undefined;
      },
      input: async () => undefined,
    };
    expect((await run.start(plan)).ending).toMatchObject({ type: "paused", reason: "interrupted" });
    const asked = agreeing(run, 0);
    await run.resume(plan);
    expect(asked.map(({ about }) => about)).toEqual(["fix"]);
    expect(run.hosts.executed).toEqual(["s a"]);
  });
});

describe("a step that fixes, and whose outcome nobody knows", () => {
  const plan = planWith([{ id: "s" }, { id: "f", role: "fix", of: "s" }]);
  const lost = async (): Promise<FakeRun> => {
    const run = new FakeRun();
    agreeing(run);
    run.hosts.behaviours.set("s\n", { exit: 1 });
    run.hosts.behaviours.set("f\n", { end: { type: "unknown", reason: "the host lost power" } });
    expect((await run.start(plan)).ending).toMatchObject({ type: "paused", reason: "unknown" });
    return run;
  };

  it("is asked for again on resume, and not run again", async () => {
    const run = await lost();
    expect((await run.resume(plan)).ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.hosts.executed).toEqual(["s a", "f a"]);
  });

  it("lets the step be tried again once it is called done", async () => {
    const run = await lost();
    run.hosts.behaviours.set("s\n", { exit: 0 });
    const state = await run.resume(plan, {}, decided("done", "f"));
    expect(state.ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a", "f a", "s a"]);
  });
});
