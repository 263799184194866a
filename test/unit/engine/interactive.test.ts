import { describe, expect, it } from "vitest";
import { exitCode } from "../../../src/cli/exit-code.ts";
import { FakeRun, planFor } from "./fake-run.ts";

const PASSED = { type: "finished", status: "passed" };
const INTERRUPTED = { type: "paused", reason: "interrupted", detail: "interrupted by the operator" };

/** An operator at a terminal. @returns to whom it was lent, in order, and how many had it at once at most */
function atTerminal(run: FakeRun, onLend: () => unknown = () => undefined): { lent: string[]; most: number } {
  const seen = { lent: [] as string[], most: 0 };
  let now = 0;
  run.operator = {
    confirm: async () => true,
    input: async () => undefined,
    lend:
      ({ host }) =>
      async (use) => {
        seen.lent.push(host);
        seen.most = Math.max(seen.most, ++now);
        const using = use({
          type: "xterm",
          size: () => ({ columns: 80, rows: 24 }),
          write: () => undefined,
          onInput: () => undefined,
          onResize: () => undefined,
        });
        await Promise.resolve(onLend());
        await using;
        now--;
      },
  };
  return seen;
}

describe("an interactive step", () => {
  const plan = planFor([{ id: "menu", interactive: true, hosts: ["a", "b", "c"] }, { id: "next" }]);

  it("has the terminal on one host after the other, in order, and nothing of it is kept", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("menu\n", { stdout: "a menu" });
    const seen = atTerminal(run);
    expect((await run.start(plan)).ending).toEqual(PASSED);
    expect(seen).toEqual({ lent: ["a", "b", "c"], most: 1 });
    expect(run.hosts.executed).toEqual(["menu a", "menu b", "menu c", "next a"]);
    expect([...run.logs.keys()].filter((key) => key.includes("menu"))).toEqual([]);
    expect(run.everything()).not.toContain("a menu");
  });

  it("has it one after the other also once all have been agreed to", async () => {
    const run = new FakeRun();
    const seen = atTerminal(run);
    const agreed = planFor([{ id: "menu", interactive: true, hosts: ["a", "b", "c"], confirm: "Sure?" }]);
    expect((await run.start(agreed)).ending).toEqual(PASSED);
    expect(seen).toEqual({ lent: ["a", "b", "c"], most: 1 });
  });

  it("rests where there is no terminal, before anything of it has begun, and is run or called done later", async () => {
    const run = new FakeRun();
    const state = await run.start(plan);
    expect(state.ending).toEqual({ type: "paused", reason: "interactive", detail: "a" });
    expect(exitCode(state, undefined)).toBe(3);
    expect(run.hosts.executed).toEqual([]);
    expect(run.story("task-started")).toEqual([]);
    const done = { type: "operator-decided", decision: "done", step: "menu", hosts: ["a", "b"] } as const;
    const seen = atTerminal(run);
    expect((await run.resume(plan, {}, done)).ending).toEqual(PASSED);
    expect(seen.lent).toEqual(["c"]);
  });

  it("is not wanted where it is skipped anyway", async () => {
    const run = new FakeRun();
    run.hosts.looks.set("done\n", 0);
    const skipped = planFor([{ id: "menu", interactive: true, unless: "done\n" }]);
    expect((await run.start(skipped)).ending).toEqual(PASSED);
  });

  it("is judged by its exit", async () => {
    const run = new FakeRun();
    atTerminal(run);
    run.hosts.behaviours.set("menu\n", { exit: 3 });
    expect((await run.start(plan)).ending).toMatchObject({ status: "failed" });
    expect(run.events.find((event) => event.type === "task-finished")).toMatchObject({ reason: "exit status 3" });
  });

  it("that Waymark died at is never begun twice", async () => {
    const one = planFor([{ id: "menu", interactive: true }]);
    for (const last of ["attempt-started", "task-started", "attempt-finished"]) {
      const run = new FakeRun();
      const seen = atTerminal(run);
      await run.start(one);
      run.killedAfter(({ type }) => type === last);
      expect((await run.resume(one)).ending).toEqual(PASSED);
      expect(run.hosts.executed, last).toEqual(["menu a"]);
      expect(seen.lent, last).toEqual(["a"]);
    }
  });

  it("that Waymark died before begins when the run goes on, and only on a terminal", async () => {
    const one = planFor([{ id: "menu", interactive: true }]);
    const run = new FakeRun();
    atTerminal(run);
    await run.start(one);
    run.killedAfter(({ type }) => type === "attempt-started");
    run.hosts.forget();
    run.operator = { confirm: async () => undefined, input: async () => undefined };
    expect((await run.resume(one)).ending).toMatchObject({ reason: "interactive" });
    const seen = atTerminal(run);
    expect((await run.resume(one)).ending).toEqual(PASSED);
    expect(seen.lent).toEqual(["a"]);
  });

  it.each([
    ["", planFor([{ id: "menu", interactive: true }])],
    ["that reboots its host ", planFor([{ id: "menu", interactive: true, reboot: "during", newLogin: true }])],
  ])("%sis not begun again on a host that keeps nothing over a reboot", async (_, one) => {
    const run = new FakeRun();
    const seen = atTerminal(run);
    run.hosts.behaviours.set("menu\n", { reboots: "under", onRun: () => run.hosts.wipe("a") });
    expect((await run.start(one)).ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.hosts.executed).toEqual(["menu a"]);
    run.killedAfter(({ type }) => type === "attempt-started");
    run.hosts.wipe("a");
    expect((await run.resume(one)).ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.hosts.executed).toEqual(["menu a"]);
    expect(seen.lent).toEqual(["a"]);
  });

  it("loses its terminal when the run is to stop, and runs again, agreed to anew, when it goes on", async () => {
    const run = new FakeRun();
    const asked: string[] = [];
    const agreed = planFor([{ id: "menu", interactive: true, confirm: "Sure?" }]);
    run.hosts.behaviours.set("menu\n", { endless: true });
    atTerminal(run, () => run.driver?.interrupt());
    const state = await run.start(agreed);
    expect(state.ending).toEqual(INTERRUPTED);
    expect(exitCode(state, "SIGTERM")).toBe(143);
    expect(run.events.find((event) => event.type === "task-finished")).toMatchObject({
      status: "failed",
      reason: "ended without its terminal",
    });
    run.hosts.behaviours.set("menu\n", {});
    atTerminal(run);
    const confirm = run.operator.confirm.bind(run.operator);
    run.operator = {
      ...run.operator,
      confirm: async (question, signal) => {
        asked.push(question.text);
        return confirm(question, signal);
      },
    };
    expect((await run.resume(agreed)).ending).toEqual(PASSED);
    expect(asked).toEqual(["Sure?"]);
    expect(run.hosts.executed).toEqual(["menu a", "menu a"]);
  });

  it("that goes on without its terminal is asked for when the run goes on, and not begun again", async () => {
    const run = new FakeRun();
    const one = planFor([{ id: "menu", interactive: true }]);
    run.hosts.behaviours.set("menu\n", { endless: true, onHangUp: "goes on" });
    atTerminal(run, () => run.driver?.interrupt());
    expect((await run.start(one)).ending).toEqual(INTERRUPTED);
    const seen = atTerminal(run);
    run.hosts.finish("menu\n", 0);
    expect((await run.resume(one)).ending).toEqual(PASSED);
    expect(run.hosts.executed).toEqual(["menu a"]);
    expect(seen.lent).toEqual([]);
  });

  it("fails on a host that hangs up whenever it is asked for a terminal", async () => {
    const run = new FakeRun();
    atTerminal(run);
    run.hosts.behaviours.set("menu\n", { hasNoTerminal: true });
    const state = await run.start(planFor([{ id: "menu", interactive: true }]));
    expect(state.ending).toMatchObject({ status: "failed" });
    expect(run.events.find((event) => event.type === "task-finished")).toMatchObject({
      reason: "a hangs up when it is asked for a terminal",
    });
    expect(run.hosts.executed).toEqual([]);
  });
});
