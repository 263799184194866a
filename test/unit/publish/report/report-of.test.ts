import { describe, expect, it } from "vitest";
import { broken, Script, step } from "../../ui/sample-run.ts";
import { reportOn, taskOf, textOf } from "./reports.ts";

const ended = (script: Script, id: string, host: string, attempt: number, exit: number): Script =>
  script.event({
    type: "attempt-finished",
    step: id,
    host,
    task: `${id} ${host}`,
    attempt,
    end: "exited",
    exit,
    durationMs: 100,
    stdoutBytes: 0,
    stderrBytes: 0,
  });

const judged = (script: Script, id: string, host: string, attempt: number, passed: boolean): Script => {
  const expectations = passed ? [] : [broken("size(lines) == 1", 12, "size(lines) is 2")];
  return script.event({ type: "attempt-judged", step: id, host, attempt, passed, expectations });
};

const edited = (more: object): Parameters<Script["event"]>[0] => ({
  type: "guide-changed",
  guide: { path: "/home/me/guide.md", digest: "d2" },
  renamed: {},
  added: [],
  removed: [],
  changed: [],
  ...more,
});

describe("a task in a report", () => {
  it("has every attempt, and what it waited for in between", () => {
    const script = new Script().started().step("join", ["a"]).begin("join", "a");
    judged(ended(script, "join", "a", 1, 1), "join", "a", 1, false).wait(10_000);
    script.event({ type: "attempt-started", step: "join", host: "a", task: "join a", attempt: 2 });
    judged(ended(script, "join", "a", 2, 0), "join", "a", 2, true).finish("join", "a", "ok", { exit: 0, attempts: 2 });
    const task = taskOf(reportOn(script), "join", "a");
    expect(task.attempts.map(({ number, exit, verdicts }) => [number, exit, verdicts.at(-1)?.passed])).toEqual([
      [1, 1, false],
      [2, 0, true],
    ]);
    expect(task.attempts[0]?.verdicts[0]?.broken[0]?.explanation).toBe("size(lines) is 2");
    const [wait] = task.waits;
    expect(wait?.for).toBe("retry");
    expect(Date.parse(wait?.to ?? "") - Date.parse(wait?.from ?? "")).toBe(10_200);
  });

  it("keeps its attempts when it is begun anew after the run had failed, with the revision of each", () => {
    const script = new Script().started().step("join", ["a"]).begin("join", "a");
    judged(ended(script, "join", "a", 1, 1), "join", "a", 1, false);
    script.finish("join", "a", "failed", { exit: 1, reason: "exit status 1" }).ends("failed").wait(3_600_000);
    script
      .event(edited({ renamed: { join: "join" }, changed: ["join"] }))
      .resumed()
      .begin("join", "a");
    judged(ended(script, "join", "a", 1, 0), "join", "a", 1, true)
      .finish("join", "a", "ok", { exit: 0 })
      .ends("passed");
    const report = reportOn(script);
    const task = taskOf(report, "join", "a");
    expect(task.attempts.map(({ revision, exit }) => [revision, exit])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(task).toMatchObject({ status: "ok", statement: "", waits: [] });
    expect(report.workedMs).toBeLessThan(10_000);
  });

  it("has what each attempt printed, and one more where nobody knew how the one before ended", () => {
    const script = new Script().started().step("join", ["a"]).begin("join", "a");
    script.event({
      type: "task-unknown",
      step: "join",
      host: "a",
      task: "join a",
      attempt: 1,
      reason: "?",
      asked: true,
    });
    script.event({ type: "run-paused", reason: "unknown", step: "join", detail: "a" }).resumed();
    script.event({ type: "task-started", step: "join", host: "a", task: "t2", effectDigest: "e" });
    script.event({ type: "attempt-started", step: "join", host: "a", task: "t2", attempt: 1 });
    ended(script, "join", "a", 1, 0).finish("join", "a", "ok", { exit: 0 }).ends("passed");
    const outputs = { "join a": "now\n", "join a join a 1": "before\u001b[1m\n" };
    const { attempts, output } = taskOf(reportOn(script, { outputs }), "join", "a");
    expect(attempts.map((attempt) => attempt.output?.head)).toEqual(["before\n", undefined]);
    expect(output?.head).toBe("now\n");
    expect(Object.keys(attempts[0] ?? {})).not.toContain("task");
  });

  it("that is judged again by an edited guide has both verdicts", () => {
    const script = new Script().started().step("check", ["a"]).begin("check", "a");
    judged(ended(script, "check", "a", 1, 0), "check", "a", 1, false);
    script.finish("check", "a", "failed", { reason: "not as shown" }).ends("failed");
    script.event(edited({ renamed: { check: "check" }, rejudged: ["check"] })).resumed();
    judged(script, "check", "a", 1, true).finish("check", "a", "ok", { exit: 0 });
    const [attempt, ...others] = taskOf(reportOn(script), "check", "a").attempts;
    expect(others).toEqual([]);
    expect(attempt?.verdicts.map(({ revision, passed }) => [revision, passed])).toEqual([
      [0, false],
      [1, true],
    ]);
  });

  it("waits for its reboot and for the other hosts of its batch", () => {
    const script = new Script().started().step("up", ["a", "b"]).begin("up", "a").begin("up", "b");
    judged(ended(script, "up", "a", 1, 0), "up", "a", 1, true).wait(5000);
    judged(ended(script, "up", "b", 1, 0), "up", "b", 1, true);
    const expectations = [{ source: "results.all(r, r.exit == 0)", line: 3, passed: true }];
    script.event({ type: "batch-judged", step: "up", attempt: 1, hosts: ["a", "b"], passed: true, expectations });
    script.event({ type: "reboot-started", step: "up", host: "a", task: "up a", attempt: 1 }).wait(30_000);
    script.event({ type: "host-rebooted", step: "up", host: "a", boot: "x" }).finish("up", "a", "ok", { exit: 0 });
    const lengths = taskOf(reportOn(script), "up", "a").waits.map(
      ({ for: what, from, to }) => `${what} ${(Date.parse(to) - Date.parse(from)) / 1000}`,
    );
    expect(lengths).toEqual(["others 5.3", "reboot 30.1"]);
  });

  it("of a file step has what became of the file, line by line", () => {
    const script = new Script().started().passes("conf", "a").passes("conf", "b").passes("conf", "c");
    const file = { kind: "file", path: "/etc/x", content: "new\n", backup: false, template: false } as const;
    const report = reportOn(script, {
      steps: [step(0, "conf", "Write it", { action: file })],
      outputs: {
        "conf a":
          "changed\nmode rw------- -> rw-r--r--\n--- /etc/x\n+++ /etc/x\n@@ -1,2 +1,2 @@\n-old\n--- no name\n+new\n+++ no name\n",
        "conf b": "created\n",
        "conf c": "/etc/x: a directory\n",
      },
    });
    expect(taskOf(report, "conf", "a").file).toEqual({
      became: "changed",
      difference: ["mode rw------- -> rw-r--r--", "@@ -1,2 +1,2 @@", "-old", "--- no name", "+new", "+++ no name"],
    });
    expect(taskOf(report, "conf", "b").file).toEqual({ became: "created", difference: [] });
    expect(taskOf(report, "conf", "c")).toMatchObject({ output: { head: "/etc/x: a directory\n" } });
    expect(report.steps[0]?.file).toBe("/etc/x");
  });

  it("shows what was printed without what a terminal would obey", () => {
    const script = new Script().started().passes("one", "a");
    const outputs = { "one a": { head: "\x1b[31mred\x1b[0m\n", cut: { bytes: 9, tail: "a\rb\x07\n" } } };
    expect(taskOf(reportOn(script, { outputs }), "one", "a").output).toEqual({
      head: "red\n",
      cut: { bytes: 9, tail: "b^G\n" },
    });
  });
});

describe("the steps of a report", () => {
  it("are those of the newest text, begun or not, then those that it has no longer", () => {
    const texts = new Map([
      ["d", textOf("one\ntwo\n", [step(0, "a/1", "First"), step(1, "gone", "Gone"), step(2, "last", "Last")])],
      ["d2", textOf("one\n2\n", [step(0, "first", "First"), step(1, "last", "Last")], ["h"])],
    ]);
    const script = new Script().started().passes("a/1", "h").passes("gone", "h").ends("failed");
    script.event(edited({ renamed: { "a/1": "first", last: "last" }, removed: ["gone"] })).resumed();
    const report = reportOn(script, { texts, outputs: { "a/1 h": "printed as a/1\n", "gone h": "printed\n" } });
    expect(report.steps.map(({ id, number, removed, tasks }) => [id, number, removed, tasks.length])).toEqual([
      ["first", 1, undefined, 1],
      ["last", 2, undefined, 0],
      ["gone", undefined, true, 1],
    ]);
    expect(report.steps[2]?.title).toBe("Gone");
    expect(taskOf(report, "first", "h").output?.head).toBe("printed as a/1\n");
    expect(report.revisions[1]?.edits).toMatchObject({
      removed: ["gone"],
      lines: [
        { sign: " ", text: "one" },
        { sign: "-", text: "two" },
        { sign: "+", text: "2" },
      ],
    });
  });

  it("name the hosts that they were not begun on, and leave out fixes that nothing needed", () => {
    const planned = [
      step(0, "one", "One", { hosts: ["a", "b"] }),
      step(1, "mend", "Mend", { role: "fix", of: "one", hosts: ["a", "b"] }),
    ];
    const report = reportOn(new Script().started().passes("one", "a"), { steps: planned });
    expect(report.steps.map(({ id, open }) => [id, open])).toEqual([["one", ["b"]]]);
  });

  it("are told where the guide's text is kept no longer", () => {
    const report = reportOn(new Script().started().passes("one", "a"), { texts: new Map() });
    expect(report.steps.map(({ id, title }) => [id, title])).toEqual([["one", "one"]]);
    expect(report.revisions[0]).not.toHaveProperty("text");
  });

  it("have their checks that were looked at again, the last time only", () => {
    const script = new Script().started().passes("swap", "a").ends("failed").resumed();
    const check = { type: "check-finished", step: "swap", host: "a", durationMs: 1, expectations: [] } as const;
    script.event({ ...check, status: "ok" }).event({ ...check, status: "drifted", reason: "swap is back" });
    expect(reportOn(script).steps[0]?.checks).toMatchObject([{ host: "a", status: "drifted", reason: "swap is back" }]);
  });
});

describe("the variables of a report", () => {
  it("have no values where they are secret, also where they were none before", () => {
    const script = new Script().started({ NAME: "n", LATER: "was-open" }, ["TOKEN"]);
    script.event({ type: "operator-decided", decision: "input", name: "LATER" });
    const captured = { step: "one", host: "a", task: "t", attempt: 1 };
    // The journal of a release that knew no better.
    script.event({ type: "variable-captured", ...captured, name: "KEY", value: "was-open", secret: true });
    script.event({ type: "variable-captured", ...captured, name: "WHEN", value: "then", secret: false });
    script.event({ type: "variable-captured", ...captured, name: "WHEN", value: "now", secret: false });
    const report = reportOn(script);
    expect(report.inputs).toEqual([{ name: "NAME", value: "n" }, { name: "LATER" }, { name: "TOKEN" }]);
    expect(report.captures).toEqual([
      { name: "KEY", step: "one", host: "a" },
      { name: "WHEN", step: "one", host: "a", value: "now" },
    ]);
    expect(JSON.stringify(report)).not.toContain("was-open");
  });
});

describe("what happened besides tasks", () => {
  it("is told once for hosts that it happened to one after the other", () => {
    const script = new Script().started();
    for (const host of ["a", "b"]) script.event({ type: "host-lost", host, reason: "timed out" });
    script.event({ type: "run-paused", reason: "checkpoint", step: "one", detail: "look at it" });
    expect(reportOn(script).moments.slice(1)).toMatchObject([
      { kind: "host-lost", text: "lost: timed out", hosts: ["a", "b"] },
      { kind: "run-paused", text: "paused: look at it", step: "one", hosts: [] },
    ]);
  });

  it("tells of a crash where it was, before the guide was edited, and of none where the run had ended or was paused", () => {
    const script = new Script().started().passes("one", "a").wait(60_000);
    script
      .event(edited({ changed: ["one"] }))
      .resumed()
      .ends("failed")
      .resumed();
    script.event({ type: "run-paused", reason: "unknown", step: "one", detail: "a" }).resumed().ends("passed");
    const { moments } = reportOn(script);
    expect(moments.map(({ kind }) => kind)).toEqual([
      "run-started",
      "crashed",
      "guide-changed",
      "run-resumed",
      "run-finished",
      "run-resumed",
      "run-paused",
      "run-resumed",
      "run-finished",
    ]);
    expect(Date.parse(moments[2]?.at ?? "") - Date.parse(moments[1]?.at ?? "")).toBeGreaterThanOrEqual(60_000);
  });
});
