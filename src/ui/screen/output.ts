import type { PlannedStep } from "../../model/plan.ts";
import { countHosts } from "../../story/compress-hosts.ts";
import { formatDuration } from "../../story/format-time.ts";
import { mergeOutput } from "../merged-output.ts";
import type { OutputTail } from "../output-tail.ts";
import { renderFailures } from "../render-failures.ts";
import type { StepView, TaskView } from "../../story/run-fold.ts";
import { colorOf, type Style } from "../style.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { statement } from "../../story/task-statement.ts";
import { TASK_SIGN } from "../task-line.ts";
import { chop } from "./layout-code.ts";
import type { LogWindow } from "./log-window.ts";
import { signSpan, taskSign } from "./outline.ts";
import { span, type TextLine } from "./text-line.ts";

/** What of one step is to be seen: of all its hosts, or of one. */
export interface OutputOf {
  readonly step: PlannedStep;
  readonly known: StepView | undefined;
  /** Its hosts that are to be seen; absent: all of them. */
  readonly only?: readonly string[];
  /** The ends of what its tasks have printed, by host; may lack some. */
  readonly outputs: ReadonlyMap<string, OutputTail>;
  readonly guide: string;
  readonly now: Date;
  /** Its tasks wait for somebody. */
  readonly waits?: boolean;
  /** Every host of it has been set aside, so that nothing goes past it. */
  readonly isDeserted?: boolean;
}

/** Of one output: as many lines as anybody scrolls through. */
const KEPT_LINES = 5000;
const WAITS = "waits for you";
const DESERTED = "All its hosts are set aside, and nothing goes past it without any: F brings them back.";
/** Hosts at work that have a line each. */
const BUSY_HOSTS = 20;

/** Lines to be scrolled through. */
export interface Shown {
  readonly lines: readonly TextLine[];
  /** Their beginning is what is to be seen first; otherwise it is their end. */
  readonly fromTop: boolean;
  /** Where the first of them begin in a log, if they are all of one task: the rest is not in it. */
  readonly places?: readonly number[];
  /** Some of it is not among the lines. */
  readonly partial?: boolean;
}

/**
 * What all hosts have printed: each output once under its hosts, and who is still at work. What went wrong stands above
 * all of it and is seen first, however many hosts agree.
 */
export function outputOfAll(style: Style, shown: OutputOf): Shown {
  const { known, guide, outputs, only } = shown;
  const chosen = only === undefined ? undefined : new Set(only);
  if (chosen?.size === 0) return { lines: [[span("none of its hosts is to be seen; Esc shows all")]], fromTop: true };
  const tasks = [...(known?.tasks.values() ?? [])].filter(({ host }) => chosen?.has(host) !== false);
  const deserted = shown.isDeserted === true ? chop([span(DESERTED, "bold")], style.columns) : [];
  if (tasks.length === 0) return { lines: [...deserted, ...notBegun(shown.step)], fromTop: true };
  const good = tasks.filter(({ status }) => status === "ok" || status === "unchanged");
  const bad = tasks.filter(({ status }) => TASK_SIGN[status] === "failed" || status === "unknown");
  const skipped = skippedLines(style, withStatus(tasks, "skipped"));
  const printed = printedLines(style, names(good), outputs);
  const busy = busyLines(style, withStatus(tasks, "running"), shown);
  const partial = good.some(({ host }) => (outputs.get(host)?.tail(KEPT_LINES).earlier ?? 0) > 0);
  if (bad.length === 0) return { lines: [...skipped, ...printed, ...busy], fromTop: false, partial };
  const color = colorOf(TASK_SIGN[bad[0]?.status ?? "failed"]);
  const causes = renderFailures({ ...style, color: false }, guide, bad, outputs).flatMap((cause) =>
    cause.flatMap((text, index) =>
      chop([index === 0 && color !== undefined ? span(text, color) : span(text)], style.columns),
    ),
  );
  return { lines: [...deserted, ...causes, ...busy, ...printed, ...skipped], fromTop: true, partial };
}

function skippedLines(style: Style, tasks: readonly TaskView[]): readonly TextLine[] {
  return [...Map.groupBy(tasks, statement)].map(([story, alike]) => [
    signSpan(style, "skipped"),
    span(` ${countHosts(names(alike))}  ${story}`),
  ]);
}

function printedLines(style: Style, hosts: readonly string[], outputs: OutputOf["outputs"]): readonly TextLine[] {
  const silent = hosts.filter((host) => outputs.get(host)?.isEmpty !== false);
  const nothing: readonly TextLine[] =
    silent.length === 0 ? [] : [[signSpan(style, "ok"), span(` ${countHosts(silent)}  `), span("(nothing)", "dim")]];
  const printed = mergeOutput(hosts, outputs).flatMap(({ hosts, output }) => {
    const agree = hosts.length > 1 ? `${hosts.length} hosts agree: ${countHosts(hosts)}` : (hosts[0] ?? "");
    return [[signSpan(style, "ok"), span(` ${agree}`)], ...tailLines(style, output, KEPT_LINES)];
  });
  return [...nothing, ...printed];
}

function busyLines(
  style: Style,
  tasks: readonly TaskView[],
  { outputs, now, waits = false }: OutputOf,
): readonly TextLine[] {
  if (waits && tasks.length > 0) {
    return [[signSpan(style, "question"), span(` ${countHosts(names(tasks))}  ${WAITS}`)]];
  }
  const lines = tasks.slice(0, BUSY_HOSTS).map(({ host, since }): TextLine => {
    const last = outputs.get(host)?.tail(1).lines[0] ?? "";
    const time = formatDuration(now.getTime() - Date.parse(since));
    return [signSpan(style, "running"), span(` ${host}  `), span(time, "dim"), span(`  ${last}`)];
  });
  const more = tasks.length - BUSY_HOSTS;
  return more > 0 ? [...lines, [span(`  and ${more} more hosts at work`, "dim")]] : lines;
}

/**
 * What one host has printed, and how it stands.
 * @param log the part of its log that is looked at; absent: the end of it, which is at hand
 */
export function outputOfHost(
  style: Style,
  host: string,
  { known, outputs, guide, step, now, waits = false }: OutputOf,
  log?: Pick<LogWindow, "lines" | "atEnd">,
): Shown {
  const task = known?.tasks.get(host);
  if (task === undefined) return { lines: notBegun(step), fromTop: false };
  const isRead = log !== undefined && log.lines.length > 0;
  const placed = isRead ? log.lines : (outputs.get(host)?.placed() ?? []);
  const lines = placed.map(({ text }): TextLine => [span(`  ${text.replaceAll("\t", "    ")}`)]);
  const places = placed.map(({ at }) => at);
  if (isRead && !log.atEnd) return { lines, places, fromTop: false, partial: true };
  const isWaiting = waits && task.status === "running";
  const said = isWaiting ? WAITS : statement(task);
  const ms = isWaiting
    ? undefined
    : task.status === "running"
      ? now.getTime() - Date.parse(task.since)
      : task.durationMs;
  const time = ms === undefined ? "" : formatDuration(ms);
  const end: TextLine = [
    signSpan(style, taskSign(task.status, waits)),
    span(` ${[host, said || task.status, time].filter(Boolean).join("  ")}`),
  ];
  const why = renderFailures({ ...style, color: false }, guide, task.broken.length === 0 ? [] : [task], new Map())
    .flatMap((cause) => cause.slice(1))
    .flatMap((text) => chop([span(text)], style.columns));
  return { lines: [...lines, ...chop(end, style.columns), ...why], places, fromTop: false };
}

function tailLines(style: Style, output: OutputTail, most: number): readonly TextLine[] {
  const { lines, earlier } = output.tail(most);
  const more = style.unicode ? "…" : "...";
  return [
    ...(earlier > 0 ? [[span(`  ${more} ${earlier} lines before: all are in the host's own tab`, "dim")]] : []),
    ...lines.map((text): TextLine => [span(`  ${text.replaceAll("\t", "    ")}`)]),
  ];
}

function notBegun({ skip, hosts, action }: PlannedStep): readonly TextLine[] {
  if (skip !== undefined) return [[span(`skipped: ${skip}`)]];
  const what =
    action.kind === "manual"
      ? "done by hand for"
      : action.kind === "file"
        ? `writes ${oneLine(action.path)} on`
        : "runs on";
  return [[span(`not begun; ${what} ${countHosts(hosts)}`)]];
}

function withStatus(tasks: readonly TaskView[], status: TaskView["status"]): readonly TaskView[] {
  return tasks.filter((task) => task.status === status);
}

function names(tasks: readonly TaskView[]): readonly string[] {
  return tasks.map(({ host }) => host);
}
