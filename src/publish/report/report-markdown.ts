import { demandOf, explanationLines, tellingExpectations } from "../../story/broken-expectation.ts";
import { countHosts } from "../../story/compress-hosts.ts";
import { formatDuration } from "../../story/format-time.ts";
import { type Group, groupTasks, hostsOf, isBad, isMended } from "./groups.ts";
import { codeBlock, codeText, plainText } from "./markdown-text.ts";
import type { Excerpt, Report, ReportStep } from "./report.ts";
import { countWords, goOn, headline, NOT_BEGUN, standing, titleOf, utcMoment } from "./report-words.ts";
import { totalsOf, workClock } from "./totals.ts";

/** GitHub takes 65,536 characters in a comment, and 1 MiB in a summary of a step: that is as much in any script. */
const MOST = 64_000;
/** Of that, what went wrong; one cause of it; and what was given. The table has the rest. */
const MOST_EVIDENCE = 30_000;
const MOST_CAUSE = 12_000;
const MOST_BLOCK = 5000;
const MOST_GIVEN = 4000;
/** Lines of an explanation, and of what was printed at last. */
const EXPLANATION_LINES = 40;
const OUTPUT_LINES = 30;
/** Characters of one line. */
const LINE = 500;
/** Steps in the table, and characters of a title. */
const MOST_STEPS = 150;
const TITLE = 150;

/** A run as text for a ticket: how it stands, what went wrong with the evidence, and how each step fared. */
export function reportMarkdown(report: Report): string {
  const { run, verify, guide, started, updated, status } = report;
  const next = goOn(report);
  const lines = [
    `## ${SIGN[status]} ${plainText(short(titleOf(report), TITLE))}: ${plainText(short(standing(report)))}`,
    "",
    headline(report),
    "",
    `${verify === true ? "Verify" : "Run"} ${codeText(run)} of ${codeText(guide.path)}, ${utcMoment(started)} to ${utcMoment(updated)}`,
    ...(next === undefined ? [] : ["", `Go on with it: ${codeText(next)}`]),
    ...upTo(MOST_GIVEN, inputLines(report), "inputs"),
    ...upTo(MOST_GIVEN, asideLines(report), "hosts that were set aside"),
    ...evidence(report),
    "",
  ];
  return `${[...lines, ...table(report, MOST - sizeOf(lines))].join("\n")}\n`;
}

/** As many of the lines, which stand for themselves, as there is room for. */
function upTo(room: number, lines: readonly string[], what: string): readonly string[] {
  const told: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (sizeOf([...told, line]) > room) return [...told, "", `… and ${lines.length - index} more lines of ${what}.`];
    told.push(line);
  }
  return told;
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, { length }) => sum + length + 1, 0);
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
  const told = inputs.map(({ name, value = "«secret»" }) => codeText(short(`${name}=${value}`)));
  const room = Math.floor(MOST_GIVEN / (LINE + 10));
  // Short ones in a line, and a line each where they are many.
  return told.length <= room
    ? ["", `Inputs: ${told.join(", ")}`]
    : ["", "Inputs:", "", ...told.map((one) => `- ${one}`)];
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
    room -= sizeOf(told);
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
  const parts = [
    ...broken.map((one) => [
      "",
      `${codeText(short(`${guide.path}:${one.line}`))} ${codeText(short(demandOf(one)))}`,
      ...fenced(explanationLines(one), EXPLANATION_LINES),
    ]),
    outputLines(first.output, logs),
  ];
  const told = [
    `### ${step.number === undefined ? "" : `${step.number} `}${plainText(short(step.title, TITLE))}`,
    "",
    `${codeText(short(step.id))}${place} on ${codeText(short(countHosts(hostsOf(group))))}: ${codeText(short(first.statement))}`,
  ];
  for (const [index, part] of parts.entries()) {
    if (sizeOf([...told, ...part]) > MOST_CAUSE)
      return [...told, "", `… and ${parts.length - index} more things about it.`];
    told.push(...part);
  }
  return told;
}

function outputLines(output: Excerpt | undefined, logs: string): readonly string[] {
  if (output === undefined) return [];
  const whole = output.cut?.tail ?? output.head;
  const lines = whole.trimEnd().split("\n");
  if (whole.trim() === "") return output.cut === undefined ? [] : ["", `What it printed is in ${codeText(logs)}.`];
  const isCut = lines.length > OUTPUT_LINES || output.cut !== undefined;
  return ["", isCut ? "The end of what it printed:" : "It printed:", ...fenced(endOf(lines), OUTPUT_LINES)];
}

/** The last lines, as many as a block may have. */
function endOf(lines: readonly string[]): readonly string[] {
  const told = lines.slice(-OUTPUT_LINES).map((line) => short(line));
  while (sizeOf(told) > MOST_BLOCK) told.shift();
  return told;
}

function fenced(lines: readonly string[], most: number): readonly string[] {
  if (lines.length === 0) return [];
  const shown: string[] = [];
  for (const line of lines.slice(0, most).map((one) => short(one))) {
    if (sizeOf([...shown, line]) > MOST_BLOCK) break;
    shown.push(line);
  }
  const cut = lines.length - shown.length;
  return ["", ...codeBlock([...shown, ...(cut > 0 ? [`… ${cut} lines more`] : [])].join("\n"), "text")];
}

/** @param room characters */
function table(report: Report, room: number): readonly string[] {
  const clock = workClock(report);
  const rows = report.steps.slice(0, MOST_STEPS).map((step) => {
    const { wallMs } = totalsOf(step, clock, report.updated);
    const number = step.number === undefined ? "" : `${step.number} `;
    const tasks = step.tasks.length === 0 ? (step.skip ?? NOT_BEGUN) : countWords([step]);
    const removed = step.removed === true ? " (no longer in the guide)" : "";
    const time = step.tasks.length === 0 ? "" : formatDuration(wallMs);
    return `| ${stepSign(step)} | ${number}${plainText(short(step.title, TITLE))}${removed} | ${plainText(short(tasks))} | ${time} |`;
  });
  const head = ["| | step | tasks | time |", "| --- | --- | --- | --- |"];
  const told: string[] = [];
  for (const row of rows) {
    // A word about the rest has to fit as well.
    if (sizeOf([...head, ...told, row]) > room - 100) break;
    told.push(row);
  }
  const more = report.steps.length - told.length;
  return [...head, ...told, ...(more > 0 ? ["", `… and ${more} more steps: \`waymark report\` tells all of it.`] : [])];
}

function stepSign({ status, tasks }: ReportStep): string {
  if (tasks.some((task) => task.status === "unknown")) return "⚠";
  return { ok: "✔", failed: "✖", skipped: "–", running: "◐", pending: "·" }[status];
}

function short(text: string, most = LINE): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
