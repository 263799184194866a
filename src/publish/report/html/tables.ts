import type { Element } from "hast";
import { h, s } from "hastscript";
import { countHosts } from "../../../story/compress-hosts.ts";
import { formatDuration } from "../../../story/format-time.ts";
import { isBad } from "../groups.ts";
import type { Capture, Report, ReportStep } from "../report.ts";
import { againWords, countWords, utcMoment } from "../report-words.ts";
import { askedMs, totalsOf, type WorkClock } from "../totals.ts";
import { code, type Content, line, table } from "./elements.ts";

/** Steps among those that took longest. */
const MOST_STEPS = 10;
/** Characters of a value. */
const VALUE = 500;
const MOST_ROWS = 1000;

/** The steps that took longest, longest first. */
export function slowestSteps(report: Report, clock: WorkClock): Element {
  const { steps, updated } = report;
  const totals = steps.flatMap((step, index) =>
    step.tasks.length === 0
      ? []
      : [{ step, index, answersMs: askedMs(report, step), ...totalsOf(step, clock, updated) }],
  );
  const longest = totals.toSorted((a, b) => b.wallMs + b.answersMs - (a.wallMs + a.answersMs)).slice(0, MOST_STEPS);
  const most = Math.max(1, ...longest.map(({ wallMs }) => wallMs));
  return table(
    "Where the time went",
    [
      "step",
      "time",
      h("span", { className: ["unseen"] }, "compared"),
      "all hosts together",
      "waits",
      "for answers",
      "again",
      "slowest host",
    ],
    longest.map(({ step, index, wallMs, workMs, waitMs, answersMs, again, slowest }) => [
      stepLink(step, index),
      formatDuration(wallMs),
      bar(wallMs / most),
      formatDuration(workMs),
      durationUnlessNone(waitMs),
      durationUnlessNone(answersMs),
      againWords(again),
      slowest === undefined ? "" : `${line(slowest.host)} ${formatDuration(slowest.ms)}`,
    ]),
  );
}

function durationUnlessNone(ms: number): string {
  return ms === 0 ? "" : formatDuration(ms);
}

function stepLink({ number, title }: ReportStep, index: number): Element {
  return h("a", { href: `#step-${index}` }, `${number === undefined ? "" : `${number} `}${line(title)}`);
}

function bar(share: number): Element {
  return s("svg", { className: ["bar"], viewBox: "0 0 100 10", preserveAspectRatio: "none", ariaHidden: "true" }, [
    s("rect", { width: Math.max(0.5, share * 100).toFixed(1), height: 10 }),
  ]);
}

export function hostsSection({ hosts, steps }: Report): Element {
  const byHost = new Map(hosts.map(({ name }) => [name, [] as ReportStep["tasks"][number][]]));
  for (const { tasks } of steps) for (const task of tasks) byHost.get(task.host)?.push(task);
  return h("section", { id: "hosts", ariaLabelledBy: "hosts-title" }, [
    h("h2", { id: "hosts-title" }, "Hosts"),
    table(
      "Hosts",
      ["host", "system", "tasks", "time"],
      hosts.map(({ name, os = "", arch = "", kernel = "", setAside }) => {
        const tasks = byHost.get(name) ?? [];
        const ms = tasks.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
        const aside = setAside === undefined ? "" : `set aside at ${setAside.step}: ${setAside.reason}`;
        return [
          line(name),
          line([os, arch, kernel].filter(Boolean).join(" · ")),
          h("span", { className: tasks.some(({ status }) => isBad(status)) ? ["bad"] : [] }, [
            [countWords([{ tasks }]), line(aside)].filter(Boolean).join(" · "),
          ]),
          formatDuration(ms),
        ];
      }),
    ),
  ]);
}

/** Inputs, and what steps have captured; undefined where there are none. */
export function variablesSection({ inputs, captures }: Report): Element | undefined {
  if (inputs.length + captures.length === 0) return undefined;
  return h("section", { id: "variables", ariaLabelledBy: "variables-title" }, [
    h("h2", { id: "variables-title" }, "Variables"),
    table(
      "Variables",
      ["name", "value", "from"],
      [...inputs.map(({ name, value }) => [code(name), valueOf(value), "input"]), ...mergedCaptures(captures)],
    ),
  ]);
}

function mergedCaptures(captures: readonly Capture[]): readonly (readonly Content[])[] {
  const groups = Map.groupBy(captures, ({ name, step, value }) => JSON.stringify([name, step, value]));
  const rows = [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const hosts = countHosts(alike.map(({ host }) => host));
    return [[code(first.name), valueOf(first.value), line(`${first.step} on ${hosts}`)]];
  });
  const cut = rows.length - MOST_ROWS;
  return cut > 0 ? [...rows.slice(0, MOST_ROWS), [`… ${cut} more`, "", ""]] : rows;
}

function valueOf(value: string | undefined): Content {
  if (value === undefined) return h("span", { className: ["quiet"] }, "«secret»");
  return h("code", line(value.length <= VALUE ? value : `${value.slice(0, VALUE)}…`));
}

/** What happened besides tasks. */
export function momentsSection({ moments, steps }: Report): Element {
  const numbers = new Map(steps.map((step, index) => [step.id, { step, index }]));
  const told = moments.slice(-MOST_ROWS);
  return h("section", { id: "moments", ariaLabelledBy: "moments-title" }, [
    h("h2", { id: "moments-title" }, "What happened"),
    ...(told.length < moments.length
      ? [h("p", { className: ["quiet"] }, `… ${moments.length - told.length} things before these`)]
      : []),
    h(
      "ol",
      { className: ["moments"] },
      told.map(({ at, text, hosts, step }) => {
        const known = step === undefined ? undefined : numbers.get(step);
        const about: Content[] = known === undefined ? [line(step ?? "")] : [stepLink(known.step, known.index)];
        return h("li", { dataFind: true }, [
          h("time", { dateTime: at }, utcMoment(at)),
          " ",
          ...(hosts.length === 0 ? [] : [h("strong", line(countHosts(hosts))), " "]),
          line(text),
          ...(step === undefined ? [] : [" ", h("span", { className: ["quiet"] }, about)]),
        ]);
      }),
    ),
  ]);
}
