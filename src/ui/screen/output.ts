import type { PlannedStep } from "../../model/plan.ts";
import { countHosts } from "../../story/compress-hosts.ts";
import { formatDuration } from "../../story/format-time.ts";
import { mergeOutput } from "../merged-output.ts";
import type { OutputTail } from "../output-tail.ts";
import { renderFailures } from "../render-failures.ts";
import type { StepView, TaskView } from "../../story/run-fold.ts";
import { colorOf, type Style } from "../style.ts";
import { statement } from "../../story/task-statement.ts";
import { TASK_SIGN } from "../task-line.ts";
import { signSpan } from "./outline.ts";
import { span, type TextLine } from "./text-line.ts";

/** What of one step is to be seen: of all its hosts, or of one. */
export interface OutputOf {
  readonly step: PlannedStep;
  readonly known: StepView | undefined;
  /** The ends of what its tasks have printed, by host; may lack some. */
  readonly outputs: ReadonlyMap<string, OutputTail>;
  readonly guide: string;
  readonly now: Date;
}

/** Of one output: as many lines as anybody scrolls through. */
const KEPT_LINES = 5000;
/** Hosts at work that have a line each. */
const BUSY_HOSTS = 20;

/**
 * What all hosts have printed: each output once under its hosts, then who is still at work, then what went wrong: the end
 * of it is seen first.
 */
export function outputOfAll(style: Style, shown: OutputOf): readonly TextLine[] {
  const { known, outputs, guide, now } = shown;
  const tasks = [...(known?.tasks.values() ?? [])];
  if (tasks.length === 0) return notBegun(shown.step);
  const lines: TextLine[] = [];
  for (const [story, alike] of Map.groupBy(withStatus(tasks, "skipped"), statement)) {
    lines.push([signSpan(style, "skipped"), span(` ${countHosts(names(alike))}  ${story}`)]);
  }
  const good = tasks.filter(({ status }) => status === "ok" || status === "unchanged");
  const printed = mergeOutput(names(good), outputs);
  const silent = names(good).filter((host) => outputs.get(host)?.isEmpty !== false);
  if (silent.length > 0)
    lines.push([signSpan(style, "ok"), span(` ${countHosts(silent)}  `), span("(nothing)", "dim")]);
  for (const { hosts, output } of printed) {
    const agree = hosts.length > 1 ? `${hosts.length} hosts agree: ${countHosts(hosts)}` : (hosts[0] ?? "");
    lines.push([signSpan(style, "ok"), span(` ${agree}`)]);
    lines.push(...tailLines(style, output, KEPT_LINES));
  }
  const busy = withStatus(tasks, "running");
  for (const task of busy.slice(0, BUSY_HOSTS)) {
    const last = outputs.get(task.host)?.tail(1).lines[0] ?? "";
    lines.push([
      signSpan(style, "running"),
      span(` ${task.host}  `),
      span(formatDuration(now.getTime() - Date.parse(task.since)), "dim"),
      span(`  ${last}`),
    ]);
  }
  if (busy.length > BUSY_HOSTS) lines.push([span(`  and ${busy.length - BUSY_HOSTS} more hosts at work`, "dim")]);
  const bad = tasks.filter(({ status }) => TASK_SIGN[status] === "failed" || status === "unknown");
  for (const cause of renderFailures({ ...style, color: false }, guide, bad, outputs)) {
    const color = colorOf(TASK_SIGN[bad[0]?.status ?? "failed"]);
    lines.push(...cause.map((text, index) => [index === 0 && color !== undefined ? span(text, color) : span(text)]));
  }
  return lines;
}

/** What one host has printed, and how it stands. */
export function outputOfHost(
  style: Style,
  host: string,
  { known, outputs, guide, step }: OutputOf,
): readonly TextLine[] {
  const task = known?.tasks.get(host);
  if (task === undefined) return notBegun(step);
  const output = outputs.get(host);
  const lines = output === undefined || output.isEmpty ? [] : tailLines(style, output, KEPT_LINES);
  const said = statement(task);
  const time = task.durationMs === undefined ? "" : formatDuration(task.durationMs);
  const end: TextLine = [
    signSpan(style, TASK_SIGN[task.status]),
    span(` ${[said || task.status, time].filter(Boolean).join("  ")}`),
  ];
  const why = renderFailures({ ...style, color: false }, guide, task.broken.length === 0 ? [] : [task], new Map())
    .flatMap((cause) => cause.slice(1))
    .map((text): TextLine => [span(text)]);
  return [...lines, end, ...why];
}

function tailLines(style: Style, output: OutputTail, most: number): readonly TextLine[] {
  const { lines, earlier } = output.tail(most);
  const more = style.unicode ? "…" : "...";
  return [
    ...(earlier > 0 ? [[span(`  ${more} ${earlier} lines before`, "dim")]] : []),
    ...lines.map((text): TextLine => [span(`  ${text.replaceAll("\t", "    ")}`)]),
  ];
}

function notBegun({ skip, hosts, action }: PlannedStep): readonly TextLine[] {
  if (skip !== undefined) return [[span(`skipped: ${skip}`, "dim")]];
  const what = action.kind === "manual" ? "done by hand for" : "runs on";
  return [[span(`not begun; ${what} ${countHosts(hosts)}`, "dim")]];
}

function withStatus(tasks: readonly TaskView[], status: TaskView["status"]): readonly TaskView[] {
  return tasks.filter((task) => task.status === status);
}

function names(tasks: readonly TaskView[]): readonly string[] {
  return tasks.map(({ host }) => host);
}
