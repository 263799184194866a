import { expect, test } from "vitest";
import type { GuideChanged } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { FakeRun, expecting, planFor, type StepOf } from "./fake-run.ts";

/*
 * The guide expects something else of a step that is done: what it printed is judged again, and nothing is run for that.
 */

const STEP: StepOf = { id: "step", hosts: ["a", "b"] };
const LAST: StepOf = { id: "last" };

function edited(change: Partial<GuideChanged>): GuideChanged {
  const guide = { path: "/guide.md", digest: "1" };
  const renamed = { step: "step", last: "last" };
  return { type: "guide-changed", guide, renamed, added: [], removed: [], changed: [], ...change };
}

const REJUDGED = edited({ rejudged: ["step"] });

const planOf = (step: Partial<StepOf>): Plan => planFor([{ ...STEP, ...step }, LAST]);
const judgedBy = (source: string, more: Partial<StepOf> = {}): Plan =>
  planOf({ ...more, expectations: [expecting(source)] });

/** A run of a step that prints `new`, stopped at the step after it. */
async function stopped(plan: Plan, exit = 0): Promise<FakeRun> {
  const run = new FakeRun();
  run.hosts.behaviours.set("step\n", { stdout: "new\n", exit }).set("last\n", { exit: 1 });
  await run.start(plan);
  run.hosts.behaviours.delete("last\n");
  return run;
}

const executed = (run: FakeRun): readonly string[] => run.hosts.executed.filter((one) => one.startsWith("step"));
const ended = (run: FakeRun, from: number): readonly string[] =>
  run.events
    .slice(from)
    .flatMap((event) =>
      event.type === "task-finished" && event.step === "step"
        ? [[event.host, event.status, event.reason].filter(Boolean).join(" ")]
        : [],
    );

test("what passed and would pass now stays done", async () => {
  const run = await stopped(planOf({}));
  const from = run.events.length;
  expect((await run.resume(judgedBy('stdout == "new"'), {}, REJUDGED)).ending).toMatchObject({ status: "passed" });
  expect(ended(run, from)).toEqual(["a ok", "b ok"]);
  expect(executed(run)).toEqual(["step a", "step b"]);
});

test("what passed and would not now has failed, and runs again only when the run goes on after that", async () => {
  const run = await stopped(planOf({ retry: 3 }));
  const from = run.events.length;
  const plan = judgedBy('stdout == "old"', { retry: 3 });
  expect((await run.resume(plan, {}, REJUDGED)).ending).toMatchObject({ status: "failed" });
  const why = 'not true: stdout == "old", since the guide was edited';
  expect(ended(run, from)).toEqual([`a failed ${why}`, `b failed ${why}`]);
  expect(executed(run)).toHaveLength(2);
});

test("what failed and would pass now is done without running again; what still fails runs", async () => {
  const run = await stopped(judgedBy('stdout == "old"'));
  const from = run.events.length;
  await run.resume(judgedBy('stdout == "new"'), {}, REJUDGED);
  expect(ended(run, from)).toEqual(["a ok", "b ok"]);
  expect(executed(run)).toHaveLength(2);

  const still = await stopped(judgedBy('stdout == "old"'));
  await still.resume(judgedBy('stdout == "older"'), {}, REJUDGED);
  expect(executed(still)).toHaveLength(4);
});

test("a batch that passed and would not now has failed; its attempts are not repeated", async () => {
  const batch = { batch: true, retry: 2 };
  const run = await stopped(planOf(batch));
  const from = run.events.length;
  const plan = judgedBy("results.all(r, size(r.stdout) == 1)", batch);
  expect((await run.resume(plan, {}, REJUDGED)).ending).toMatchObject({ status: "failed" });
  expect(ended(run, from).map((one) => one.slice(0, 8))).toEqual(["a failed", "b failed"]);
  expect(executed(run)).toHaveLength(2);

  const good = await stopped(planOf(batch));
  await good.resume(judgedBy("results.all(r, size(r.stdout) == 3)", batch), {}, REJUDGED);
  expect(executed(good)).toHaveLength(2);

  // Nor are they where what is expected of each alone is false.
  const alone = await stopped(planOf(batch));
  const expectations = [expecting('stdout == "old"'), expecting("results.all(r, size(r.stdout) == 3)")];
  expect((await alone.resume(planOf({ ...batch, expectations }), {}, REJUDGED)).ending).toMatchObject({
    status: "failed",
  });
  expect(executed(alone)).toHaveLength(2);
});

test("of a batch that passed, only a host that was not there before makes attempts", async () => {
  const batch = { batch: true, retry: 2 };
  const run = await stopped(planOf({ ...batch, hosts: ["a"] }));
  run.hosts.behaviours.set("step\n", { stdout: "new\n", exit: 1 });
  const expectations = [expecting("exit == 0"), expecting("results.all(r, size(r.stdout) == 3)")];
  const plan = planOf({ ...batch, expectations, hosts: ["a", "b"] });
  expect((await run.resume(plan, {}, REJUDGED)).ending).toMatchObject({ status: "failed" });
  expect(executed(run)).toEqual(["step a", "step b", "step b", "step b"]);
});

test("a batch goes into another round together, with a host that joined it late", async () => {
  const batch = { batch: true, retry: 3 };
  const run = new FakeRun();
  run.hosts.behaviours.set("step\n", { exit: 1 });
  await run.start(planOf({ ...batch, hosts: ["a"] }));
  run.killedAfter((event) => event.type === "attempt-judged" && event.attempt === 2);
  expect((await run.resume(planOf({ ...batch, hosts: ["a", "b"] }))).ending).toMatchObject({ status: "failed" });
});

test("a variable that the step keeps now is had from what it printed", async () => {
  const run = await stopped(planOf({}));
  await run.resume(planOf({ capture: "WORD" }), {}, REJUDGED);
  const captured = run.events.filter((event) => event.type === "variable-captured");
  expect(captured).toMatchObject([
    { name: "WORD", host: "a", value: "new" },
    { name: "WORD", host: "b", value: "new" },
  ]);
  expect(executed(run)).toHaveLength(2);
});

test("what a secret step printed stays hidden when it is judged again", async () => {
  const run = new FakeRun();
  run.hosts.behaviours.set("step\n", { stdout: "very-secret-value\n" }).set("last\n", { exit: 1 });
  await run.start(planOf({ secret: true }));
  run.hosts.behaviours.delete("last\n");
  await run.resume(judgedBy('stdout == "no"', { secret: true }), {}, REJUDGED);
  expect(run.events.at(-1)).toMatchObject({ type: "run-finished", status: "failed" });
  expect(run.everything()).not.toContain("very-secret");
});

test("what printed something that is gone stays done, and runs again if it had failed", async () => {
  const run = await stopped(planOf({}));
  run.hosts.forget();
  const from = run.events.length;
  await run.resume(judgedBy('stdout == "old"'), {}, REJUDGED);
  const why = "not judged by what the guide expects now: what it printed is gone";
  expect(ended(run, from)).toEqual([`a ok ${why}`, `b ok ${why}`]);

  const failed = await stopped(judgedBy('stdout == "old"'));
  failed.hosts.forget();
  await failed.resume(judgedBy('stdout == "new"'), {}, REJUDGED);
  expect(executed(failed)).toHaveLength(4);
});

test("two edits before the run comes that far count as the last one", async () => {
  const first: StepOf = { id: "last", hosts: ["a"] };
  const plan = (step: Partial<StepOf>): Plan => planFor([first, { ...STEP, ...step }, { id: "end" }]);
  const run = new FakeRun();
  run.hosts.behaviours.set("step\n", { stdout: "new\n" }).set("end\n", { exit: 1 });
  await run.start(plan({}));
  // The first step is to run again, and fails: what follows is not judged yet.
  run.hosts.behaviours.set("last\n", { exit: 1 });
  const rerun = { type: "operator-decided", decision: "rerun", step: "last", hosts: ["a"] } as const;
  const old = [expecting('stdout == "old"')];
  await run.resume(plan({ expectations: old }), {}, REJUDGED, rerun);
  run.hosts.behaviours.delete("last\n");
  run.hosts.behaviours.delete("end\n");
  // Its text is edited as well: it stays done, as an edited step does.
  const from = run.events.length;
  const changed = edited({ changed: ["step"] });
  const state = await run.resume(plan({ expectations: old, effectDigest: "another" }), {}, changed);
  expect(state.ending).toEqual({ type: "finished", status: "passed" });
  const why = "not judged by what the guide expects now: its text is another now";
  expect(ended(run, from)).toEqual([`a ok ${why}`, `b ok ${why}`]);
  expect(executed(run)).toHaveLength(2);
});

test("who wants a step run again that was to be judged when the run stopped earlier gets that too", async () => {
  const first: StepOf = { id: "last" };
  const plan = (source: string): Plan =>
    planFor([first, { ...STEP, expectations: [expecting(source)] }, { id: "end" }]);
  const run = new FakeRun();
  run.hosts.behaviours.set("step\n", { stdout: "new\n" }).set("end\n", { exit: 1 });
  await run.start(plan("exit == 0"));
  run.hosts.behaviours.set("last\n", { exit: 1 });
  const rerun = (step: string) => ({ type: "operator-decided", decision: "rerun", step, hosts: ["a"] }) as const;
  await run.resume(plan('stdout == "new"'), {}, REJUDGED, rerun("last"));
  run.hosts.behaviours.clear();
  run.hosts.behaviours.set("step\n", { stdout: "new\n" });
  expect((await run.resume(plan('stdout == "new"'), {}, rerun("step"))).ending).toMatchObject({ status: "passed" });
  expect(executed(run)).toEqual(["step a", "step b", "step a"]);
});

test("who wants a step run again that is only to be judged gets that", async () => {
  const run = await stopped(planOf({}));
  const rerun = { type: "operator-decided", decision: "rerun", step: "step", hosts: ["a"] } as const;
  await run.resume(judgedBy('stdout == "new"'), {}, REJUDGED, rerun);
  expect(executed(run)).toEqual(["step a", "step b", "step a"]);
});

test("a host that is set aside is judged when it is brought up to date", async () => {
  const run = new FakeRun();
  run.hosts.behaviours.set("step\n", { stdout: "new\n" });
  const plan = (source: string): Plan =>
    planFor([
      { ...STEP, expectations: [expecting(source)] },
      { id: "last", hosts: ["b"], maxFailures: 1 },
      { id: "end", hosts: ["a"] },
    ]);
  run.hosts.behaviours.set("last\n", { exit: 1 });
  await run.start(plan("exit == 0"));
  run.hosts.behaviours.delete("last\n");
  const from = run.events.length;
  const state = await run.resume(plan('stdout == "new"'), {}, REJUDGED);
  expect(ended(run, from)).toEqual(["a ok"]);
  expect(state.setAside.has("b")).toBe(true);
});
