import type { Report, ReportStep, ReportTask } from "./report.ts";

/** Where the time of a step went. Milliseconds. */
export interface StepTotals {
  /** From when its first task was begun to when the last one was over, without the time that the run rested. */
  readonly wallMs: number;
  /** All hosts together. */
  readonly workMs: number;
  readonly waitMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  readonly slowest?: { readonly host: string; readonly ms: number };
}

/** Times in which the run was worked on, laid end to end. */
export interface WorkClock {
  readonly totalMs: number;
  /** Where a moment lies in them. @param at ISO time */
  readonly position: (at: string) => number;
  /** The number of rests before it. */
  readonly restsBefore: (at: string) => number;
  /** Where the run rested: positions, and how long. */
  readonly rests: readonly { readonly at: number; readonly ms: number }[];
}

export function workClock({ stretches }: Pick<Report, "stretches">): WorkClock {
  let totalMs = 0;
  let last: number | undefined;
  const rests: { at: number; ms: number }[] = [];
  const laid = stretches.map(({ from, to }) => {
    const [start, end] = [Date.parse(from), Date.parse(to)];
    if (last !== undefined) rests.push({ at: totalMs, ms: Math.max(0, start - last) });
    last = end;
    const offset = totalMs;
    totalMs += Math.max(0, end - start);
    return { start, end, offset };
  });
  const stretchAt = (moment: number): number =>
    Math.max(
      0,
      laid.findLastIndex(({ start }) => start <= moment),
    );
  const position = (at: string): number => {
    const moment = Date.parse(at);
    const stretch = laid[stretchAt(moment)];
    return stretch === undefined ? 0 : stretch.offset + Math.max(0, Math.min(moment, stretch.end) - stretch.start);
  };
  return { totalMs, position, restsBefore: (at) => stretchAt(Date.parse(at)), rests };
}

/** @param now for what is still at work */
export function totalsOf({ tasks }: Pick<ReportStep, "tasks">, clock: WorkClock, now: string): StepTotals {
  let [first, last, workMs, waitMs, retries] = [Infinity, -Infinity, 0, 0, 0];
  let slowest: { host: string; ms: number } | undefined;
  for (const task of tasks) {
    const [from, to] = [clock.position(task.from), clock.position(task.to ?? now)];
    first = Math.min(first, from);
    last = Math.max(last, to);
    for (const attempt of task.attempts) workMs += clock.position(attempt.to ?? now) - clock.position(attempt.from);
    for (const wait of task.waits) waitMs += clock.position(wait.to) - clock.position(wait.from);
    retries += retriesOf(task);
    if (slowest === undefined || to - from > slowest.ms) slowest = { host: task.host, ms: to - from };
  }
  const wallMs = Math.max(0, last - first);
  return { wallMs, workMs, waitMs, retries, ...(slowest !== undefined && { slowest }) };
}

export function retriesOf({ attempts }: Pick<ReportTask, "attempts">): number {
  return Math.max(0, attempts.length - 1);
}

/** How many tasks stand how, in the order in which they are told. */
export function countStatuses(tasks: readonly ReportTask[]): ReadonlyMap<ReportTask["status"], number> {
  const order = ["ok", "unchanged", "skipped", "failed", "unreachable", "unknown", "running"] as const;
  const counts = new Map<ReportTask["status"], number>();
  for (const status of order) {
    const count = tasks.filter((task) => task.status === status).length;
    if (count > 0) counts.set(status, count);
  }
  return counts;
}
