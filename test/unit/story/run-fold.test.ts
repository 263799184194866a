import { describe, expect, it } from "vitest";
import { foldRun } from "../../../src/story/run-fold.ts";
import type { RunView } from "../../../src/story/run-fold.ts";
import { broken, Script } from "../ui/sample-run.ts";

function viewOf(script: Script): RunView {
  const view = foldRun(script.events);
  if (view === undefined) throw new Error("no run");
  return view;
}

const task = (view: RunView, step: string, host: string) => view.steps.get(step)?.tasks.get(host);

describe("the picture of a run", () => {
  it("is none without a beginning", () => {
    expect(foldRun([])).toBeUndefined();
    expect(foldRun(new Script().step("s", ["a"]).events)).toBeUndefined();
  });

  it("has each host's state in each step", () => {
    const view = viewOf(
      new Script()
        .started({ A: "1" }, ["TOKEN"])
        .step("one", ["a", "b", "c"])
        .passes("one", "a")
        .begin("one", "b")
        .finish("one", "c", "skipped", { reason: "already done: /x exists" }),
    );
    expect(view).toMatchObject({
      status: "running",
      guide: "/home/me/guide.md",
      inputs: { A: "1" },
      secretInputs: ["TOKEN"],
    });
    expect(task(view, "one", "a")).toMatchObject({ status: "ok", exit: 0, attempts: 1, durationMs: 400 });
    expect(task(view, "one", "b")).toMatchObject({ status: "running", attempts: 1 });
    expect(task(view, "one", "c")).toMatchObject({ status: "skipped", reason: "already done: /x exists" });
    expect(view.steps.get("one")?.status).toBe("running");
  });

  it("keeps of expectations those that do not hold", () => {
    const expectations = [{ source: "exit == 0", line: 3, passed: true }, broken("size(lines) == 1", 4, "size is 2")];
    const view = viewOf(
      new Script().started().step("one", ["a"]).begin("one", "a").finish("one", "a", "failed", { expectations }),
    );
    expect(task(view, "one", "a")?.broken).toEqual([expectations[1]]);
  });

  it("forgets a failure when the task is tried again", () => {
    const script = new Script().started().step("one", ["a"]).begin("one", "a");
    script.finish("one", "a", "failed", { reason: "exit status 1", exit: 1, expectations: [broken("x", 1, "y")] });
    script.stepEnds("one", "failed").ends("failed").resumed().step("one", ["a"]).passes("one", "a");
    const view = viewOf(script.stepEnds("one").ends("passed"));
    expect(view.status).toBe("passed");
    expect(task(view, "one", "a")).toMatchObject({ status: "ok", exit: 0, broken: [] });
    expect(task(view, "one", "a")).not.toHaveProperty("reason");
  });

  it("forgets why an outcome was unknown once it is known", () => {
    const script = new Script().started().step("one", ["a"]).begin("one", "a");
    script.event({
      type: "task-unknown",
      step: "one",
      host: "a",
      task: "t",
      attempt: 1,
      reason: "no status",
      asked: true,
    });
    expect(task(viewOf(script), "one", "a")).toMatchObject({ status: "unknown", reason: "no status" });
    const known = task(viewOf(script.resumed().finish("one", "a", "ok")), "one", "a");
    expect(known?.status).toBe("ok");
    expect(known).not.toHaveProperty("reason");
  });

  it("says why a run rests, until it goes on", () => {
    const script = new Script().started().event({ type: "run-paused", reason: "unknown", step: "one", detail: "a" });
    expect(viewOf(script)).toMatchObject({ status: "paused", pause: { reason: "unknown", step: "one", detail: "a" } });
    expect(viewOf(script.resumed())).toMatchObject({ status: "running" });
    expect(viewOf(script)).not.toHaveProperty("pause");
  });

  it("has nothing at work that nobody has confirmed before it rests", () => {
    const script = new Script().started().step("one", ["a"]).passes("one", "a").stepEnds("one").step("two", ["a"]);
    script.event({ type: "task-started", step: "two", host: "a", task: "t", effectDigest: "e" });
    expect(task(viewOf(script), "two", "a")?.status).toBe("running");
    const view = viewOf(script.event({ type: "run-paused", reason: "confirm", step: "two", detail: "Sure?" }));
    expect([...view.steps.keys()]).toEqual(["one"]);
  });

  it("has what was begun at work still when it rests", () => {
    const script = new Script().started().step("one", ["a", "b"]).begin("one", "a");
    const view = viewOf(script.event({ type: "run-paused", reason: "interrupted", detail: "" }));
    expect(task(view, "one", "a")?.status).toBe("running");
  });

  it("has the hosts that were set aside, until they are taken up again", () => {
    const script = new Script()
      .started()
      .event({ type: "host-set-aside", host: "a", step: "one", reason: "exit status 1" });
    expect([...viewOf(script).setAside]).toEqual([["a", { step: "one", reason: "exit status 1" }]]);
    expect(viewOf(script.resumed()).setAside.size).toBe(1);
    expect(viewOf(script.resumed(true)).setAside.size).toBe(0);
  });

  it("has the hosts that its operator goes on without among them", () => {
    const script = new Script()
      .started()
      .event({ type: "operator-decided", decision: "set-aside", step: "one", hosts: ["a", "b"] });
    expect([...viewOf(script.resumed()).setAside]).toEqual([
      ["a", { step: "one", reason: "by the operator" }],
      ["b", { step: "one", reason: "by the operator" }],
    ]);
  });

  it("says after which step it is to rest, until it does or goes on", () => {
    const told = (step?: string): Script =>
      new Script()
        .started()
        .event({ type: "operator-decided", decision: "rest-after", ...(step !== undefined && { step }) });
    expect(viewOf(told("one")).restAfter).toEqual({ step: "one" });
    expect(viewOf(told()).restAfter).toEqual({});
    expect(viewOf(told().resumed())).not.toHaveProperty("restAfter");
    expect(viewOf(told().event({ type: "operator-decided", decision: "no-rest" }))).not.toHaveProperty("restAfter");
    expect(viewOf(told().event({ type: "run-paused", reason: "asked", detail: "" }))).not.toHaveProperty("restAfter");
    const over = told().event({ type: "run-finished", status: "passed", setAside: [] });
    expect(viewOf(over)).not.toHaveProperty("restAfter");
  });

  it("says which checkpoint somebody is to go past, until somebody has", () => {
    const reached = (): Script =>
      new Script().started().step("one", ["a"]).event({ type: "checkpoint-reached", step: "one", text: "" });
    expect(viewOf(reached()).checkpoint).toBe("one");
    expect(viewOf(reached().stepEnds("one"))).not.toHaveProperty("checkpoint");
  });

  it("follows steps through an edit of the guide, and still knows where their output is", () => {
    const script = new Script().started().step("one", ["a"]).passes("one", "a").stepEnds("one");
    script
      .step("two", ["a"])
      .passes("two", "a")
      .stepEnds("two")
      .event({
        type: "guide-changed",
        guide: { path: "/elsewhere/guide.md", digest: "d2" },
        renamed: { one: "first" },
        added: [],
        removed: ["two"],
        changed: [],
      });
    const view = viewOf(script);
    expect([...view.steps.keys()]).toEqual(["first"]);
    expect(task(view, "first", "a")).toMatchObject({ status: "ok", loggedAs: "one" });
    expect(view.guide).toBe("/elsewhere/guide.md");
  });

  it("lets two steps change their names with each other", () => {
    const script = new Script().started().step("a/1", ["x"]).passes("a/1", "x").step("a/2", ["x"]).begin("a/2", "x");
    script.event({
      type: "guide-changed",
      guide: { path: "/g.md", digest: "d2" },
      renamed: { "a/1": "a/2", "a/2": "a/1" },
      added: [],
      removed: [],
      changed: [],
    });
    const view = viewOf(script);
    expect(task(view, "a/2", "x")?.status).toBe("ok");
    expect(task(view, "a/1", "x")?.status).toBe("running");
  });

  it("counts the time that was worked, not that it lay still", () => {
    const script = new Script().started().wait(59_900).event({ type: "run-paused", reason: "interrupted", detail: "" });
    script.wait(3_600_000).resumed().wait(29_900);
    expect(viewOf(script.ends("passed")).workedMs).toBe(90_000);
  });

  it("counts no time that a run lay still before it goes on with an edited guide", () => {
    const script = new Script().started().wait(59_900).event({ type: "run-paused", reason: "interrupted", detail: "" });
    const edited = { path: "/g.md", digest: "d2" };
    script
      .wait(3_600_000)
      .event({ type: "guide-changed", guide: edited, renamed: {}, added: [], removed: [], changed: [] });
    const { workedMs } = viewOf(script.resumed().wait(29_900).ends("passed"));
    expect(workedMs).toBeGreaterThanOrEqual(89_000);
    expect(workedMs).toBeLessThanOrEqual(91_000);
  });

  it("counts no time that a run lay still before what was decided to go on with it", () => {
    const script = new Script().started().wait(59_900).event({ type: "run-paused", reason: "unknown", detail: "" });
    script.wait(3_600_000).event({ type: "operator-decided", decision: "skip", step: "one" });
    const { workedMs, stretches } = viewOf(script.resumed().wait(29_900).ends("passed"));
    expect(workedMs).toBe(90_000);
    expect(stretches.map(({ from, to }) => Date.parse(to) - Date.parse(from))).toEqual([60_000, 30_000]);
  });

  it("knows which hosts stand how, whatever has happened to them", () => {
    const script = new Script().started().step("one", ["a", "b", "c", "d"]).passes("one", "a").begin("one", "b");
    script.finish("one", "c", "failed", { reason: "exit status 1", exit: 1 }).begin("one", "d");
    script.finish("one", "d", "failed", { reason: "exit status 1", exit: 1 });
    const standing = (): unknown =>
      Object.fromEntries(
        [...(viewOf(script).steps.get("one")?.hosts ?? [])].map(([status, hosts]) => [status, [...hosts]]),
      );
    expect(standing()).toEqual({ ok: ["a"], running: ["b"], failed: ["c", "d"] });
    script.stepEnds("one", "failed").ends("failed").resumed().step("one", ["a", "b", "c", "d"]).passes("one", "c");
    script.event({ type: "step-undone", step: "one", host: "a" });
    expect(standing()).toEqual({ ok: ["c"], running: ["b"], failed: ["d"] });
  });

  it("keeps how a step was left when a later part of the run leaves it out", () => {
    const script = new Script().started().passes("one", "a").stepEnds("one").begin("two", "a");
    script.finish("two", "a", "failed").stepEnds("two", "failed").ends("failed").resumed();
    for (const id of ["one", "two", "three"]) script.stepEnds(id, "skipped");
    const { steps } = viewOf(script);
    expect([...steps.values()].map(({ id, status }) => [id, status])).toEqual([
      ["one", "ok"],
      ["two", "failed"],
      ["three", "skipped"],
    ]);
  });
});
