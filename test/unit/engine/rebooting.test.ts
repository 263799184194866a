import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.ts";
import type { FakeHosts } from "./fake-hosts.ts";
import { FakeRun, expecting, planFor } from "./fake-run.ts";

/*
 * Hosts that go down and come back: what is asked of them, what happens how often, and what a person is told.
 */

const DURING = { id: "go", reboot: "during", newLogin: true, timeoutMs: 60_000 } as const;
const AFTER = { ...DURING, reboot: "after" } as const;
const WAYS = [
  ["under", DURING],
  ["behind", DURING],
  ["by Waymark", AFTER],
] as const;

/** A run whose step reboots its host in that way. */
function runOf(way: (typeof WAYS)[number][0]): FakeRun {
  const run = new FakeRun();
  if (way !== "by Waymark") run.hosts.behaviours.set("go\n", { reboots: way });
  return run;
}

const boots = ({ boots }: FakeHosts, host = "a"): number => boots.get(host) ?? 0;
const THEN = { id: "then" };

describe.each(WAYS)("a step whose host goes down (%s)", (way, step) => {
  it("is over when the host is back, and the next one runs there then", async () => {
    const run = runOf(way);
    run.hosts.behaviours.set("then\n", { onRun: () => expect(boots(run.hosts)).toBe(1) });
    const state = await run.start(planFor([step, THEN]));
    expect(state.ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a", "then a"]);
    expect(run.events.filter(({ type }) => type === "host-rebooted")).toMatchObject([
      { step: "go", host: "a", before: "boot 0 of a", boot: "boot 1 of a" },
    ]);
  });

  it("is waited for as long as it may take, and no longer", async () => {
    const run = runOf(way);
    run.hosts.startsUpIn = Infinity;
    const begun = run.clock.ms;
    const state = await run.start(planFor([step, THEN]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.filter(({ type }) => type === "task-unknown")).toMatchObject([{ step: "go", asked: false }]);
    expect(run.clock.ms - begun).toBeGreaterThanOrEqual(60_000);
    expect(run.clock.ms - begun).toBeLessThan(80_000);
    // It comes back at last.
    run.hosts.startsUpIn = 0;
    run.hosts.comeUp("a");
    const resumed = await run.resume(planFor([step, THEN]));
    expect(resumed.ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a", "then a"]);
    expect(boots(run.hosts)).toBe(1);
  });

  it("reboots it once, whichever event Waymark is killed after", async () => {
    const plan = planFor([step, THEN]);
    const whole = runOf(way);
    await whole.start(plan);
    for (const { seq, type } of whole.events.slice(0, -1)) {
      const run = runOf(way);
      let written = 0;
      run.diskFull = () => ++written > seq;
      await expect(run.start(plan)).rejects.toThrow();
      run.diskFull = undefined;
      expect(run.events.length, type).toBeLessThanOrEqual(seq);
      const state = await run.resume(plan);
      expect(state.ending, type).toMatchObject({ status: "passed" });
      expect(boots(run.hosts), type).toBe(1);
      expect(run.hosts.executed, type).toEqual(["go a", "then a"]);
    }
  });

  it("is waited for by nobody who wants to stop, and by whoever resumes", async () => {
    const run = runOf(way);
    run.hosts.startsUpIn = Infinity;
    run.onEvent = ({ type }) => {
      if (type === "host-lost") void run.driver?.interrupt();
    };
    const plan = planFor([step, THEN]);
    const state = await run.start(plan);
    expect(state.ending).toMatchObject({ type: "paused", reason: "interrupted" });
    run.hosts.comeUp("a");
    run.onEvent = undefined;
    expect((await run.resume(plan)).ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a", "then a"]);
    expect(boots(run.hosts)).toBe(1);
  });

  it("is waited for while it refuses logins, too", async () => {
    const run = runOf(way);
    run.hosts.startsUpWith = "refused logins";
    expect((await run.start(planFor([step, THEN]))).ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a", "then a"]);
  });

  it("keeps nobody from waiting for others after Ctrl-C", async () => {
    const run = runOf(way);
    run.hosts.startsUpIn = Infinity;
    const goes = way === "by Waymark" ? {} : ({ reboots: way } as const);
    run.hosts.behaviours.clear();
    run.hosts.always = (job) => (job.key.host === "b" ? { endless: true } : goes);
    run.onEvent = ({ type }) => {
      if (type !== "host-lost") return;
      void run.driver?.interrupt().then(() => setTimeout(() => run.hosts.end("b"), 20));
    };
    const state = await run.start(planFor([{ ...step, hosts: ["a", "b"] }]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "interrupted" });
  });

  it("is left alone by an operator who says that it is done", async () => {
    const run = runOf(way);
    run.hosts.startsUpIn = Infinity;
    const plan = planFor([
      { ...step, hosts: ["a", "b"] },
      { ...THEN, hosts: ["b"] },
    ]);
    run.hosts.behaviours.delete("go\n");
    run.hosts.always = (job) => (job.code === "go\n" && way !== "by Waymark" ? { reboots: way } : {});
    await run.start(plan);
    run.hosts.comeUp("b");
    const state = await run.resume(plan, {}, { type: "operator-decided", decision: "done", step: "go", hosts: ["a"] });
    // What was cut short cannot even be asked; what had passed needs nothing more.
    if (way === "under") expect(state.ending).toMatchObject({ type: "paused" });
    else expect(state.ending).toMatchObject({ status: "passed" });
  });
});

describe("a block that is to reboot its host", () => {
  it("is judged by what it has printed, and counts as ended with 0 where that cut it short", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("go\n", { reboots: "under", stdout: "going\n" });
    const sees = (text: string) =>
      planFor([{ ...DURING, expectations: [expecting(`exit == 0 && stdout == "${text}"`)] }]);
    expect((await run.start(sees("going"))).ending).toMatchObject({ status: "passed" });
    const other = new FakeRun();
    other.hosts.behaviours.set("go\n", { reboots: "under", stdout: "gone\n" });
    expect((await other.start(sees("going"))).ending).toMatchObject({ status: "failed" });
  });

  it("is known to have been cut short, also where no more than that came to disk", async () => {
    const run = runOf("under");
    run.hosts.behaviours.set("go\n", { reboots: "under", stdout: "going\n" });
    const plan = planFor([{ ...DURING, expectations: [expecting('exit == 0 && stdout == "going"')] }]);
    await run.start(plan);
    run.killedAfter(({ type }) => type === "attempt-finished");
    expect((await run.resume(plan)).ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a"]);
  });

  it("has failed if it does not, and says so; it is tried again if it may be", async () => {
    const run = new FakeRun();
    const begun = run.clock.ms;
    const state = await run.start(planFor([{ ...DURING, timeoutMs: 3_600_000, retry: 1 }]));
    expect(state.ending).toMatchObject({ status: "failed" });
    expect(run.events.findLast(({ type }) => type === "task-finished")).toMatchObject({
      status: "failed",
      reason: "a did not reboot within 5 min",
      attempts: 2,
    });
    expect(run.hosts.executed).toEqual(["go a", "go a"]);
    expect(run.clock.ms - begun).toBeLessThan(11 * 60_000);
  });

  it("that was ended by the shutdown has not failed by that", async () => {
    const run = new FakeRun();
    const end = { type: "ended", end: "exited", exit: 143, durationMs: 5 } as const;
    run.hosts.behaviours.set("go\n", { reboots: "behind", end });
    expect((await run.start(planFor([DURING]))).ending).toMatchObject({ status: "passed" });
  });

  it("that fails by itself is not waited for", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("go\n", { exit: 3 });
    const begun = run.clock.ms;
    await run.start(planFor([DURING]));
    expect(run.events.findLast(({ type }) => type === "task-finished")).toMatchObject({ reason: "exit status 3" });
    expect(run.clock.ms).toBe(begun);
  });

  it("is never begun again in another boot, though nothing of it is left there", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("go\n", { reboots: "under", onRun: () => run.hosts.forget() });
    const state = await run.start(planFor([DURING]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.find(({ type }) => type === "task-unknown")).toMatchObject({
      asked: true,
      reason: expect.stringContaining("nothing is left there"),
    });
    expect(run.hosts.executed).toEqual(["go a"]);
  });

  it("needs to be reachable before, unless it runs elsewhere", async () => {
    const run = new FakeRun();
    run.hosts.down.add("a");
    const here = await run.start(planFor([DURING]));
    expect(here.ending).toMatchObject({ status: "failed" });
    expect(run.hosts.executed).toEqual([]);

    const elsewhere = new FakeRun();
    elsewhere.hosts.down.add("a");
    elsewhere.hosts.behaviours.set("go\n", { onRun: () => elsewhere.hosts.down.delete("a") });
    const state = await elsewhere.start(withHost(planFor([{ ...DURING, at: "b" }]), "b"));
    expect(state.ending).toMatchObject({ status: "passed" });
    expect(elsewhere.hosts.executed).toEqual(["go b"]);
  });

  it("is about its own host where it runs elsewhere", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("go\n", { onRun: () => run.hosts.restart("a") });
    const state = await run.start(withHost(planFor([{ ...DURING, at: "b" }]), "b"));
    expect(state.ending).toMatchObject({ status: "passed" });
    expect([boots(run.hosts, "a"), boots(run.hosts, "b")]).toEqual([1, 0]);
  });
});

it("a terminal that was left on a host is gone with its login, wherever the step ran that took it", async () => {
  const run = new FakeRun();
  const left = { exports: "kept", dir: "/tmp" } as const;
  run.hosts.behaviours.set("one\n", { end: { type: "ended", end: "exited", exit: 0, durationMs: 5, left } });
  await run.start(withHost(planFor([{ id: "one" }, { id: "away", at: "b", newLogin: true }, { id: "two" }]), "b"));
  expect(run.hosts.jobs.find(({ code }) => code === "two\n")).not.toHaveProperty("dir");
});

describe("a host that Waymark is to reboot", () => {
  it("is left alone where nothing was changed, or nothing was done", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("go\n", { stdout: "unchanged\n" });
    const file = { kind: "file", path: "/x", content: "x\n", backup: false, template: false } as const;
    run.hosts.always = () => ({ stdout: "unchanged\n" });
    await run.start(planFor([{ ...AFTER, action: file }]));
    expect(run.events.findLast(({ type }) => type === "task-finished")).toMatchObject({ status: "unchanged" });

    const skipped = new FakeRun();
    skipped.hosts.looks.set("true", 0);
    await skipped.start(planFor([{ ...AFTER, unless: "true" }]));
    expect([...run.hosts.boots, ...skipped.hosts.boots]).toEqual([]);
  });

  it("is not ordered about by who may not", async () => {
    const run = new FakeRun();
    run.hosts.orders = () => ({ type: "refused", reason: "sudo: a password is required" });
    const state = await run.start(planFor([{ ...AFTER, retry: 3 }]));
    expect(state.ending).toMatchObject({ status: "failed" });
    expect(run.events.findLast(({ type }) => type === "task-finished")).toMatchObject({
      status: "failed",
      reason: "it has passed, and Waymark cannot reboot a: sudo: a password is required",
    });
    expect(run.hosts.executed).toEqual(["go a"]);
  });

  it("is rebooted once somebody may, and what has passed before that is not run again", async () => {
    const run = new FakeRun();
    run.hosts.orders = () => ({ type: "refused", reason: "sudo: a password is required" });
    const plan = planFor([{ ...AFTER, unless: "true" }, THEN]);
    expect((await run.start(plan)).ending).toMatchObject({ status: "failed" });
    run.hosts.looks.set("true", 0);
    run.hosts.orders = () => ({ type: "going" });
    expect((await run.resume(plan)).ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a", "then a"]);
    expect(boots(run.hosts)).toBe(1);
  });

  it("is not rebooted for a text that is another now", async () => {
    const run = new FakeRun();
    run.hosts.orders = () => ({ type: "refused", reason: "sudo: a password is required" });
    await run.start(planFor([AFTER, THEN]));
    run.hosts.orders = () => ({ type: "going" });
    const edited = planFor([{ ...AFTER, effectDigest: "another" }, THEN]);
    const changes = { added: [], removed: [], changed: ["go"], rejudged: [], renamed: {} };
    const guide = { path: "/guide.md", digest: "1" };
    expect((await run.resume(edited, {}, { type: "guide-changed", guide, ...changes })).ending).toMatchObject({
      status: "passed",
    });
    expect(run.hosts.executed).toEqual(["go a", "go a", "then a"]);
    expect(boots(run.hosts)).toBe(1);
  });

  it("is rebooted as well where what had failed passes by an expectation that was edited", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("go\n", { stdout: "done\n" });
    const wanting = (words: string) =>
      planFor([{ ...AFTER, expectations: [expecting(`stdout.contains("${words}")`)] }]);
    expect((await run.start(wanting("gone"))).ending).toMatchObject({ status: "failed" });
    const changes = { added: [], removed: [], changed: [], rejudged: ["go"], renamed: {} };
    const guide = { path: "/guide.md", digest: "1" };
    const state = await run.resume(wanting("done"), {}, { type: "guide-changed", guide, ...changes });
    expect(state.ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a"]);
    expect(boots(run.hosts)).toBe(1);
  });

  it("is rebooted as well where nobody knows how the step ended, and what it makes is there", async () => {
    const run = new FakeRun();
    const end = { type: "unknown", reason: "its supervisor was killed" } as const;
    run.hosts.behaviours.set("go\n", { end, onRun: () => run.hosts.looks.set("true", 0) });
    expect((await run.start(planFor([{ ...AFTER, unless: "true" }, THEN]))).ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a", "then a"]);
    expect(boots(run.hosts)).toBe(1);
  });

  it("gets the order again if the connection was lost before it could take it", async () => {
    const run = new FakeRun();
    let lost = 0;
    run.hosts.losesOrders = () => lost++ < 2;
    expect((await run.start(planFor([AFTER]))).ending).toMatchObject({ status: "passed" });
    expect(boots(run.hosts)).toBe(1);
  });
});

it("a host that was rebooted is asked anew what it is", async () => {
  const run = new FakeRun();
  const asks = { id: "asks", needsFacts: true };
  await run.start(planFor([asks, AFTER, { ...asks, id: "again" }]));
  expect(run.story("host-facts", "host-rebooted")).toEqual(["host-facts", "host-rebooted", "host-facts"]);
});

it("`reconnect` logs in anew, and tells nobody of a lost connection", async () => {
  const run = new FakeRun();
  const plan = planFor([{ id: "one" }, { id: "join", newLogin: true }, { id: "two" }]);
  await run.start(plan);
  expect(run.hosts.asked.filter((what) => /^(open|run)/.test(what))).toEqual([
    "open a",
    "run a",
    "run a",
    "open a",
    "run a",
  ]);
  expect(run.story("host-lost")).toEqual([]);
  expect(run.hosts.sessions.size).toBe(0);
});

/** A host that no step is for. */
function withHost(plan: Plan, name: string): Plan {
  const [known] = plan.hosts;
  return known === undefined ? plan : { ...plan, hosts: [...plan.hosts, { ...known, name, address: name }] };
}

describe("a host that keeps nothing over a reboot", () => {
  it("does not run a step again that it may have run, and is not said to have done it", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("work\n", { reboots: "under", onRun: () => run.hosts.wipe("a") });
    const state = await run.start(planFor([{ id: "work" }]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.find(({ type }) => type === "task-unknown")).toMatchObject({
      asked: true,
      reason: "nothing is left on a of what was begun there: is /var/tmp in memory?",
    });
    expect(run.hosts.executed).toEqual(["work a"]);
  });

  it("nor if Waymark was killed meanwhile", async () => {
    const run = new FakeRun();
    await run.start(planFor([{ id: "work" }]));
    run.killedAfter(({ type }) => type === "attempt-started");
    run.hosts.wipe("a");
    expect((await run.resume(planFor([{ id: "work" }]))).ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.hosts.executed).toEqual(["work a"]);
  });

  it("nor if it was killed again, when the folder was made anew and nothing asked for yet", async () => {
    const run = new FakeRun();
    await run.start(planFor([{ id: "work" }]));
    run.killedAfter(({ type }) => type === "attempt-started");
    run.hosts.wipe("a");
    await run.resume(planFor([{ id: "work" }]));
    let connections = 0;
    run.killedAfter(({ type }) => type === "host-connected" && ++connections === 2);
    expect(run.story("host-connected", "task-unknown")).toEqual(["host-connected", "host-connected"]);
    expect((await run.resume(planFor([{ id: "work" }]))).ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.hosts.executed).toEqual(["work a"]);
  });

  it("nor one behind a reboot that was waited for", async () => {
    const run = new FakeRun();
    const plan = planFor([AFTER, { id: "work" }]);
    await run.start(plan);
    run.killedAfter((event) => event.type === "attempt-started" && event.step === "work");
    run.hosts.wipe("a");
    expect((await run.resume(plan)).ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.hosts.executed.filter((what) => what === "work a")).toHaveLength(1);
  });

  it("runs steps that it has not run yet", async () => {
    const run = new FakeRun();
    const plan = planFor([{ id: "one" }, { id: "two" }]);
    await run.start(plan);
    run.killedAfter(({ type }) => type === "step-finished");
    run.hosts.wipe("a");
    expect((await run.resume(plan)).ending).toMatchObject({ status: "passed" });
  });
});

describe("a host that lets everybody in and answers nobody", () => {
  it("has nothing begun on it that reboots it, and is not waited for for ever", async () => {
    const run = new FakeRun();
    run.hosts.silent.add("a");
    await run.start(planFor([DURING]));
    expect(run.events.findLast(({ type }) => type === "task-finished")).toMatchObject({ status: "unreachable" });
    expect(run.hosts.executed).toEqual([]);
  });

  it("is away where it is to come back: for as long as the step may take", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("go\n", { onRun: () => void run.hosts.silent.add("a") });
    const begun = run.clock.ms;
    const state = await run.start(planFor([DURING]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.clock.ms - begun).toBeGreaterThanOrEqual(60_000);
    expect(run.clock.ms - begun).toBeLessThan(120_000);
    run.hosts.silent.clear();
    run.hosts.restart("a");
    expect((await run.resume(planFor([DURING]))).ending).toMatchObject({ status: "passed" });
    expect(run.hosts.executed).toEqual(["go a"]);
  });
});
