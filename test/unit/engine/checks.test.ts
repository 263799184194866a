import { expect, test } from "vitest";
import type { CheckFinished, EventBody } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { FakeRun, expecting, planFor } from "./fake-run.ts";

/*
 * Steps that only look, and had passed, are looked at once more before a run goes on.
 */

const LOOK = { id: "look", hosts: ["a", "b"], verify: true };
const LAST = { id: "last", hosts: ["a", "b"] };

function checks(run: FakeRun): readonly string[] {
  const ended = run.events.filter((event) => event.type === "check-finished");
  return ended.map(({ step, host, status, reason }: CheckFinished) => [step, host, status, reason].join(" ").trim());
}

/** A run that has stopped at its last step. */
async function stopped(plan: Plan, run = new FakeRun()): Promise<FakeRun> {
  run.hosts.behaviours.set("last\n", { exit: 1 });
  await run.start(plan);
  run.hosts.behaviours.delete("last\n");
  return run;
}

test("a check that has become false is told before anything runs, and is no failure", async () => {
  const plan = planFor([LOOK, LAST]);
  const run = await stopped(plan);
  const before = run.events.length;
  run.hosts.looks.set("look\n", 0);
  const state = await run.resume(plan);
  expect(state.ending).toEqual({ type: "finished", status: "passed" });
  expect(checks(run)).toEqual(["look a ok", "look b ok"]);
  const types = run.events.slice(before).map(({ type }) => type);
  expect(types.indexOf("check-started")).toBeGreaterThan(types.indexOf("run-resumed"));
  expect(types.lastIndexOf("check-finished")).toBeLessThan(types.indexOf("step-started"));
  // It is no task: nothing of it was run again.
  expect(run.hosts.executed.filter((one) => one.startsWith("look"))).toEqual(["look a", "look b"]);

  const again = await stopped(plan);
  again.hosts.looks.set("look\n", 3);
  expect((await again.resume(plan)).ending).toEqual({ type: "finished", status: "passed" });
  expect(checks(again)).toEqual(["look a drifted exit status 3", "look b drifted exit status 3"]);
});

test("only what has passed in this run, by the text that the guide has now, is looked at", async () => {
  const never = { ...LOOK, id: "never" };
  const plan = planFor([LOOK, LAST, never]);
  const edited = planFor([{ ...LOOK, effectDigest: "another" }, LAST, never]);
  const run = await stopped(plan);
  await run.resume(edited);
  expect(checks(run)).toEqual([]);

  const skipped = await stopped(plan);
  await skipped.resume(plan, {}, { type: "operator-decided", decision: "rerun", step: "look", hosts: ["a"] });
  expect(checks(skipped)).toEqual(["look b drifted exit status 1"]);
});

test("a host out of reach is tried once for all checks, and the run goes on without waiting", async () => {
  const plan = planFor([LOOK, { ...LOOK, id: "too" }, { ...LAST, hosts: ["a"] }]);
  const run = await stopped(plan);
  run.hosts.looks.set("look\n", 0).set("too\n", 0);
  run.hosts.down.add("b");
  run.hosts.asked.length = 0;
  const begin = run.clock.ms;
  expect((await run.resume(plan)).ending).toEqual({ type: "finished", status: "passed" });
  const gone = "unverifiable b refused the connection (is it up?)";
  expect(checks(run)).toEqual(["look a ok", `look b ${gone}`, "too a ok", `too b ${gone}`]);
  // Once for them, and once to tidy up: there may be secrets.
  expect(run.hosts.asked.filter((one) => one === "open b")).toHaveLength(2);
  expect(run.clock.ms).toBe(begin);
});

test("results are compared only where all hosts have answered", async () => {
  const batch = { ...LOOK, batch: true, expectations: [expecting("results.all(r, r.exit == 0)")] };
  const plan = planFor([batch, { ...LAST, hosts: ["a"] }]);
  const run = await stopped(plan);
  run.hosts.looks.set("look\n", 0);
  await run.resume(plan);
  expect(checks(run)).toEqual(["look a ok", "look b ok"]);

  const drifted = await stopped(plan);
  drifted.hosts.looks.set("look\n", 1);
  await drifted.resume(plan);
  expect(checks(drifted)).toEqual(
    ["a", "b"].map((host) => `look ${host} drifted not true: results.all(r, r.exit == 0)`),
  );

  const silent = await stopped(plan);
  silent.hosts.looks.set("look\n", 0);
  silent.hosts.down.add("b");
  await silent.resume(plan);
  expect(checks(silent)[0]).toBe("look a unverifiable its results cannot be compared: none from b");
});

test("what a secret step prints now is told nowhere", async () => {
  const secret = { ...LOOK, hosts: ["a"], secret: true, expectations: [expecting('stdout == ""')] };
  const plan = planFor([secret, { ...LAST, hosts: ["a"] }]);
  const run = await stopped(plan);
  run.hosts.looks.set("look\n", 0);
  run.hosts.seen.set("look\n", "a-new-secret\n");
  // And hidden where it turns up later.
  run.hosts.behaviours.set("last\n", { stdout: "it is a-new-secret\n" });
  await run.resume(plan);
  expect(checks(run)).toEqual(['look a drifted not true: stdout == ""']);
  expect(run.everything()).not.toContain("a-new-secret");
});

test("a check is made as that host, with its variables; one that nothing has set makes it unverifiable", async () => {
  const plan = planFor([{ ...LOOK, uses: ["X"] }, LAST], [{ name: "X", hostVars: ["a"] }]);
  const hosts = plan.hosts.map((host) => ({ ...host, vars: { X: "1" } }));
  const run = await stopped({ ...plan, hosts });
  run.hosts.looks.set("look\n", 0);
  const without = hosts.map((host) => (host.name === "b" ? { ...host, vars: {} } : host));
  await run.resume({ ...plan, hosts: without });
  expect(checks(run)).toEqual([
    "look a ok",
    "look b unverifiable `X` is not set for `b`: it is a variable of `a` only",
  ]);
});

test("a crash while checks are made repeats them at the next resume", async () => {
  const plan = planFor([LOOK, LAST]);
  const run = await stopped(plan);
  run.hosts.looks.set("look\n", 0);
  await run.resume(plan);
  run.killedAfter(({ type }) => type === "check-started");
  expect((await run.resume(plan)).ending).toEqual({ type: "finished", status: "passed" });
  expect(run.story("check-started", "check-finished")).toEqual([
    "check-started",
    "check-started",
    "check-finished",
    "check-finished",
  ]);
});

test("an interrupt while checks are made lets the run rest, with nothing begun", async () => {
  const plan = planFor([LOOK, { ...LOOK, id: "too" }, LAST]);
  const run = await stopped(plan);
  const before = run.events.length;
  run.onEvent = ({ type }) => {
    if (type === "check-started") void run.driver?.interrupt();
  };
  const state = await run.resume(plan);
  expect(state.ending).toMatchObject({ type: "paused", reason: "interrupted" });
  const bodies: readonly EventBody[] = run.events.slice(before);
  expect(bodies.filter(({ type }) => type === "check-started")).toHaveLength(1);
  expect(bodies.some(({ type }) => type === "step-started")).toBe(false);
});
