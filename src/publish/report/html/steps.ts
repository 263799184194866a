import type { Element } from "hast";
import { h } from "hastscript";
import { plainTokens } from "../../../highlight/token.ts";
import type { Highlighter } from "../../../highlight/highlighter.ts";
import { compressHosts, countHosts } from "../../../story/compress-hosts.ts";
import { formatDuration } from "../../../story/format-time.ts";
import { plural } from "../../../story/plural.ts";
import { codeContent } from "../../html/code.ts";
import { type Group, groupTasks, hostsOf, isBad } from "../groups.ts";
import type { Attempt, Excerpt, Report, ReportStep, ReportTask } from "../report.ts";
import { againWords, countWords, NOT_BEGUN, openHosts, utcMoment } from "../report-words.ts";
import { againOf, askedMs, totalsOf, type WorkClock } from "../totals.ts";
import { fileDifference } from "./files.ts";
import { brokenList, demandWords } from "./failures.ts";
import { block, code, type Content, element, line, sign, statusWords, stepState, taskId } from "./elements.ts";

/** Groups that are told beside each other, besides those where something went wrong: the rest is folded once more. */
const MOST_GROUPS = 6;
/** Hosts of one group that are listed with their times. */
const MOST_HOSTS = 2000;

export interface Around {
  readonly report: Report;
  readonly clock: WorkClock;
  readonly highlight: Highlighter;
}

/** Every step with its tasks. */
export function stepsSection(around: Around): Element {
  const { steps } = around.report;
  return h("section", { id: "steps", ariaLabelledBy: "steps-title" }, [
    h("h2", { id: "steps-title" }, "Steps"),
    ...steps.map((step, index) => stepArticle(around, step, index)),
  ]);
}

function stepArticle(around: Around, step: ReportStep, index: number): Element {
  const { report, clock } = around;
  const { wallMs, again } = totalsOf(step, clock, report.updated);
  const counts = step.tasks.length === 0 ? (step.skip ?? NOT_BEGUN) : countWords([step]);
  const answersMs = askedMs(report, step);
  const story = [
    counts,
    step.tasks.length === 0 ? "" : formatDuration(wallMs),
    answersMs === 0 ? "" : `${formatDuration(answersMs)} for answers`,
    againWords(again),
    ...step.facts,
    step.role === "run" ? "" : step.role,
  ].filter(Boolean);
  const place = step.line === undefined ? step.id : `${step.id} · line ${step.line}`;
  return h("article", { className: ["step"], id: `step-${index}` }, [
    h("h3", [
      sign(stepState(step)),
      " ",
      ...(step.number === undefined ? [] : [h("span", { className: ["number"] }, `${step.number} `)]),
      line(step.title),
      " ",
      h("small", line(place)),
    ]),
    h("p", { className: ["quiet"] }, line(story.join(" · "))),
    ...(step.removed === true ? [h("p", { className: ["quiet"] }, "The guide has this step no longer.")] : []),
    ...codeOf(around, step),
    ...groupsOf(around, step, index),
    ...(step.tasks.length === 0 ? [] : openParts(report, step)),
    ...checksOf(report, step),
  ]);
}

function openParts(report: Report, step: ReportStep): readonly Element[] {
  return [...openHosts(report, step)].map(([why, hosts]) =>
    h("p", { className: ["quiet"] }, line(`${why}: ${countHosts(hosts)}`)),
  );
}

function codeOf({ highlight }: Around, { code: shown, file }: ReportStep): readonly Element[] {
  if (shown === undefined || shown.text.trim() === "") return [];
  const text = shown.text.replace(/\n$/, "");
  const lines = shown.language === "" ? plainTokens(text) : highlight(text, shown.language);
  return [
    h("details", [
      h("summary", file === undefined ? "what it does" : ["writes ", code(file)]),
      h("pre", { className: ["code"], tabIndex: 0 }, [h("code", [...codeContent(lines)])]),
    ]),
  ];
}

function groupsOf(around: Around, step: ReportStep, index: number): readonly Element[] {
  const groups = groupTasks(step.tasks);
  const told = groups.map((group, place) => groupDetails(around, step, group, taskId(index, place)));
  const first = groups.filter(({ first: { status } }) => isBad(status)).length + MOST_GROUPS;
  if (told.length <= first + 1) return told;
  const hosts = groups.slice(first).flatMap(hostsOf);
  return [
    ...told.slice(0, first),
    h("details", { className: ["task", "more"] }, [
      h("summary", [
        h("strong", line(countHosts(hosts))),
        h("span", { className: ["quiet"] }, ` in ${told.length - first} more ways`),
      ]),
      ...told.slice(first),
    ]),
  ];
}

function groupDetails(around: Around, step: ReportStep, group: Group, id: string): Element {
  const { first, tasks } = group;
  const hosts = hostsOf(group);
  const quiet = [again(first), timesOf(tasks)].filter(Boolean).join(" · ");
  return element("details", { className: ["task"], open: isBad(first.status), dataFind: true }, [
    element("summary", { className: [`is-${first.status}`] }, [
      element("strong", {}, [line(countHosts(hosts))]),
      ` ${line(statusWords(first))} `,
      element("span", { className: ["quiet"] }, [quiet]),
    ]),
    element("div", { id }, [
      ...brokenList(around.report, first.expectations, first.statement),
      ...outputOf(around.report, step, first),
      ...keptExpectations(first),
      ...attemptsOf(around.report, step, group),
      ...eachHost(tasks),
    ]),
  ]);
}

function again(task: ReportTask): string {
  return [againWords(againOf(task)), task.undone === true ? "undone" : ""].filter(Boolean).join(" · ");
}

/** `0.4 s`, or `0.4–2.1 s` of several hosts. */
function timesOf(tasks: readonly ReportTask[]): string {
  const times = tasks.flatMap(({ durationMs, attempts }) =>
    durationMs === undefined || attempts.length === 0 ? [] : [durationMs],
  );
  if (times.length === 0) return "";
  const [least, most] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  const [from, to] = [formatDuration(least), formatDuration(most)];
  return from === to ? to : `${from} to ${to}`;
}

function outputOf({ logs }: Report, step: ReportStep, { output, file, attempts }: ReportTask): readonly Element[] {
  if (file !== undefined) return fileDifference(step, file);
  if (output === undefined)
    return attempts.length === 0 ? [] : [h("p", { className: ["quiet"] }, "It printed nothing.")];
  return excerptOf(output, logs);
}

function excerptOf({ head, cut }: Excerpt, logs: string): readonly Element[] {
  if (cut === undefined) return [block(head.replace(/\n$/, ""), "output")];
  return [
    ...(head === "" ? [] : [block(head.replace(/\n$/, ""), "output")]),
    h("p", { className: ["cut"] }, `… ${plural(cut.bytes, "byte")} are left out here: all of it is in ${line(logs)}`),
    ...(cut.tail === "" ? [] : [block(cut.tail.replace(/\n$/, ""), "output")]),
  ];
}

/** What was asked for and held: what does not is told above. */
function keptExpectations({ expectations }: ReportTask): readonly Element[] {
  const kept = expectations.filter(({ passed }) => passed);
  if (kept.length === 0) return [];
  const told = kept.flatMap((one, index): readonly Content[] => [index === 0 ? "" : ", ", demandWords(one)]);
  return [h("p", { className: ["quiet"] }, ["holds: ", ...told])];
}

/** How it came to that, where it did not pass at once. */
function attemptsOf(report: Report, step: ReportStep, { first, tasks }: Group): readonly Element[] {
  const { attempts } = first;
  if (attempts.length < 2 && !attempts.some(({ verdicts }) => verdicts.length > 1)) return [];
  return [
    h(
      "ol",
      { className: ["attempts"] },
      attempts.map((attempt) => h("li", attemptStory(report, step, first, attempt))),
    ),
    ...(tasks.length > 1 ? [h("p", { className: ["quiet"] }, `These are the attempts of ${line(first.host)}.`)] : []),
  ];
}

function attemptStory(report: Report, step: ReportStep, task: ReportTask, attempt: Attempt): Content[] {
  const { from, to, end, exit, revision, verdicts, output, file } = attempt;
  const byRevision = (index: number): string =>
    report.revisions.length > 1 ? ` by revision ${index + 1} of the guide` : "";
  const how = end === "exited" ? `exit status ${exit ?? "unknown"}` : (end ?? task.status);
  const time = to === undefined ? "" : ` · ${formatDuration(Date.parse(to) - Date.parse(from))}`;
  return [
    `${how}${byRevision(revision)}${time} · ${utcMoment(from)}`,
    ...verdicts.flatMap((verdict, index): readonly Content[] => {
      const { passed, broken } = verdict;
      const words = passed ? "as expected" : "not as expected";
      const isTold = attempt === task.attempts.at(-1) && index === verdicts.length - 1;
      return [
        h("div", [
          sign(passed ? "ok" : "failed"),
          ` ${words}${verdict.revision === revision ? "" : byRevision(verdict.revision)}`,
        ]),
        ...(isTold ? [] : brokenList(report, broken, how)),
      ];
    }),
    ...(output === undefined
      ? []
      : [h("details", [h("summary", "what it printed"), ...excerptOf(output, report.logs)])]),
    ...(file === undefined
      ? []
      : [h("details", [h("summary", `the file was ${file.became}`), ...fileDifference(step, file)])]),
  ];
}

/** Hosts that fared alike, with their times. */
function eachHost(tasks: readonly ReportTask[]): readonly Element[] {
  if (tasks.length < 2) return [];
  const rest = tasks.slice(MOST_HOSTS).map(({ host }) => host);
  return [
    h("ul", { className: ["hosts"] }, [
      ...tasks.slice(0, MOST_HOSTS).map(({ host, durationMs }) => {
        return element("li", {}, [
          durationMs === undefined ? line(host) : `${line(host)} ${formatDuration(durationMs)}`,
        ]);
      }),
      ...(rest.length === 0 ? [] : [h("li", `… ${line(compressHosts(rest))}`)]),
    ]),
  ];
}

function checksOf(report: Report, { checks }: ReportStep): readonly Element[] {
  const groups = Map.groupBy(checks, ({ status, reason = "", expectations }) =>
    JSON.stringify([status, reason, expectations]),
  );
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const hosts = countHosts(alike.map(({ host }) => host));
    const words = { ok: "still holds", drifted: "holds no longer", unverifiable: "could not be looked at again" };
    const why = first.reason === undefined ? "" : `: ${first.reason}`;
    return [
      h("div", { className: ["check"] }, [
        h("p", [
          sign(first.status),
          " ",
          h("strong", line(hosts)),
          ` ${words[first.status]}${line(why)} `,
          h("span", { className: ["quiet"] }, `looked at ${utcMoment(first.at)}`),
        ]),
        ...brokenList(report, first.expectations, first.reason ?? ""),
      ]),
    ];
  });
}
