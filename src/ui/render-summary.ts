import type { Plan } from "../model/plan.ts";
import { compressHosts, countHosts } from "../story/compress-hosts.ts";
import { formatDuration } from "../story/format-time.ts";
import { heldLines } from "./render-holder.ts";
import { cancelledWords } from "./render-stopping.ts";
import { answers, pauseWords, wantedLines, type Way } from "./render-pause.ts";
import type { RunView, StepView, TaskView } from "../story/run-fold.ts";
import { joined, sign } from "./style.ts";
import type { Sign, Style } from "./style.ts";
import { oneLine } from "../story/terminal-text.ts";

/** The number, title and place of each step that a run goes through, where the plan is known. */
export type Outline = ReadonlyMap<
  string,
  {
    readonly number: number;
    readonly title: string;
    readonly line: number;
    /** The plan has nothing to do for it. */
    readonly isSkipped: boolean;
  }
>;

export function outlineOf(plan: Pick<Plan, "steps">): Outline {
  return new Map(
    runSteps(plan).map(({ id, title, span, skip }, index) => [
      id,
      { number: index + 1, title, line: span.start.line, isSkipped: skip !== undefined },
    ]),
  );
}

/**
 * How far a run has come, counted as `waymark plan` counts: without steps that are skipped as a whole, unless something
 * of them was done before that.
 * @param outline empty where the guide is not known; where it is, what fixes others is not counted
 * @returns `leftOut`: how many more have a number
 */
export function countSteps(
  { steps }: Pick<RunView, "steps">,
  outline: Outline,
): { readonly done: number; readonly all: number; readonly leftOut: number } {
  const known = [...steps.values()].filter(({ id, status, tasks }) => {
    const entry = outline.get(id);
    if (outline.size > 0 && entry === undefined) return false;
    return tasks.size > 0 || (status !== "skipped" && entry?.isSkipped !== true);
  });
  const done = known.filter(({ status }) => status === "ok" || status === "skipped").length;
  const ahead = [...outline].filter(([id, { isSkipped }]) => !isSkipped && !steps.has(id)).length;
  const all = known.length + ahead;
  return { done, all, leftOut: Math.max(0, outline.size - all) };
}

/** `14/38 steps, 2 left out`: together as many as are numbered. */
export function stepCounts(view: Pick<RunView, "steps">, outline: Outline): string {
  const { done, all, leftOut } = countSteps(view, outline);
  return `${done}/${all} steps${leftOut === 0 ? "" : `, ${leftOut} left out`}`;
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
  crashed: "unknown",
} as const satisfies Record<RunView["status"], Sign>;

/**
 * How a run ended or why it rests: one line.
 * @param outline empty where the guide is not known
 */
export function runLine(style: Style, view: RunView, outline: Outline): string {
  const { status, pause, workedMs } = view;
  const undone = view.undone === true && status === "abandoned";
  const words = undone ? "undone" : pause === undefined ? status : pauseWords(pause);
  const progress = stepCounts(view, outline);
  return `${sign(style, undone ? "ok" : RUN_SIGN[status])} ${joined(style, words, progress, countTasks(view), formatDuration(workedMs))}`;
}

const COUNTED = ["ok", "skipped", "failed", "unreachable", "unknown", "running"];

/** `tasks: 9 ok, 1 failed`. */
function countTasks({ steps }: RunView): string {
  const statuses = [...steps.values()].flatMap(({ tasks }) => [...tasks.values()].map(({ status }) => status));
  const groups = Map.groupBy(statuses, (status) => (status === "unchanged" ? "ok" : status));
  const counts = [...groups].toSorted(([a], [b]) => COUNTED.indexOf(a) - COUNTED.indexOf(b));
  return counts.length === 0 ? "" : `tasks: ${counts.map(([status, { length }]) => `${length} ${status}`).join(", ")}`;
}

export interface SummaryContext {
  readonly guide: string;
  readonly outline: Outline;
  /** The folder where outputs are kept; absent for a dry run, of which nothing is. */
  readonly logs?: string;
  /** Where it is known: what was selected, and which inputs are secret. */
  readonly plan?: Pick<Plan, "steps" | "variables">;
}

/**
 * The end of a run or of a stretch of it: how it stands, what stopped it, and what to do next.
 * @returns lines
 */
export function renderSummary(style: Style, view: RunView, around: SummaryContext): readonly string[] {
  const isDry = around.logs === undefined;
  const lines = [isDry ? `dry run: nothing was done; ${countTasks(view)}` : runLine(style, view, around.outline)];
  if (view.status === "passed" || view.status === "running") return lines;
  const { run, setAside, pause } = view;
  const { plan } = around;
  const stopped = [...view.steps.values()].filter(isStuck);
  for (const step of stopped) {
    lines.push(stepLine(style, step.id, around));
    const { cancelled = false } = view;
    const words = (task: TaskView): string | undefined =>
      cancelled ? cancelledWords(task) : isBad(task.status) ? task.status : undefined;
    for (const [what, tasks] of Map.groupBy(step.tasks.values(), words)) {
      if (what !== undefined) lines.push(`    ${what} on ${countHosts(tasks.map(({ host }) => host))}`);
    }
  }
  for (const [step, hosts] of Map.groupBy(setAside, ([, { step }]) => step)) {
    const names = hosts.map(([host]) => host);
    const reason = oneLine(hosts[0]?.[1].reason ?? "");
    lines.push(`  set aside${step && ` at ${step}`}: ${compressHosts(names)}${reason === "" ? "" : ` (${reason})`}`);
  }
  const wanted = pause === undefined ? [] : wantedLines(pause, plan);
  if (pause?.step !== undefined && wanted.length > 0) {
    lines.push(stepLine(style, pause.step, around), ...wanted.map((line) => `    ${line}`));
  }
  if (view.held.size > 0) {
    if (pause?.step !== undefined && !stopped.some(({ id }) => id === pause.step)) {
      lines.push(stepLine(style, pause.step, around));
    }
    lines.push(...heldLines(view).map((line) => `    ${line}`));
  }
  const left = plan === undefined ? [] : leftOut(plan, view);
  if (left.length > 0) lines.push(`  not selected: ${left.join(", ")}`);
  if (isDry) return lines;
  const last = stopped.at(-1);
  // What takes back a file has an id with a blank in it.
  const one = last === undefined ? "" : ` --step ${last.id.includes(" ") ? `"${last.id}"` : last.id}`;
  const look = [
    ["look", `waymark show ${run}${one}`],
    ["outputs", around.logs ?? ""],
  ] as const;
  const ways = [...look, ...(answers(view, plan) ?? nextCommands(view, plan, last))];
  const width = Math.max(...ways.map(([way]) => way.length));
  lines.push("", ...ways.map(([way, what]) => `  ${way.padEnd(width)}  ${what}`));
  return lines;
}

function stepLine(style: Style, id: string, { guide, outline }: SummaryContext): string {
  const title = outline.get(id);
  const place = title === undefined ? "" : `${guide}:${title.line}`;
  return `  ${joined(style, title === undefined ? id : `${title.number} ${oneLine(title.title)}`, place)}`;
}

/** Steps that selection has left out, as a whole or on some hosts, and that were not done before. */
function leftOut({ steps }: Pick<Plan, "steps">, view: RunView): readonly string[] {
  return runSteps({ steps }).flatMap(({ id, hosts, unselected = [] }) => {
    const tasks = view.steps.get(id)?.tasks;
    const open = unselected.filter((host) => !["ok", "unchanged", "skipped"].includes(tasks?.get(host)?.status ?? ""));
    if (open.length === 0) return [];
    return [hosts.length === 0 ? id : `${id} on ${compressHosts(open)}`];
  });
}

function nextCommands(
  { run, status, pause, setAside, undone }: RunView,
  plan?: Pick<Plan, "steps">,
  last?: StepView,
): readonly Way[] {
  if (status === "abandoned") return [];
  const [go, step] =
    undone === true ? ["undo", plan?.steps.find(({ id }) => id === last?.id)?.of] : ["resume", last?.id];
  const goOn = `waymark ${go} ${run}`;
  const unknown = [...(last?.tasks.values() ?? [])].filter((task) => task.status === "unknown");
  if (pause?.reason === "unknown" && unknown.length > 0 && unknown.every(({ unasked }) => unasked === true)) {
    return [["once it is back", goOn]];
  }
  if (pause?.reason === "unknown" && step !== undefined) {
    return [
      ["it ran", `${goOn} --done ${step}`],
      ["it did not", `${goOn} --rerun ${step}`],
      ["leave it", `${goOn} --skip ${step}`],
      ["ask again", goOn],
    ];
  }
  if (undone === true) return [["go on", goOn]];
  if (status === "partial") return [["the rest", goOn]];
  const isFixable = plan?.steps.some(({ role, of, skip }) => role === "fix" && of === last?.id && skip === undefined);
  if (status === "failed" && last !== undefined && isFixable === true) {
    return [
      ["fix it", `waymark resume ${run} --fix ${last.id}`],
      ["try again", `waymark resume ${run}`],
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
