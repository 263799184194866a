import { toXml } from "xast-util-to-xml";
import { x } from "xastscript";
import { demandOf, explanationLines, tellingExpectations } from "../../story/broken-expectation.ts";
import { neutralize, oneLine } from "../../story/terminal-text.ts";
import { isBad, isMended } from "./groups.ts";
import type { Excerpt, Report, ReportStep, ReportTask } from "./report.ts";
import { openHosts, titleOf } from "./report-words.ts";
import { workClock, totalsOf, type WorkClock } from "./totals.ts";

type Element = Extract<ReturnType<typeof x>, { type: "element" }>;

/**
 * A run as JUnit results, which CI systems show: a test suite for each step, a test case for each of its hosts. What is
 * not over, or was never begun, is skipped; steps that the guide has no longer are no part of it. Elements and attributes are those that JUnit's own Ant task, Jenkins and
 * GitLab agree on (junit-10.xsd of Jenkins' xUnit plugin).
 */
export function reportJunit(report: Report): string {
  const clock = workClock(report);
  const steps = report.steps.filter(({ tasks, open, removed }) => removed !== true && tasks.length + open.length > 0);
  const suites = steps.map((step) => suiteOf(report, step, clock));
  const root = x("testsuites", { name: line(titleOf(report)), time: seconds(report.workedMs), ...sum(suites) }, suites);
  const document = x(null, [{ type: "instruction", name: "xml", value: 'version="1.0" encoding="utf-8"' }, root]);
  // In text it must not stand (XML 1.0, section 2.4), and there is no other section that it could end.
  return `${toXml(document).replaceAll("]]>", "]]&gt;")}\n`;
}

function suiteOf(report: Report, step: ReportStep, clock: WorkClock): Element {
  const cases = [
    ...step.tasks.map((task) => caseOf(report, step, task)),
    ...[...openHosts(report, step)].flatMap(([why, hosts]) => hosts.map((host) => openCase(step, host, why))),
  ];
  const from = step.tasks.map((task) => task.from).toSorted()[0];
  return x(
    "testsuite",
    {
      name: line(step.id),
      ...(from !== undefined && { timestamp: from.slice(0, 19) }),
      time: seconds(totalsOf(step, clock, report.updated).wallMs),
      tests: String(cases.length),
      failures: String(cases.filter((one) => has(one, "failure")).length),
      errors: String(cases.filter((one) => has(one, "error")).length),
      skipped: String(cases.filter((one) => has(one, "skipped")).length),
    },
    cases,
  );
}

function caseOf(report: Report, step: ReportStep, task: ReportTask): Element {
  const attributes = { name: line(task.host), classname: line(step.id), time: seconds(task.durationMs ?? 0) };
  return x("testcase", attributes, [...verdictOf(report, step, task), ...printed(report, task)]);
}

function openCase(step: ReportStep, host: string, why: string): Element {
  return x("testcase", { name: line(host), classname: line(step.id), time: "0" }, [
    x("skipped", { message: line(why) }),
  ]);
}

function verdictOf(report: Report, step: ReportStep, task: ReportTask): readonly Element[] {
  const { status, statement, expectations } = task;
  const message = line(statement);
  if (isBad(status) && isMended(report, step, task)) {
    return [x("skipped", { message: `${message}; ${line(step.of ?? "")} has passed since` })];
  }
  switch (status) {
    case "ok":
    case "unchanged":
      return [];
    case "running":
    case "skipped":
      return [x("skipped", { message })];
    case "unreachable":
    case "unknown":
      return [x("error", { type: status, message })];
    case "failed": {
      const broken = tellingExpectations(
        expectations.filter(({ passed }) => !passed),
        statement,
      );
      const evidence = broken.flatMap((one) => [
        `${report.guide.path}:${one.line}  ${demandOf(one)}`,
        ...explanationLines(one).map((text) => `  ${text}`),
      ]);
      return [x("failure", { type: status, message }, clean([statement, ...evidence].join("\n")))];
    }
  }
}

function printed({ logs }: Report, { output, file }: ReportTask): readonly Element[] {
  const text = output === undefined ? [file?.became, ...(file?.difference ?? [])].join("\n") : outputText(output, logs);
  return text.trim() === "" ? [] : [x("system-out", clean(text))];
}

function outputText({ head, cut }: Excerpt, logs: string): string {
  return cut === undefined ? head : `${head}\n[… ${cut.bytes} bytes left out, all of it is in ${logs} …]\n${cut.tail}`;
}

function sum(suites: readonly Element[]): Record<string, string> {
  const total = (name: string): number => suites.reduce((all, { attributes }) => all + Number(attributes[name]), 0);
  return { tests: String(total("tests")), failures: String(total("failures")), errors: String(total("errors")) };
}

function has({ children }: Element, name: string): boolean {
  return children.some((child) => child.type === "element" && child.name === name);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function line(text: string): string {
  return clean(oneLine(text));
}

/** What XML 1.0 has no way to say (section 2.2, production 2) is shown as a character that says so. */
function clean(text: string): string {
  return neutralize(text).replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}
