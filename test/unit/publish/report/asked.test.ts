import { describe, expect, it } from "vitest";
import { reportShape } from "../../../../scripts/report-shape.ts";
import { plainTokens } from "../../../../src/highlight/token.ts";
import { reportPage } from "../../../../src/publish/report/html/report-page.ts";
import type { Report } from "../../../../src/publish/report/report.ts";
import { reportJunit } from "../../../../src/publish/report/report-junit.ts";
import { reportMarkdown } from "../../../../src/publish/report/report-markdown.ts";
import { headline, openHosts } from "../../../../src/publish/report/report-words.ts";
import { timelineOf } from "../../../../src/publish/report/timeline.ts";
import { totalsOf, workClock } from "../../../../src/publish/report/totals.ts";
import { Script, step } from "../../ui/sample-run.ts";
import { reportOn } from "./reports.ts";

/** Ten minutes at a confirmation, two at a list, and an hour's rest; about a second of work. */
function asked(): Report {
  const script = new Script().started().step("format", ["a", "local"]);
  for (const host of ["a", "local"]) {
    script.event({ type: "task-started", step: "format", host, task: `format ${host}`, effectDigest: "e" });
  }
  script.wait(600_000).event({ type: "operator-decided", decision: "confirm", step: "format", hosts: ["a", "local"] });
  for (const host of ["a", "local"]) script.passes("format", host);
  script.stepEnds("format").step("cables", ["a"]);
  script.event({ type: "task-started", step: "cables", host: "a", task: "cables a", effectDigest: "e" });
  for (const item of ["one", "two"]) {
    script.wait(60_000).event({ type: "operator-decided", decision: "tick", step: "cables", item });
  }
  script.finish("cables", "a", "ok", { attempts: 0 }).stepEnds("cables");
  script.event({ type: "run-paused", reason: "interrupted", detail: "" }).wait(3_600_000).resumed();
  script.passes("last", "a").stepEnds("last").stepEnds("rest", "skipped").ends("passed");
  const steps = [
    step(0, "format", "Format it", { hosts: ["a", "b", "local"] }),
    step(1, "cables", "Label it", { hosts: ["a"] }),
    step(2, "last", "Look", { hosts: ["a"] }),
    step(3, "rest", "The rest", { hosts: ["a"] }),
    step(4, "never", "Never", { hosts: ["a"], skip: "not chosen" }),
  ];
  return reportOn(script.stepEnds("never", "skipped"), { steps });
}

const report = asked();

describe("time in which a person was asked", () => {
  it("is told apart from work, by step and as a whole", () => {
    expect(headline(report)).toMatch(
      /^3 of 3 steps, 1 skipped, 1 left out · tasks: 4 ok · 1 host and local · \d\.\d s, and 12 min 0. s for answers$/,
    );
    expect(reportMarkdown(report)).toContain("s, and 12 min 00 s for answers");
    const [format] = report.steps;
    const totals = totalsOf(format ?? { tasks: [] }, workClock(report), report.updated);
    expect(totals.wallMs).toBeLessThan(2000);
    expect(totals.slowest?.ms).toBeLessThan(2000);
    const times = [...reportJunit(report).matchAll(/ time="([\d.]+)"/g)].map(([, time]) => Number(time));
    expect(times.length).toBeGreaterThan(5);
    expect(times.filter((time) => time > 3)).toEqual([]);
    const page = reportPage(report, plainTokens);
    expect(page).toMatch(/2 ok · \d\.\d s · 10 min 00 s for answers/);
  });

  it("is a gap of its own in the picture, beside that of the rest, and in the legend", () => {
    expect(workClock(report).breaks.map(({ why, ms }) => [why, Math.round(ms / 60_000)])).toEqual([
      ["asked", 10],
      ["asked", 2],
      ["rest", 60],
    ]);
    const page = reportPage(report, plainTokens);
    expect(page).toContain("<title>waited 10 min 00 s for an answer: confirmation at: Format it</title>");
    expect(page).toContain("<title>waited 2 min 00 s for an answer: done by hand at: Label it</title>");
    expect(page).toContain("<title>the run rested 1 h 00 min</title>");
    const legend = /<ul class="legend">.*?<\/ul>/.exec(page)?.[0] ?? "";
    expect([...legend.matchAll(/<\/span>([^<]+)/g)].map(([, word]) => word)).toEqual([
      "passed",
      "waited for an answer",
      "the run rested",
    ]);
  });
});

describe("the report for programs", () => {
  it("is described by the schema", () => {
    expect(reportShape.safeParse(report).error?.issues).toBeUndefined();
  });
});

describe("what was not begun", () => {
  it("is called what it is: left out, skipped, set aside, or yet to come", () => {
    const words = (of: Report): unknown[] => of.steps.flatMap((one) => [...openHosts(of, one)]);
    expect(words(report)).toEqual([
      ["left out", ["b"]],
      ["left out", ["a"]],
      ["not chosen", ["a"]],
    ]);
    const script = new Script().started().passes("one", "a").stepEnds("one");
    script.event({ type: "host-set-aside", step: "one", host: "b", reason: "it failed" });
    const steps = [step(0, "two", "Two", { hosts: ["a", "b"] })];
    expect(words(reportOn(script, { steps }))).toEqual([
      ["not begun", ["a"]],
      ["set aside at one", ["b"]],
    ]);
  });
});

describe("what was done more than once", () => {
  it("was retried by itself, or run again because somebody wanted that", () => {
    const script = new Script().started().step("up", ["a"]).begin("up", "a");
    script.event({
      type: "attempt-finished",
      step: "up",
      host: "a",
      task: "up a",
      attempt: 1,
      end: "exited",
      exit: 1,
      durationMs: 1,
      stdoutBytes: 0,
      stderrBytes: 0,
    });
    script.event({ type: "attempt-started", step: "up", host: "a", task: "up a", attempt: 2 });
    script.finish("up", "a", "failed", { attempts: 2 }).stepEnds("up", "failed").ends("failed").resumed();
    script.step("up", ["a"]).passes("up", "a").stepEnds("up").ends("passed");
    const outputs = { "up a": "there\n", "up a up a 1": "not yet\n" };
    const report = reportOn(script, { steps: [step(0, "up", "Up", { hosts: ["a"] })], outputs });
    const page = reportPage(report, plainTokens);
    expect(page).toContain("1 retry, 1 rerun");
    expect(page).toContain('<details><summary>what it printed</summary><pre class="output" tabindex="0">not yet</pre>');
  });
});

describe("a step that was run again later", () => {
  it("took the time of its runs, and none of what was done in between", () => {
    const script = new Script().started().step("conf", ["a"]).begin("conf", "a").wait(2000);
    script.finish("conf", "a", "ok").stepEnds("conf").step("long", ["a"]).begin("long", "a").wait(600_000);
    script.finish("long", "a", "ok").stepEnds("long").ends("failed").resumed();
    script.begin("conf", "a").wait(3000).finish("conf", "a", "ok").stepEnds("conf").ends("passed");
    const told = reportOn(script);
    const [conf] = told.steps;
    const { wallMs, slowest } = totalsOf(conf ?? { tasks: [] }, workClock(told), told.updated);
    expect(Math.round(wallMs / 1000)).toBe(5);
    expect(slowest?.ms).toBe(wallMs);
    expect(timelineOf(told).bands.map(({ step: index }) => told.steps[index]?.id)).toEqual(["conf", "long", "conf"]);
  });

  it("has each change of its file, among all that were changed", () => {
    const script = new Script()
      .started()
      .passes("conf", "a")
      .ends("failed")
      .resumed()
      .passes("conf", "a")
      .ends("passed");
    const change = (from: number, to: number): string => `changed\n@@ -1 +1 @@\n-port = ${from}\n+port = ${to}\n`;
    const file = { kind: "file", path: "/etc/x", content: "new\n", backup: false, template: false } as const;
    const told = reportOn(script, {
      steps: [step(0, "conf", "Write it", { action: file })],
      outputs: { "conf a": change(81, 82), "conf a conf a 1": change(80, 81) },
    });
    const files = reportPage(told, plainTokens).split('id="files"')[1]?.split("</section>")[0] ?? "";
    expect([...files.matchAll(/<(ins|del)>([^<]*)/g)].map(([, , text]) => text?.trim())).toEqual([
      "- port = 80",
      "+ port = 81",
      "- port = 81",
      "+ port = 82",
    ]);
  });
});
