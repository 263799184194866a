import { describe, expect, it } from "vitest";
import { fileDiffScript, fileScript } from "../../../src/engine/file-script.ts";
import type { Plan, PlannedFile, Variable } from "../../../src/model/plan.ts";
import { FakeRun, planFor, type StepOf } from "./fake-run.ts";

const TASK = "0".repeat(32);

const fileAt = (more: Partial<PlannedFile> = {}): PlannedFile => {
  return { kind: "file", path: "/etc/x", content: "a\n", backup: false, template: false, ...more };
};

function planOf(file: PlannedFile, step: Partial<StepOf> = {}, variables: readonly Partial<Variable>[] = []): Plan {
  const plan = planFor([{ id: "s", ...step }], variables);
  return { ...plan, steps: plan.steps.map((each) => ({ ...each, action: file })) };
}

/** The first job of a run. */
const job = (file = fileAt(), uses: readonly string[] = []): string => fileScript(file, { uses, run: "r", task: TASK });

const finished = ({ events }: FakeRun): unknown => events.find(({ type }) => type === "task-finished");

describe("a file step", () => {
  it("that finds nothing to change is unchanged", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set(job(), { stdout: "unchanged\n" });
    const { ending } = await run.start(planOf(fileAt()));
    expect(ending).toEqual({ type: "finished", status: "passed" });
    expect(finished(run)).toMatchObject({ status: "unchanged", attempts: 1, exit: 0 });
    expect(run.hosts.asked).toContain("clean a");
  });

  it("is unchanged on some hosts of a batch", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set(job(), { stdout: "unchanged\n" });
    await run.start(planOf(fileAt(), { hosts: ["a", "b"], batch: true }));
    const ends = run.events.flatMap((event) =>
      event.type === "task-finished" ? [`${event.host} ${event.status}`] : [],
    );
    expect(ends.toSorted()).toEqual(["a unchanged", "b ok"]);
  });

  it.each(["changed\n--- /etc/x\n", "created\n", "unchanged for now\n", ""])("that prints %j is ok", async (stdout) => {
    const run = new FakeRun();
    run.hosts.behaviours.set(job(), { stdout });
    await run.start(planOf(fileAt()));
    expect(finished(run)).toMatchObject({ status: "ok" });
  });

  it("that has changed a file leaves the original on its host when the run has passed", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set(job(), { stdout: "changed\n" });
    await run.start(planOf(fileAt()));
    expect(run.hosts.asked).toContain("settle a");
    expect(run.hosts.asked).not.toContain("clean a");
  });

  it("that fails says why, and is no less failed for having nothing to change", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set(job(), { stdout: "unchanged\n", exit: 1 });
    await run.start(planOf(fileAt()));
    expect(finished(run)).toMatchObject({ status: "failed", reason: "exit status 1" });
  });

  it.each(["attempt-started", "attempt-finished", "attempt-judged"])(
    "is done once by a run that is killed after %s, and is what it was",
    async (type) => {
      const run = new FakeRun();
      run.hosts.behaviours.set(job(), { stdout: "unchanged\n" });
      const plan = planOf(fileAt());
      await run.start(plan);
      run.killedAfter((event) => event.type === type);
      expect((await run.resume(plan)).ending).toEqual({ type: "finished", status: "passed" });
      expect(finished(run)).toMatchObject({ status: "unchanged" });
      expect(run.hosts.executed).toHaveLength(1);
    },
  );

  it.each([
    ["unchanged\n", { type: "finished", status: "passed" }],
    ["changed\n", { type: "paused", reason: "unknown" }],
  ])("nobody can say the outcome of is looked at: %j", async (seen, ending) => {
    const run = new FakeRun();
    run.hosts.behaviours.set(job(), { end: { type: "unknown", reason: "its host was restarted" } });
    run.hosts.looks.set(fileDiffScript(fileAt(), []), 0);
    run.hosts.seen.set(fileDiffScript(fileAt(), []), seen);
    const state = await run.start(planOf(fileAt()));
    expect(state.ending).toMatchObject(ending);
    if (seen !== "unchanged\n") return;
    const reason = "its host was restarted; settled by /etc/x is as it should be";
    expect(finished(run)).toMatchObject({ status: "ok", reason });
  });

  it("has the same script whatever its variables are, and their values beside it", async () => {
    const file = fileAt({ path: "/etc/$NAME", content: "$NAME $TOKEN\n", template: true });
    const run = new FakeRun();
    const variables = [{ name: "NAME" }, { name: "TOKEN", secret: true }];
    const plan = planOf(file, { uses: ["NAME", "TOKEN"] }, variables);
    await run.start(plan, { NAME: "it's", TOKEN: "correct-horse" });
    expect(run.hosts.executed).toEqual([`${job(file, ["NAME", "TOKEN"]).trim()} a`]);
    // Nothing that the file held before may be shown: that could be an older secret.
    expect(run.hosts.environments).toEqual([
      { WAYMARK_HOST: "a", WAYMARK_PATH: "/etc/it's", NAME: "it's", TOKEN: "correct-horse" },
    ]);
    expect(run.everything()).not.toContain("correct-horse");
  });

  it("shows a diff where nothing of it is secret", async () => {
    const run = new FakeRun();
    await run.start(planOf(fileAt()));
    expect(run.hosts.environments).toEqual([{ WAYMARK_HOST: "a", WAYMARK_PATH: "/etc/x", WAYMARK_DIFF: "1" }]);
    await run.start(planOf(fileAt(), { secret: true }));
    expect(run.hosts.environments[1]).toEqual({ WAYMARK_HOST: "a", WAYMARK_PATH: "/etc/x" });
  });

  it("that is secret hides its output, but takes no word out of everybody's mouth", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set(job(), { stdout: "unchanged\n" });
    run.hosts.behaviours.set("t\n", { stdout: "the rest is unchanged\n" });
    const plan = planFor([{ id: "s", secret: true }, { id: "t" }]);
    await run.start({
      ...plan,
      steps: plan.steps.map((each) => (each.id === "s" ? { ...each, action: fileAt() } : each)),
    });
    expect(run.logs.get("s a")).toBe("«output withheld»\n");
    expect(run.logs.get("t a")).toBe("the rest is unchanged\n");
    expect(finished(run)).toMatchObject({ status: "unchanged" });
  });

  it("whose variable nobody has set fails before anything runs", async () => {
    const run = new FakeRun();
    await run.start(planOf(fileAt({ path: "/etc/$NAME" }), { uses: ["NAME"] }, [{ name: "NAME" }]));
    expect(finished(run)).toMatchObject({ status: "failed" });
    expect(run.hosts.executed).toEqual([]);
  });
});
