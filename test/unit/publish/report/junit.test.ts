import { describe, expect, it } from "vitest";
import { plainTokens } from "../../../../src/highlight/token.ts";
import { reportPage } from "../../../../src/publish/report/html/report-page.ts";
import type { Report } from "../../../../src/publish/report/report.ts";
import { reportJunit } from "../../../../src/publish/report/report-junit.ts";
import { reportMarkdown } from "../../../../src/publish/report/report-markdown.ts";
import { broken, Script, step } from "../../ui/sample-run.ts";
import { reportOn } from "./reports.ts";

/*
 * What junit-10.xsd of Jenkins' xUnit plugin allows, as far as it is used: elements by what they may stand in, their
 * attributes, and what a time looks like there.
 */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  testsuites: [""],
  testsuite: ["testsuites"],
  testcase: ["testsuite"],
  failure: ["testcase"],
  error: ["testcase"],
  skipped: ["testcase"],
  "system-out": ["testcase"],
};
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  testsuite: ["name", "tests", "failures", "errors"],
  testcase: ["name"],
};
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["name", "time", "tests", "failures", "errors"],
  testsuite: ["name", "tests", "failures", "errors", "time", "skipped", "timestamp"],
  testcase: ["name", "time", "classname"],
  failure: ["type", "message"],
  error: ["type", "message"],
  skipped: ["type", "message"],
  "system-out": [],
};
const TIME = /^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/;

function faults(xml: string): readonly string[] {
  const open: string[] = [];
  const found: string[] = [];
  for (const [, close, name = "", rest = "", empty] of xml.matchAll(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g)) {
    if (close === "/") {
      if (open.pop() !== name) found.push(`</${name}> is out of place`);
      continue;
    }
    if (WITHIN[name]?.includes(open.at(-1) ?? "") !== true) found.push(`<${name}> in <${open.at(-1) ?? ""}>`);
    const attributes = new Map(
      [...rest.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
    );
    for (const key of attributes.keys()) if (ALLOWED[name]?.includes(key) !== true) found.push(`${key} of <${name}>`);
    for (const key of NEEDED[name] ?? []) if (!attributes.has(key)) found.push(`<${name}> without ${key}`);
    if (!TIME.test(attributes.get("time") ?? "")) found.push(`time ${attributes.get("time") ?? ""}`);
    if (empty !== "/") open.push(name);
  }
  return [...found, ...open];
}

/** A run in which a task ends in every way that there is. */
function everything(): Report {
  const script = new Script().started().step("one", ["a", "b", "c", "d", "e"]);
  for (const host of ["a", "b", "c", "d", "e", "f"]) script.begin("one", host).wait(1_234_567);
  const expectations = [broken("size(lines) == 1", 12, "size(lines) is 2:\n  <a>\n  \u0007b")];
  script.finish("one", "a", "ok").finish("one", "b", "unchanged").finish("one", "c", "skipped", { reason: "when x" });
  script.finish("one", "d", "failed", { reason: "not true: size(lines) == 1", expectations });
  script.finish("one", "e", "unreachable", { reason: "timed out" });
  script.event({ type: "task-unknown", step: "one", host: "f", task: "one f", attempt: 1, reason: "cut", asked: true });
  script.event({ type: "host-set-aside", step: "one", host: "e", reason: "timed out" });
  const steps = [
    step(0, "one", "One", { hosts: ["a", "b", "c", "d", "e", "f", "g"] }),
    step(1, "two", "Two", { hosts: ["a", "e"] }),
  ];
  const outputs = { "one a": "fine\n", "one d": { head: "begin\n", cut: { bytes: 99, tail: "the end\n" } } };
  return reportOn(script.ends("failed", ["e"]), { steps, outputs });
}

describe("JUnit results", () => {
  const xml = reportJunit(everything());

  it("are what the common schema allows", () => {
    expect(faults(xml)).toEqual([]);
    expect(xml.match(/<testcase /g)?.length).toBe(9);
    expect(faults('<testsuites><testcase wrong="b" time="1e3"></testcase></testsuites>')).toEqual([
      "<testcase> in <testsuites>",
      "wrong of <testcase>",
      "<testcase> without name",
      "time 1e3",
    ]);
  });

  it("have a verdict of its own for each way in which a task ends", () => {
    const cases = [
      ...xml.matchAll(/<testcase name="(.)" classname="(\w+)"[^>]*>(?:<(\w+) (?:type="(\w+)" )?message="([^"]*)")?/g),
    ];
    expect(cases.map(([, host, suite, element, type, message]) => [suite, host, element, type, message])).toEqual([
      ["one", "a", undefined, undefined, undefined],
      ["one", "b", undefined, undefined, undefined],
      ["one", "c", "skipped", undefined, "skipped: when x"],
      ["one", "d", "failure", "failed", "not true: size(lines) == 1"],
      ["one", "e", "error", "unreachable", "unreachable: timed out"],
      ["one", "f", "error", "unknown", "outcome unknown: cut"],
      ["one", "g", "skipped", undefined, "not begun"],
      ["two", "a", "skipped", undefined, "not begun"],
      ["two", "e", "skipped", undefined, "set aside at one"],
    ]);
    expect(xml).toContain("size(lines) is 2:\n    &#x3C;a>\n    ^Gb</failure>");
    expect(xml).toMatch(/<system-out>begin\n\n\[… 99 bytes left out[^\]]*\]\nthe end\n<\/system-out>/);
  });

  it("have times in seconds, as decimals without separators", () => {
    const [, time = ""] = /<testsuites [^>]*time="([^"]+)"/.exec(xml) ?? [];
    expect(time).toMatch(/^\d+\.\d{3}$/);
    expect(Number(time)).toBeGreaterThan(7000);
  });

  it("have an error for what was at work when a run crashed, and skip what goes on", () => {
    const script = new Script().started().begin("one", "a");
    expect(reportJunit(reportOn(script))).toContain('<skipped message="running"');
    expect(reportJunit(reportOn(script, { held: false }))).toContain(
      '<error type="unknown" message="outcome unknown: it was at work when the run crashed"',
    );
  });

  it("say nothing of what matters no more: a fix in vain where somebody mended it, and steps that are gone", () => {
    const script = new Script().started().begin("join", "a").finish("join", "a", "failed", { reason: "exit status 1" });
    script.begin("mend", "a").finish("mend", "a", "failed", { reason: "exit status 2" }).stepEnds("mend", "failed");
    script.begin("gone", "a").finish("gone", "a", "failed").ends("failed");
    const guide = { path: "/g.md", digest: "d" };
    const renamed = { join: "join", mend: "mend" };
    script.event({ type: "guide-changed", guide, renamed, added: [], removed: ["gone"], changed: [] });
    script.resumed().begin("join", "a").finish("join", "a", "ok").stepEnds("join").ends("passed");
    const steps = [
      step(0, "join", "Join", { hosts: ["a"] }),
      step(1, "mend", "Mend", { hosts: ["a"], role: "fix", of: "join" }),
    ];
    const told = reportOn(script, { steps });
    expect(reportMarkdown(told)).not.toMatch(/^### /m);
    expect(reportPage(told, plainTokens)).not.toContain("What went wrong");
    const text = reportJunit(told);
    expect(text).toMatch(/<testsuites [^>]*tests="2" failures="0" errors="0"/);
    expect(text).toContain('<skipped message="exit status 2; join has passed since"');
    expect(text).not.toContain("gone");
  });
});
