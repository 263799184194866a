import { describe, expect, it } from "vitest";
import { recall } from "../../../src/engine/advance.ts";
import type { EventBody } from "../../../src/model/event.ts";
import { undoPlan } from "../../../src/engine/undo-plan.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState } from "../../../src/engine/state.ts";
import { FakeRun, type StepOf, planFor } from "./fake-run.ts";

const HOSTS = ["a", "b"];
const FILE = { kind: "file", path: "/etc/x", content: "x\n", backup: false, template: false } as const;

function planWith(
  steps: readonly StepOf[],
  actions: Readonly<Record<string, Plan["steps"][number]["action"]>> = {},
): Plan {
  const plan = planFor(steps);
  return {
    ...plan,
    steps: plan.steps.map((step) => ({ ...step, action: actions[step.id] ?? step.action })),
    order: plan.order.filter(({ step }) => plan.steps[step]?.role === "run"),
  };
}

function undo(run: FakeRun, plan: Plan, ...decided: EventBody[]): Promise<RunState> {
  run.hosts.executed.length = 0;
  const { state } = recall(run.events);
  return run.resume(undoPlan(plan, state, run.events), {}, ...decided);
}

const undos = (run: FakeRun): readonly string[] =>
  run.events.flatMap((event) => (event.type === "step-undone" ? [`${event.step} ${event.host}`] : []));

describe("undoing a run", () => {
  const plan = planWith([
    { id: "one", hosts: HOSTS },
    { id: "two", hosts: HOSTS },
    { id: "three", hosts: HOSTS },
    { id: "no-one", role: "undo", of: "one", hosts: HOSTS },
    { id: "no-three", role: "undo", of: "three", hosts: HOSTS },
  ]);

  it("reverts in reverse what has an undo, and gives the run up", async () => {
    const run = new FakeRun();
    await run.start(plan);
    expect(run.hosts.executed).toEqual(["one a", "one b", "two a", "two b", "three a", "three b"]);
    const state = await undo(run, plan);
    expect(state.ending).toEqual({ type: "finished", status: "abandoned" });
    expect(run.hosts.executed).toEqual(["no-three a", "no-three b", "no-one a", "no-one b"]);
    expect(undos(run)).toEqual(["three a", "three b", "one a", "one b"]);
    expect(state.tasks.has("three") && state.tasks.get("three")?.size).toBe(0);
  });

  it("reverts only where it had finished", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("three\n", { exit: 1 });
    await run.start(plan);
    await undo(run, plan);
    expect(run.hosts.executed).toEqual(["no-one a", "no-one b"]);
  });

  it("that fails half-way goes on where it was, and repeats nothing", async () => {
    const run = new FakeRun();
    await run.start(plan);
    run.hosts.behaviours.set("no-one\n", { exit: 1 });
    expect((await undo(run, plan)).ending).toEqual({ type: "finished", status: "failed" });
    run.hosts.behaviours.clear();
    expect((await undo(run, plan)).ending).toEqual({ type: "finished", status: "abandoned" });
    expect(run.hosts.executed).toEqual(["no-one a", "no-one b"]);
  });

  it.each([
    ["done", []],
    ["rerun", ["no-one a"]],
  ] as const)("of unknown outcome goes on by what is said of it: %s", async (decision, again) => {
    const run = new FakeRun();
    await run.start(plan);
    const lost = { end: { type: "unknown", reason: "lost" } } as const;
    run.hosts.always = ({ code, key }) => (code === "no-one\n" && key.host === "a" ? lost : {});
    expect((await undo(run, plan)).ending).toMatchObject({ type: "paused", reason: "unknown" });
    run.hosts.always = () => ({});
    const decided = { type: "operator-decided", decision, step: "no-one", hosts: ["a"] } as const;
    expect((await undo(run, plan, decided)).ending).toEqual({ type: "finished", status: "abandoned" });
    expect(run.hosts.executed).toEqual(again);
    expect(undos(run)).toEqual(["three a", "three b", "one b", "one a"]);
  });

  it("killed at any moment reverts nothing twice", async () => {
    const whole = new FakeRun();
    await whole.start(plan);
    const begun = whole.events.length;
    await undo(whole, plan);
    for (let at = begun + 1; at < whole.events.length; at++) {
      const run = new FakeRun();
      await run.start(plan);
      await undo(run, plan);
      const before = [...run.hosts.executed];
      run.killedAfter(({ seq }) => seq === at);
      const state = await undo(run, plan);
      expect(state.ending, `killed after event ${at}`).toEqual({ type: "finished", status: "abandoned" });
      const all = [...before, ...run.hosts.executed];
      // The fake hosts keep their capsules, so what ran before the kill is attached to.
      expect(all.length, `killed after event ${at}: ${all.join(", ")}`).toBeLessThanOrEqual(8);
      const done = undos(run);
      expect(new Set(done).size).toBe(done.length);
    }
  });

  it("does not give up a run where it has left a host out", async () => {
    const lenient = planWith([
      { id: "one", hosts: HOSTS },
      { id: "two", hosts: HOSTS },
      { id: "no-one", role: "undo", of: "one", hosts: HOSTS },
      { id: "no-two", role: "undo", of: "two", hosts: HOSTS, maxFailures: 1 },
    ]);
    const run = new FakeRun();
    await run.start(lenient);
    run.hosts.always = ({ code, key }) => ({ exit: code === "no-two\n" && key.host === "a" ? 1 : 0 });
    expect((await undo(run, lenient)).ending).toEqual({ type: "finished", status: "failed" });
    expect(run.hosts.executed).toEqual(["no-two a", "no-two b", "no-one b"]);
  });

  it("runs elsewhere, once, where the undo is for other hosts", async () => {
    const run = new FakeRun();
    const elsewhere = planWith([
      { id: "join", hosts: HOSTS },
      { id: "forget", role: "undo", of: "join", hosts: ["m"] },
    ]);
    await run.start(elsewhere);
    await undo(run, elsewhere);
    expect(run.hosts.executed).toEqual(["forget m"]);
    expect(undos(run)).toEqual(["join a", "join b"]);
  });

  it("puts files back that were changed, and leaves those alone that were not", async () => {
    const run = new FakeRun();
    const files = planWith(
      [
        { id: "f", hosts: HOSTS },
        { id: "g", hosts: HOSTS },
      ],
      { f: FILE, g: FILE },
    );
    run.hosts.always = ({ code, key }) =>
      code.includes("echo restored") ? {} : { stdout: key.host === "a" ? "changed\n" : "unchanged\n" };
    await run.start(files);
    const { state } = recall(run.events);
    const back = undoPlan(files, state, run.events);
    expect(back.order.map(({ step, hosts }) => [back.steps[step]?.id, hosts])).toEqual([
      ["undo g", ["a"]],
      ["undo f", ["a"]],
    ]);
    const tasks = run.events.flatMap((event) =>
      event.type === "task-started" && event.host === "a" ? event.task : [],
    );
    expect(back.steps.at(-1)?.action).toEqual({ kind: "restore", tasks: { a: [tasks[0]] } });
    expect((await undo(run, files)).ending).toEqual({ type: "finished", status: "abandoned" });
    expect(undos(run)).toEqual(["g a", "f a"]);
  });

  it("puts a file back on every host that batches have gone through", async () => {
    const run = new FakeRun();
    const plan: Plan = {
      ...planWith([{ id: "f", hosts: HOSTS }], { f: FILE }),
      order: HOSTS.map((host) => ({ step: 0, hosts: [host] })),
    };
    run.hosts.always = ({ code }) => (code.includes("echo restored") ? {} : { stdout: "changed\n" });
    await run.start(plan);
    const written = run.events.flatMap((event) => (event.type === "task-started" ? [event] : []));
    await undo(run, plan);
    expect(undos(run)).toEqual(["f b", "f a"]);
    for (const { host, task } of written) {
      const restored = run.hosts.jobs.filter(({ code, key }) => code.includes("echo restored") && key.host === host);
      expect(
        restored.map((job) => JSON.stringify(job).includes(task)),
        host,
      ).toEqual([true]);
    }
  });
});
