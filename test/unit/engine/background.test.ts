import { describe, expect, it } from "vitest";
import type { EventBody } from "../../../src/model/event.ts";
import type { Behaviour } from "./fake-hosts.ts";
import { expecting, FakeRun, planFor, type StepOf } from "./fake-run.ts";

const PASSED = { type: "finished", status: "passed" };
const READY = [expecting('stdout.contains("ready")')];

const serving = (more: Partial<StepOf> = {}): StepOf => ({
  id: "serve",
  background: true,
  expectations: READY,
  ...more,
});

/** A run whose background step goes on, unless a test says otherwise. Nobody waits for what takes seconds. */
function aRun(behaviour: Behaviour = { stdout: "ready\n", endless: true }): FakeRun {
  const run = new FakeRun();
  run.clock.longestMs = 900;
  run.hosts.behaviours.set("serve\n", behaviour);
  return run;
}

const finished = (run: FakeRun, step: string): EventBody | undefined =>
  run.events.findLast((event) => event.type === "task-finished" && event.step === step);

describe("a background step", () => {
  const plan = planFor([serving(), { id: "use" }]);

  it("has passed when its expectations hold, goes on beside the next, and ends before the run does", async () => {
    const run = aRun();
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["serve a", "use a"]);
    expect(run.story("task-finished", "background-ended", "run-finished")).toEqual([
      "task-finished",
      "task-finished",
      "background-ended",
      "run-finished",
    ]);
    expect(run.events.find((event) => event.type === "background-ended")).toMatchObject({ end: "cancelled" });
    expect(run.hosts.asked.filter((asked) => asked.startsWith("cancel"))).toEqual(["cancel a"]);
    expect([...run.logs.values()].join("")).toContain("ready");
  });

  it("of which nothing is expected has passed when it runs", async () => {
    const run = aRun({ endless: true });
    expect((await run.start(planFor([serving({ expectations: [] }), { id: "use" }]))).ending).toEqual(PASSED);
  });

  it.each<[string, Behaviour]>([
    ["without a word", { exit: 3 }],
    ["having said all that is expected", { stdout: "ready\n", exit: 3 }],
  ])("that ends before it is ready, %s, has failed", async (_, behaviour) => {
    const run = aRun(behaviour);
    expect((await run.start(plan)).ending).toMatchObject({ status: "failed" });
    expect(finished(run, "serve")).toMatchObject({ exit: 3, reason: "ended before it was ready: exit status 3" });
    expect(run.hosts.executed).toEqual(["serve a"]);
  });

  it("that is not ready in time is ended, and has failed", async () => {
    const run = aRun({ stdout: "soon\n", endless: true });
    run.clock.longestMs = 1000;
    expect((await run.start(plan)).ending).toMatchObject({ status: "failed" });
    expect(finished(run, "serve")).toMatchObject({
      reason: 'not ready after 1 s: not true: stdout.contains("ready")',
    });
    expect(run.hosts.asked).toContain("cancel a");
    expect(run.hosts.executed).toEqual(["serve a"]);
  });

  it("that ends while the run goes on is told, and the run goes on", async () => {
    const run = aRun();
    run.hosts.behaviours.set("use\n", { onRun: () => run.hosts.finish("serve\n", 7) });
    expect((await run.start(plan)).ending).toEqual(PASSED);
    const told = run.events.filter((event) => event.type === "background-ended");
    expect(told).toMatchObject([{ step: "serve", end: "exited", exit: 7 }]);
    expect(run.hosts.asked).not.toContain("cancel a");
  });

  it("that goes on when Waymark dies is found again, and not started twice", async () => {
    // It cannot be ended, so that it is still there afterwards.
    const run = aRun({ stdout: "ready\n", endless: true, settles: "running" });
    await run.start(plan);
    run.killedAfter((event) => event.type === "task-finished" && event.step === "serve");
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["serve a", "use a", "use a"]);
    expect(run.events.findLast((event) => event.type === "background-ended")).toMatchObject({
      unproven: true,
      reason: "a gave no proof that it is gone; it ends there by itself",
    });
  });

  it("is not begun again behind the run's back on a host that keeps nothing over a reboot", async () => {
    const run = aRun({ stdout: "ready\n", losesAt: [6], onLoss: () => run.hosts.wipe("a"), endless: true });
    run.clock.longestMs = Infinity;
    const reason = "nothing is left on a of what was begun there: is /var/tmp in memory?";
    expect((await run.start(plan)).ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.find(({ type }) => type === "task-unknown")).toMatchObject({ asked: true, reason });
    expect(run.hosts.executed).toEqual(["serve a"]);
  });

  it("is started again when the run goes on after a rest, before anything else", async () => {
    const run = aRun();
    run.hosts.behaviours.set("use\n", { exit: 1 });
    expect((await run.start(plan)).ending).toMatchObject({ status: "failed" });
    expect(run.story("background-ended").length).toBe(1);
    run.hosts.behaviours.set("use\n", {});
    expect((await run.resume(plan)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["serve a", "use a", "serve a", "use a"]);
    expect(run.hosts.jobs.filter(({ code }) => code === "serve\n").map(({ key }) => key.attempt)).toEqual([1, 2]);
  });

  it("comes before the checks that are repeated, which may need it", async () => {
    const run = aRun();
    const checked = planFor([serving(), { id: "look", verify: true }, { id: "use" }]);
    run.hosts.behaviours.set("use\n", { exit: 1 });
    await run.start(checked);
    run.hosts.behaviours.set("use\n", {});
    await run.resume(checked);
    const since = run.story().slice(run.story().lastIndexOf("run-resumed"));
    expect(since.indexOf("attempt-judged")).toBeLessThan(since.indexOf("check-started"));
  });

  it("that has not been ready again when the run goes on stops it", async () => {
    const run = aRun();
    run.hosts.behaviours.set("use\n", { exit: 1 });
    await run.start(plan);
    run.hosts.behaviours.set("serve\n", { exit: 4 });
    run.hosts.behaviours.set("use\n", {});
    expect((await run.resume(plan)).ending).toMatchObject({ status: "failed" });
    expect(finished(run, "serve")).toMatchObject({ reason: "ended before it was ready: exit status 4" });
    run.hosts.behaviours.set("serve\n", { stdout: "ready\n", endless: true });
    expect((await run.resume(plan)).ending).toEqual(PASSED);
  });

  it("ends at every rest", async () => {
    const run = aRun();
    const rests = planFor([serving(), { id: "use", checkpoint: "Look" }, { id: "more" }]);
    expect((await run.start(rests)).ending).toMatchObject({ reason: "checkpoint" });
    expect(run.story("background-ended", "run-paused")).toEqual(["background-ended", "run-paused"]);
    expect((await run.resume(rests)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["serve a", "use a", "serve a", "more a"]);
  });

  it("whose text was edited is ended, with proof, before the new one is started", async () => {
    const run = aRun();
    await run.start(plan);
    // As if Waymark had died before it could end it.
    run.killedAfter((event) => event.type === "step-finished" && event.step === "serve");
    const edited = planFor([serving({ effectDigest: "another" }), { id: "use" }]);
    run.hosts.asked.length = 0;
    expect((await run.resume(edited)).ending).toEqual(PASSED);
    const orders = run.hosts.asked.filter((asked) => /^(run|cancel)/.test(asked));
    expect(orders.slice(0, 2)).toEqual(["cancel a", "run a"]);
  });

  it("is not started again while nobody can say that the one before is gone", async () => {
    const run = aRun({ stdout: "ready\n", endless: true, settles: "running" });
    run.hosts.behaviours.set("use\n", { exit: 1 });
    await run.start(plan);
    const edited = planFor([serving({ effectDigest: "another" }), { id: "use" }]);
    expect((await run.resume(edited)).ending).toMatchObject({ status: "failed" });
    expect(finished(run, "serve")).toMatchObject({
      reason: "nobody can say whether what it had started before is gone from a",
    });
    expect(run.hosts.executed.filter((each) => each === "serve a").length).toBe(1);
  });

  it("that the guide has no longer is ended when the run goes on", async () => {
    const run = aRun();
    await run.start(plan);
    run.killedAfter((event) => event.type === "step-finished" && event.step === "serve");
    run.hosts.asked.length = 0;
    expect((await run.resume(planFor([{ id: "use" }]))).ending).toEqual(PASSED);
    expect(run.hosts.asked).toContain("cancel a");
    expect(run.events.findLast((event) => event.type === "background-ended")).toMatchObject({ step: "serve" });
  });

  it("is one of at most four at a time on a host", async () => {
    const run = new FakeRun();
    run.clock.longestMs = 900;
    run.hosts.always = () => ({ stdout: "ready\n", endless: true });
    const ids = ["one", "two", "three", "four", "five"];
    const state = await run.start(planFor(ids.map((id) => serving({ id }))));
    expect(state.ending).toMatchObject({ status: "failed" });
    expect(finished(run, "five")).toMatchObject({ reason: "4 background steps are at work there already" });
    expect(run.hosts.executed.length).toBe(4);
  });
});
