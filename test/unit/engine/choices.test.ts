import { describe, expect, it } from "vitest";
import { exitCode } from "../../../src/cli/exit-code.ts";
import type { EventBody, RunEvent } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { FakeRun, planFor, type StepOf } from "./fake-run.ts";
import { World } from "./world.ts";

/*
 * Choices of the operator's about a run that goes on, as the driver performs them.
 */

const FAILED = { type: "finished", status: "failed" };
const PASSED = { type: "finished", status: "passed" };

function planWith(steps: readonly StepOf[]): Plan {
  const plan = planFor(steps);
  return { ...plan, order: plan.order.filter(({ step }) => plan.steps[step]?.role === "run") };
}

describe("a run that is to rest after a step", () => {
  const plan = planWith([{ id: "one" }, { id: "two" }, { id: "three" }]);

  it("is told so before it has begun", async () => {
    const run = new FakeRun();
    const over = run.start(plan);
    await run.driver?.restAfter("two");
    const state = await over;
    expect(state.ending).toEqual({ type: "paused", reason: "asked", detail: "as asked, after two" });
    expect(exitCode(state, undefined)).toBe(3);
    expect(run.story().slice(0, 2)).toEqual(["run-started", "operator-decided"]);
    expect(run.hosts.executed).toEqual(["one a", "two a"]);
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["one a", "two a", "three a"]);
  });

  it("is told so while a step is at work, and rests once that is over", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("one\n", { onRun: () => void run.driver?.restAfter() });
    expect((await run.start(plan)).ending).toMatchObject({ reason: "asked" });
    expect(run.hosts.executed).toEqual(["one a"]);
  });

  it("is told otherwise, and what was said last counts", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("one\n", {
      onRun: () => {
        void run.driver?.restAfter();
        void run.driver?.restAfter("two");
      },
    });
    await run.start(plan);
    expect(run.hosts.executed).toEqual(["one a", "two a"]);
  });

  it.each([undefined, "two"])("is told not to after all, of %s, and does not", async (step) => {
    const run = new FakeRun();
    run.hosts.behaviours.set("one\n", {
      onRun: () => {
        void run.driver?.restAfter(step);
        void run.driver?.runOn();
      },
    });
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["one a", "two a", "three a"]);
  });

  it.each(["run-paused", "run-finished"])("is told so too late, at %s, and nothing comes of it", async (last) => {
    const run = new FakeRun();
    const said: Promise<void>[] = [];
    run.onEvent = ({ type }) => {
      if (type === last && run.driver !== undefined) said.push(run.driver.restAfter());
    };
    const over = run.start(plan);
    if (last === "run-paused") await run.driver?.restAfter("one");
    await over;
    await Promise.all(said);
    await run.driver?.restAfter();
    expect(run.events.at(-1)?.type).toBe(last);
    if (last === "run-paused") expect((await run.resume(plan)).ending).toEqual(PASSED);
  });

  it("is told so again by nobody after a crash", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("one\n", { onRun: () => void run.driver?.restAfter("two") });
    await run.start(plan);
    run.killedAfter(({ type }) => type === "operator-decided");
    expect((await run.resume(plan)).ending).toEqual(PASSED);
  });

  it("has its fix and what comes after that belong to the step", async () => {
    const run = new FakeRun();
    run.operator = { confirm: async () => true, input: async () => undefined };
    const fixed = planWith([{ id: "one", retry: 1 }, { id: "mend", role: "fix", of: "one" }, { id: "two" }]);
    let runs = 0;
    run.hosts.always = ({ code }) => ({ exit: code === "one\n" && ++runs < 6 ? 1 : 0 });
    const over = run.start(fixed);
    await run.driver?.restAfter("one");
    expect((await over).ending).toMatchObject({ reason: "asked" });
    expect(run.hosts.executed.at(-1)).toBe("one a");
    expect(run.hosts.executed).toContain("mend a");
    expect(run.hosts.executed).not.toContain("two a");
  });

  it("ends as ever where the step fails", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("one\n", { exit: 1 });
    const over = run.start(plan);
    await run.driver?.restAfter("one");
    expect((await over).ending).toEqual(FAILED);
  });

  it("asks at a checkpoint first", async () => {
    const run = new FakeRun();
    const over = run.start(planWith([{ id: "one", checkpoint: "Look" }, { id: "two" }]));
    await run.driver?.restAfter("one");
    expect((await over).ending).toMatchObject({ reason: "checkpoint" });
  });

  it("takes no step that is left out for one", async () => {
    const run = new FakeRun();
    const over = run.start(planWith([{ id: "out", skip: "not chosen", hosts: [] }, { id: "one" }, { id: "two" }]));
    await run.driver?.restAfter();
    expect((await over).ending).toMatchObject({ reason: "asked" });
    expect(run.hosts.executed).toEqual(["one a"]);
  });

  it("is interrupted where that is wanted as well", async () => {
    const run = new FakeRun();
    const stop = async (): Promise<void> => {
      await run.driver?.restAfter();
      await run.driver?.interrupt();
    };
    run.hosts.behaviours.set("one\n", { onRun: () => void stop() });
    expect((await run.start(plan)).ending).toMatchObject({ reason: "interrupted" });
  });

  it("just passes where nothing is left after the step", async () => {
    const run = new FakeRun();
    const over = run.start(planWith([{ id: "one" }, { id: "two", skip: "not chosen", hosts: [] }]));
    await run.driver?.restAfter("one");
    expect((await over).ending).toEqual(PASSED);
  });
});

describe("a run that goes on without a host", () => {
  const plan = planWith([
    { id: "one", hosts: ["a", "b"] },
    { id: "two", hosts: ["a", "b"] },
  ]);
  const without: EventBody = { type: "operator-decided", decision: "set-aside", step: "one", hosts: ["b"] };
  const onB = (type: RunEvent["type"]) => (event: RunEvent) =>
    event.type === type && "host" in event && event.host === "b";

  /** Waymark dies once the step has begun on b, where it never ends by itself. */
  async function killed(): Promise<FakeRun> {
    const run = new FakeRun();
    run.hosts.always = ({ key: { host } }) => ({ endless: host === "b" });
    const over = run.start(plan).catch(() => undefined);
    while (!run.hosts.executed.includes("one b")) await new Promise((resolve) => setImmediate(resolve));
    // What it would do from now on is not done by anybody.
    run.diskFull = () => true;
    await run.driver?.restAfter().catch(() => undefined);
    await over;
    run.diskFull = undefined;
    run.killedAfter(onB("attempt-started"));
    return run;
  }

  /** The host is brought up to date, as `resume --retry-failed` does. */
  async function backAgain(run: FakeRun): Promise<unknown> {
    const back: EventBody = { type: "run-resumed", waymark: "0", retryFailed: true, parallel: 1 };
    run.events = [...run.events, { v: 1, seq: run.events.length + 1, at: "2026-01-02T00:00:00.000Z", ...back }];
    return (await run.resume(plan)).ending;
  }

  it("leaves alone what goes on there, waits for nobody, and asks for it when the host is back", async () => {
    const run = await killed();
    const state = await run.resume(plan, {}, without);
    expect(state.ending).toEqual(FAILED);
    expect(exitCode(state, undefined)).toBe(1);
    expect(run.hosts.asked).not.toContain("cancel b");
    expect(run.events.find(({ type }) => type === "task-unknown")).toMatchObject({ host: "b", asked: false });
    run.hosts.finish("one\n", 0);
    run.hosts.always = () => ({});
    expect(await backAgain(run)).toEqual(PASSED);
    expect(run.hosts.executed.toSorted()).toEqual(["one a", "one b", "two a", "two b"]);
  });

  it("asks there once, however often it goes on without it", async () => {
    const run = await killed();
    await run.resume(plan, {}, without);
    run.hosts.asked.splice(0);
    await run.resume(plan);
    expect(run.hosts.asked).not.toContain("open b");
  });

  it("makes sure that what has not begun there never will, and does it anew when the host is back", async () => {
    const run = await killed();
    run.hosts.forget();
    run.hosts.executed.splice(0);
    run.hosts.always = () => ({});
    expect((await run.resume(plan, {}, without)).ending).toEqual(FAILED);
    expect(run.hosts.executed).not.toContain("one b");
    expect(run.events.find(onB("attempt-finished"))).toMatchObject({ end: "refused" });
    expect(run.events.find(onB("task-finished"))).toMatchObject({ status: "failed" });
    expect(await backAgain(run)).toEqual(PASSED);
    const { length: begun } = run.events.filter(onB("task-started"));
    // The first step twice, each time by another name.
    expect(begun).toBe(3);
    expect(run.hosts.executed.filter((done) => done.endsWith(" b"))).toEqual(["one b", "two b"]);
  });

  it("keeps what had passed there meanwhile", async () => {
    const run = await killed();
    run.hosts.finish("one\n", 0);
    run.hosts.always = () => ({});
    await run.resume(plan, {}, without);
    expect(run.events.find(onB("task-finished"))).toMatchObject({ status: "ok" });
    expect(await backAgain(run)).toEqual(PASSED);
    expect(run.hosts.executed.filter((done) => done.endsWith(" b"))).toEqual(["one b", "two b"]);
  });

  it("begins nothing there that would be tried again", async () => {
    const run = await killed();
    run.hosts.always = () => ({});
    run.hosts.finish("one\n", 1);
    const patient = planWith(plan.steps.map((step) => ({ ...step, retry: 1 })));
    expect((await run.resume(patient, {}, without)).ending).toEqual(FAILED);
    expect(run.hosts.executed.filter((done) => done.endsWith(" b"))).toEqual(["one b"]);
  });

  it("asks again where the host was back in between", async () => {
    const run = await killed();
    run.hosts.down.add("b");
    await run.resume(plan, {}, without);
    expect(await backAgain(run)).toMatchObject({ reason: "unknown" });
    run.hosts.down.clear();
    run.hosts.finish("one\n", 0);
    run.hosts.asked.splice(0);
    expect((await run.resume(plan, {}, without)).ending).toEqual(FAILED);
    expect(run.hosts.asked).toContain("attach b");
  });

  it("asks so many at once as may be at work", () => {
    const world = new World([{ id: "one", hosts: { a: [0], b: [0], c: [0] } }]);
    world.hinders = () => "silent";
    world.start(2);
    world.drain();
    world.choose({ decision: "set-aside", hosts: ["a", "b", "c"] });
    expect(world.pending).toMatchObject([
      { type: "run-attempt", host: "a", attachOnly: true },
      { type: "run-attempt", host: "b", attachOnly: true },
    ]);
  });

  it("waits for none that is away", async () => {
    const run = await killed();
    run.hosts.down.add("b");
    expect((await run.resume(plan, {}, without)).ending).toEqual(FAILED);
    expect(run.events.find(onB("task-unknown"))).toMatchObject({ asked: false });
    expect(run.hosts.executed).toContain("two a");
  });

  it("can be interrupted while it asks, and pauses", async () => {
    const run = await killed();
    run.onEvent = ({ type }) => {
      if (type === "run-resumed") void run.driver?.interrupt();
    };
    expect((await run.resume(plan, {}, without)).ending).toMatchObject({ reason: "interrupted" });
    run.onEvent = undefined;
    expect((await run.resume(plan)).ending).toEqual(FAILED);
  });
});

describe("a fix that is chosen once the run has failed", () => {
  const steps = [{ id: "one" }, { id: "mend", role: "fix", of: "one" }] as const;
  const plan = planWith(steps);
  const fix: EventBody = { type: "operator-decided", decision: "fix", step: "one", fix: "mend", hosts: ["a"] };

  async function failed(): Promise<FakeRun> {
    const run = new FakeRun();
    let runs = 0;
    run.hosts.always = ({ code }) => ({ exit: code === "one\n" && ++runs === 1 ? 1 : 0 });
    expect((await run.start(plan)).ending).toEqual(FAILED);
    return run;
  }

  it("runs, and then the step", async () => {
    const run = await failed();
    expect((await run.resume(plan, {}, fix)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["one a", "mend a", "one a"]);
  });

  it("is gone on with where it may be at work, and does nothing twice", async () => {
    const run = await failed();
    await run.resume(plan, {}, fix);
    // Waymark is killed while it is at work there.
    const begun = run.events.findIndex((event) => event.type === "attempt-started" && event.step === "mend");
    run.events = run.events.slice(0, begun + 1);
    expect((await run.resume(plan, {}, fix)).ending).toEqual(PASSED);
    expect(run.hosts.executed.filter((name) => name === "mend a")).toHaveLength(1);
  });

  it("runs also where the guide now expects something else of the step", async () => {
    const run = await failed();
    const edited: EventBody = {
      type: "guide-changed",
      guide: { path: "/guide.md", digest: "1" },
      renamed: { one: "one", mend: "mend" },
      added: [],
      removed: [],
      changed: [],
      rejudged: ["one"],
    };
    expect((await run.resume(plan, {}, edited, fix)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["one a", "mend a", "one a"]);
  });

  it("is forgotten where it is gone from the guide: the step just runs again", async () => {
    const run = await failed();
    const gone: EventBody = {
      type: "guide-changed",
      guide: { path: "/guide.md", digest: "1" },
      renamed: { one: "one" },
      added: [],
      removed: ["mend"],
      changed: [],
    };
    expect((await run.resume(planWith([{ id: "one" }]), {}, fix, gone)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["one a", "one a"]);
  });

  it("stands in nobody's way where it cannot run", async () => {
    const run = await failed();
    const cannot = planWith([{ id: "one" }, { ...steps[1], skip: "not chosen", hosts: [] }]);
    expect((await run.resume(cannot, {}, fix)).ending).toEqual(FAILED);
    expect(run.hosts.executed).toEqual(["one a"]);
    expect((await run.resume(cannot)).ending).toEqual(PASSED);
  });
});
