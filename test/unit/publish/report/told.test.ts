import { describe, expect, it } from "vitest";
import { parseMarkdown } from "../../../../src/document/markdown.ts";
import { plainTokens } from "../../../../src/highlight/token.ts";
import { fairShare } from "../../../../src/publish/report/fair-share.ts";
import { reportPage } from "../../../../src/publish/report/html/report-page.ts";
import type { Report } from "../../../../src/publish/report/report.ts";
import { reportJunit } from "../../../../src/publish/report/report-junit.ts";
import { reportMarkdown } from "../../../../src/publish/report/report-markdown.ts";
import { broken, Script, step } from "../../ui/sample-run.ts";
import { largeReport, reportOn } from "./reports.ts";

const failed = broken("size(lines) == 1", 91, "size(lines) is 2:\n  a\n  b");

/** Two of three hosts fail alike, one was never begun with, and nothing is known of the second step on one. */
function sample(): Report {
  const script = new Script()
    .started({ CIDR: "10.0.0.0/16" }, ["TOKEN"])
    .passes("one", "a")
    .step("two", ["a", "b", "c"]);
  for (const host of ["b", "c"]) {
    script.begin("two", host);
    script.finish("two", host, "failed", {
      exit: 1,
      reason: "1 of 2 expectations does not hold",
      expectations: [failed],
    });
  }
  script.begin("two", "a");
  script.event({ type: "task-unknown", step: "two", host: "a", task: "t", attempt: 1, reason: "cut off", asked: true });
  script.event({ type: "host-set-aside", step: "two", host: "b", reason: "it failed" });
  script.finish("one", "d", "skipped", { reason: "when host.arch == 'arm'" }).ends("failed", ["b"]);
  return reportOn(script, {
    steps: [step(0, "one", "Install it", { hosts: ["a", "d", "e"] }), step(1, "two", "Join the cluster")],
    outputs: { "one a": "done\n", "two b": `${"x\n".repeat(100)}the end\n`, "two c": `${"x\n".repeat(100)}the end\n` },
  });
}

describe("a report for a ticket", () => {
  const text = reportMarkdown(sample());

  it("says how the run stands, and what it was given", () => {
    expect(text).toMatch(/^## ✖ Raspberry Pi cluster: failed$/m);
    expect(text).toContain("Inputs: `CIDR=10.0.0.0/16`, `TOKEN=«secret»`");
    expect(text).toContain("Set aside at `two`: `b` (`it failed`)");
    expect(text).toContain(`Go on with it: \`waymark resume ${sample().run}\`\n`);
  });

  it("tells a cause once for the hosts that it has broken, with its evidence and the end of the output", () => {
    expect(text.match(/### 2 Join the cluster/g)?.length).toBe(2);
    expect(text).toContain("`two` (`/home/me/guide.md:20`) on `b, c`: `1 of 2 expectations does not hold`");
    expect(text).toContain("`/home/me/guide.md:91` `size(lines) == 1`\n\n```text\nsize(lines) is 2:\n  a\n  b\n```");
    expect(text).toContain("The end of what it printed:\n\n```text\nx\n");
    expect(text.match(/^x$/gm)?.length).toBe(29);
    expect(text).toContain("on `a`: `outcome unknown: cut off`");
  });

  it("has a table of the steps", () => {
    expect(text).toMatch(/^\| ⚠ \| 2 Join the cluster \| 2 failed, 1 unknown \| \d+\.\d s \|$/m);
  });

  it("stays below what trackers take, however much went wrong", () => {
    const script = new Script().started();
    for (let host = 0; host < 500; host++) {
      const reason = `reason ${host} ${"long ".repeat(2000)}`;
      script
        .begin("one", `h${host}`)
        .finish("one", `h${host}`, "failed", { reason, expectations: [broken("a", 1, reason.repeat(50))] });
    }
    const long = reportMarkdown(reportOn(script.ends("failed")));
    expect(long.length).toBeLessThan(65_536);
    expect(long).toMatch(/… and \d+ more\./);
  });

  it("stays below that too where everything there is is long", () => {
    const long = "l*".repeat(400);
    const inputs = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`INPUT_${index}`, long]));
    const script = new Script().started(inputs);
    const expectations = Array.from({ length: 9 }, (_, index) => broken(long, index, `${long}\n`.repeat(50)));
    for (let host = 0; host < 30; host++) {
      const [name, id] = [`h${host}${long}`, `s${host}${long}`];
      script.begin(id, name).finish(id, name, "failed", { reason: `${host}${long}`, expectations });
      script.event({ type: "host-set-aside", step: id, host: name, reason: long });
    }
    const steps = Array.from({ length: 400 }, (_, index) => step(index, `t${index}${long}`, long));
    const text = reportMarkdown(
      reportOn(script.ends("failed"), { steps, outputs: { [`s0${long} h0${long}`]: `${long}\n`.repeat(99) } }),
    );
    expect(text.length).toBeLessThan(65_536);
    expect(text.length).toBeGreaterThan(40_000);
    expect(text).toMatch(/… and \d+ more lines of inputs\./);
    expect(text).toMatch(/… and \d+ more lines of hosts that were set aside\./);
    expect(text).toMatch(/… and \d+ more things about it\./);
    expect(text).toMatch(/… and \d+ more steps: `waymark report` tells all of it\.\n$/);
    // No block of code is left open.
    const kinds = parseMarkdown(text).children.map(({ type }) => type);
    expect(kinds.slice(-2)).toEqual(["table", "paragraph"]);
  });
});

describe("a run that has no end", () => {
  it("is at work while somebody has it, and has crashed otherwise", () => {
    const script = new Script().started().begin("one", "a");
    expect(reportMarkdown(reportOn(script))).toMatch(/^## ◐ .*: running$/m);
    expect(reportMarkdown(reportOn(script, { held: false }))).toMatch(/^## ⚠ .*: crashed$/m);
    const paused = script.event({ type: "run-paused", reason: "interrupted", detail: "" });
    expect(reportMarkdown(reportOn(paused, { held: false }))).toMatch(/^## ⚠ .*: paused\\?: interrupted$/m);
  });

  it("has nothing at work once it has crashed, and has not begun what waited for a yes", () => {
    const script = new Script().started().step("one", ["a"]).begin("one", "a").step("two", ["a"]);
    script.event({ type: "task-started", step: "two", host: "a", task: "two a", effectDigest: "e" });
    const steps = [step(0, "one", "One", { hosts: ["a"] }), step(1, "two", "Two", { hosts: ["a"] })];
    const atWork = reportMarkdown(reportOn(script, { steps }));
    expect(atWork).toMatch(/^\| ◐ \| 1 One \| 1 running /m);
    const crashed = reportOn(script, { steps, held: false });
    expect(reportMarkdown(crashed)).toMatch(/^\| ⚠ \| 1 One \| 1 unknown .*\n\| · \| 2 Two \| not begun \| {2}\|$/m);
    expect(reportMarkdown(crashed)).toContain("outcome unknown: it was at work when the run crashed");
    expect(reportPage(crashed, plainTokens).replace(/^.*<main/s, "")).not.toMatch(/running|at work</);
  });
});

describe("JUnit results", () => {
  const xml = reportJunit(sample());

  it("are a suite a step and a case a host", () => {
    expect(xml).toContain('<testsuites name="Raspberry Pi cluster"');
    expect(xml).toMatch(
      /<testsuite name="two" timestamp="2026-11-22T18:41:\d\d" time="[\d.]+" tests="3" failures="2" errors="1" skipped="0">/,
    );
    expect(xml).toMatch(/<testsuite name="one" .* tests="3" failures="0" errors="0" skipped="2">/);
  });

  it("have the evidence of what failed, and why something was skipped", () => {
    expect(xml).toContain('<failure type="failed" message="1 of 2 expectations does not hold">');
    expect(xml).toContain("/home/me/guide.md:91  size(lines) == 1\n  size(lines) is 2:\n    a\n    b</failure>");
    expect(xml).toContain('<error type="unknown" message="outcome unknown: cut off"');
    expect(xml).toContain("<skipped message=\"skipped: when host.arch == 'arm'\"");
    expect(xml).toContain('<testcase name="e" classname="one" time="0"><skipped message="not begun"');
    expect(xml).toContain("<system-out>done\n</system-out>");
  });
});

describe("the page", () => {
  it("tells hosts that fared alike together, with what went wrong open", () => {
    const html = reportPage(sample(), plainTokens);
    expect(html).toContain('<details class="task" open data-find><summary class="is-failed"><strong>b, c</strong> ');
    expect(html).toContain("<li>b 0.4 s</li><li>c 0.4 s</li>");
    expect(html).toContain("not begun: e");
    expect(html).toContain("«secret»");
  });

  it("says what is left out, and where it is", () => {
    const script = new Script().started().passes("one", "a").ends("passed");
    const outputs = { "one a": { head: "first\n", cut: { bytes: 70_000, tail: "last\n" } } };
    const html = reportPage(reportOn(script, { outputs }), plainTokens);
    expect(html).toContain("… 70000 bytes are left out here: all of it is in /state/runs/r/output");
  });

  it("has a place for each task, where all of them differ", () => {
    const html = reportPage(largeReport(50, 10), plainTokens);
    expect(html.match(/<details class="task" data-find>/g)?.length).toBe(500);
    expect(html).toContain('<strong>node-[007-050] (44)</strong><span class="quiet"> in 44 more ways</span>');
  });
});

describe("shares of a page", () => {
  const limits = { total: 100, most: 50, least: 5 };

  it("are all of what is small, and equal parts of the rest", () => {
    expect(fairShare([10, 20, 30], limits)).toBe(50);
    expect(fairShare([10, 40, 1000], limits)).toBe(50);
    expect(fairShare([10, 400, 1000, 60], limits)).toBe(30);
  });

  it("are nothing where that would say nothing", () => {
    expect(
      fairShare(
        Array.from({ length: 50 }, () => 80),
        limits,
      ),
    ).toBe(0);
  });
});
