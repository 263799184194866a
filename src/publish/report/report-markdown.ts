import { demandOf, explanationLines, tellingExpectations } from "../../story/broken-expectation.ts";
import { countHosts } from "../../story/compress-hosts.ts";
import { formatDuration } from "../../story/format-time.ts";
import { type Group, groupTasks, hostsOf, isBad, isMended } from "./groups.ts";
import { codeBlock, codeText, plainText } from "./markdown-text.ts";
import type { Excerpt, Report, ReportStep } from "./report.ts";
import { countWords, headline, NOT_BEGUN, standing, titleOf, utcMoment } from "./report-words.ts";
import { totalsOf, workClock } from "./totals.ts";

/** Trackers take 65,536 characters: what went wrong is told in no more than these, and the table has the rest. */
const MOST_EVIDENCE = 30_000;
/** Lines of an explanation, and of what was printed at last. */
const EXPLANATION_LINES = 40;
const OUTPUT_LINES = 30;
/** Characters of one line. */
const LINE = 500;
/** Steps in the table. */
const MOST_STEPS = 150;

/** A run as text for a ticket: how it stands, what went wrong with the evidence, and how each step fared. */
export function reportMarkdown(report: Report): string {
  const { run, verify, guide, started, updated, status } = report;
  const lines = [
    `## ${SIGN[status]} ${plainText(titleOf(report))}: ${plainText(standing(report))}`,
    "",
    headline(report),
    "",
    `${verify === true ? "Verify" : "Run"} ${codeText(run)} of ${codeText(guide.path)}, ${utcMoment(started)} to ${utcMoment(updated)}`,
    ...inputLines(report),
    ...asideLines(report),
    ...evidence(report),
    "",
    ...table(report),
  ];
  return `${lines.join("\n")}\n`;
}

const SIGN: Readonly<Record<Report["status"], string>> = {
  passed: "✔",
  partial: "✔",
  failed: "✖",
  cancelled: "✖",
  abandoned: "–",
  running: "◐",
  paused: "⚠",
  crashed: "⚠",
};

function inputLines({ inputs }: Report): readonly string[] {
  if (inputs.length === 0) return [];
  return [
    "",
    `Inputs: ${inputs.map(({ name, value = "«secret»" }) => codeText(`${name}=${short(value)}`)).join(", ")}`,
  ];
}

function asideLines({ hosts }: Report): readonly string[] {
  const aside = hosts.flatMap(({ name, setAside }) => (setAside === undefined ? [] : [{ name, ...setAside }]));
  return [...Map.groupBy(aside, ({ step, reason }) => `${step}\0${reason}`).values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const names = countHosts(alike.map(({ name }) => name));
    return ["", `Set aside at ${codeText(first.step)}: ${codeText(names)} (${codeText(short(first.reason))})`];
  });
}

function evidence(report: Report): readonly string[] {
  const causes = report.steps.flatMap((step) =>
    groupTasks(step.tasks)
      .filter(({ first, tasks }) => isBad(first.status) && !tasks.every((task) => isMended(report, step, task)))
      .map((group) => ({ step, group })),
  );
  const lines: string[] = [];
  let room = MOST_EVIDENCE;
  for (const [index, { step, group }] of causes.entries()) {
    const told = causeLines(report, step, group);
    room -= told.reduce((sum, { length }) => sum + length + 1, 0);
    if (room < 0 && index > 0) {
      lines.push("", `… and ${causes.length - index} more.`);
      break;
    }
    lines.push("", ...told);
  }
  return lines;
}

function causeLines({ guide, logs }: Report, step: ReportStep, group: Group): readonly string[] {
  const { first } = group;
  const broken = tellingExpectations(
    first.expectations.filter(({ passed }) => !passed),
    first.statement,
  );
  const place = step.line === undefined ? "" : ` (${codeText(`${guide.path}:${step.line}`)})`;
  return [
    `### ${step.number === undefined ? "" : `${step.number} `}${plainText(step.title)}`,
    "",
    `${codeText(step.id)}${place} on ${codeText(countHosts(hostsOf(group)))}: ${codeText(short(first.statement))}`,
    ...broken.flatMap((one) => [
      "",
      `${codeText(`${guide.path}:${one.line}`)} ${codeText(short(demandOf(one)))}`,
      ...fenced(explanationLines(one), EXPLANATION_LINES, "lines more"),
    ]),
    ...outputLines(first.output, logs),
  ];
}

function outputLines(output: Excerpt | undefined, logs: string): readonly string[] {
  if (output === undefined) return [];
  const whole = output.cut?.tail ?? output.head;
  const lines = whole.trimEnd().split("\n");
  if (whole.trim() === "") return output.cut === undefined ? [] : ["", `What it printed is in ${codeText(logs)}.`];
  const isCut = lines.length > OUTPUT_LINES || output.cut !== undefined;
  return [
    "",
    isCut ? "The end of what it printed:" : "It printed:",
    ...fenced(lines.slice(-OUTPUT_LINES), OUTPUT_LINES),
  ];
}

function fenced(lines: readonly string[], most: number, more = ""): readonly string[] {
  if (lines.length === 0) return [];
  const cut = lines.length - most;
  const shown = [...lines.slice(0, most).map(short), ...(cut > 0 ? [`… ${cut} ${more}`] : [])];
  return ["", ...codeBlock(shown.join("\n"), "text")];
}

function table(report: Report): readonly string[] {
  const clock = workClock(report);
  const told = report.steps.slice(0, MOST_STEPS);
  const more = report.steps.length - told.length;
  return [
    "| | step | tasks | time |",
    "| --- | --- | --- | --- |",
    ...told.map((step) => {
      const { wallMs } = totalsOf(step, clock, report.updated);
      const number = step.number === undefined ? "" : `${step.number} `;
      const tasks = step.tasks.length === 0 ? (step.skip ?? NOT_BEGUN) : countWords([step]);
      const removed = step.removed === true ? " (no longer in the guide)" : "";
      const time = step.tasks.length === 0 ? "" : formatDuration(wallMs);
      return `| ${stepSign(step)} | ${number}${plainText(step.title)}${removed} | ${plainText(tasks)} | ${time} |`;
    }),
    ...(more > 0 ? ["", `… and ${more} more steps.`] : []),
  ];
}

function stepSign({ status, tasks }: ReportStep): string {
  if (tasks.some((task) => task.status === "unknown")) return "⚠";
  return { ok: "✔", failed: "✖", skipped: "–", running: "◐", pending: "·" }[status];
}

function short(text: string): string {
  return text.length <= LINE ? text : `${text.slice(0, LINE)}…`;
}
