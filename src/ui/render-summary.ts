import type { Plan } from "../model/plan.ts";
import { compressHosts, countHosts } from "./compress-hosts.ts";
import { formatDuration } from "./format-time.ts";
import type { RunView, StepView, TaskView } from "./run-fold.ts";
import { joined, sign } from "./style.ts";
import type { Sign, Style } from "./style.ts";
import { oneLine } from "./terminal-text.ts";

/** The number, title and place of each step that a run goes through, where the plan is known. */
export type Outline = ReadonlyMap<string, { readonly number: number; readonly title: string; readonly line: number }>;

export function outlineOf(plan: Pick<Plan, "steps">): Outline {
  return new Map(
    runSteps(plan).map(({ id, title, span }, index) => [id, { number: index + 1, title, line: span.start.line }]),
  );
}

/** The steps that a run goes through: not those that fix or undo others. */
export function runSteps({ steps }: Pick<Plan, "steps">): Plan["steps"] {
  return steps.filter(({ role }) => role === "run");
}

export const RUN_SIGN = {
  passed: "ok",
  partial: "ok",
  failed: "failed",
  cancelled: "failed",
  abandoned: "skipped",
  running: "running",
  paused: "unknown",
} as const satisfies Record<RunView["status"], Sign>;

/**
 * How a run ended or why it rests: one line.
 * @param total steps of the guide
 */
export function runLine(style: Style, view: RunView, total: number): string {
  const { status, pause, steps, workedMs } = view;
  const settled = [...steps.values()].filter((step) => step.status === "ok" || step.status === "skipped").length;
  const words = pause === undefined ? status : pause.reason === "unknown" ? "stopped: outcome unknown" : "interrupted";
  const progress = `${settled}/${Math.max(total, steps.size)} steps`;
  return `${sign(style, RUN_SIGN[status])} ${joined(style, words, progress, countTasks(view), formatDuration(workedMs))}`;
}

const COUNTED = ["ok", "skipped", "failed", "unreachable", "unknown", "running"];

/** `tasks: 9 ok, 1 failed`. */
function countTasks({ steps }: RunView): string {
  const statuses = [...steps.values()].flatMap(({ tasks }) => [...tasks.values()].map(({ status }) => status));
  const groups = Map.groupBy(statuses, (status) => (status === "unchanged" ? "ok" : status));
  const counts = [...groups].toSorted(([a], [b]) => COUNTED.indexOf(a) - COUNTED.indexOf(b));
  return counts.length === 0 ? "" : `tasks: ${counts.map(([status, { length }]) => `${length} ${status}`).join(", ")}`;
}

/**
 * The end of a run or of a stretch of it: how it stands, what stopped it, and what to do next.
 * @param logs the folder where outputs are kept
 * @returns lines
 */
export function renderSummary(
  style: Style,
  view: RunView,
  around: { readonly guide: string; readonly outline: Outline; readonly logs: string },
): readonly string[] {
  const lines = [runLine(style, view, around.outline.size)];
  if (view.status === "passed" || view.status === "running") return lines;
  const { run, setAside } = view;
  const stopped = [...view.steps.values()].filter(isStuck);
  for (const step of stopped) {
    const title = around.outline.get(step.id);
    const place = title === undefined ? "" : `${around.guide}:${title.line}`;
    lines.push(`  ${joined(style, title === undefined ? step.id : `${title.number} ${title.title}`, place)}`);
    for (const [status, tasks] of Map.groupBy(step.tasks.values(), (task) => task.status)) {
      if (isBad(status)) lines.push(`    ${status} on ${countHosts(tasks.map(({ host }) => host))}`);
    }
  }
  for (const [step, hosts] of Map.groupBy(setAside, ([, { step }]) => step)) {
    const names = hosts.map(([host]) => host);
    const reason = oneLine(hosts[0]?.[1].reason ?? "");
    lines.push(`  set aside at ${step}: ${compressHosts(names)}${reason === "" ? "" : ` (${reason})`}`);
  }
  const last = stopped.at(-1);
  const one = last === undefined ? "" : ` --step ${last.id}`;
  const ways = [["look", `waymark show ${run}${one}`], ["outputs", around.logs], ...nextCommands(view, last)] as const;
  const width = Math.max(...ways.map(([way]) => way.length));
  lines.push("", ...ways.map(([way, what]) => `  ${way.padEnd(width)}  ${what}`));
  return lines;
}

function nextCommands(
  { run, status, pause, setAside }: RunView,
  last?: StepView,
): readonly (readonly [string, string])[] {
  if (status === "abandoned") return [];
  if (pause?.reason === "unknown" && last !== undefined) {
    return [
      ["it ran", `waymark resume ${run} --done ${last.id}`],
      ["it did not", `waymark resume ${run} --rerun ${last.id}`],
      ["leave it", `waymark resume ${run} --skip ${last.id}`],
      ["ask again", `waymark resume ${run}`],
    ];
  }
  const retry = setAside.size > 0 && last === undefined ? " --retry-failed" : "";
  return [["go on", `waymark resume ${run}${retry}`]];
}

/** It is what the run stopped at: it has tasks that did not end well, on hosts that it did not do without. */
function isStuck({ status, tasks }: StepView): boolean {
  if (status === "ok" || status === "skipped") return false;
  return [...tasks.values()].some((task) => isBad(task.status));
}

function isBad(status: TaskView["status"]): boolean {
  return status === "failed" || status === "unreachable" || status === "unknown";
}
