import type { AskedTime } from "../../story/answer-times.ts";
import type { Stretch } from "../../story/run-fold.ts";
import type { Report, ReportStep, ReportTask } from "./report.ts";

/** Where the time of a step went. Milliseconds. */
export interface StepTotals {
  /** How long any of its hosts was at it, without the time that the run rested or waited for an answer. */
  readonly wallMs: number;
  /** All hosts together. */
  readonly workMs: number;
  readonly waitMs: number;
  readonly again: Again;
  readonly slowest?: { readonly host: string; readonly ms: number };
}

/** How often something was done more than once. */
export interface Again {
  /** By itself, as the guide says. */
  readonly retries: number;
  /** Begun anew: by a person, after a fix, or since the guide was edited. */
  readonly reruns: number;
}

/** Times in which the run was worked on, laid end to end. */
export interface WorkClock {
  readonly totalMs: number;
  /** Where a moment lies in them. @param at ISO time */
  readonly position: (at: string) => number;
  /** The number of breaks before it. */
  readonly breaksBefore: (at: string) => number;
  /** Where nobody worked on it, in that order: positions, and how long. */
  readonly breaks: readonly Break[];
}

export interface Break {
  /** The run rested, or waited for somebody to answer. */
  readonly why: "rest" | "asked";
  readonly at: number;
  readonly ms: number;
  /** Of `asked`: what about, by step. */
  readonly questions: readonly AskedTime[];
}

/** Answers that come one after the other, with less than that done in between, are one break. */
const NOTHING_MS = 100;

export function workClock({ stretches, asked }: Pick<Report, "stretches" | "asked">): WorkClock {
  const laid: { start: number; end: number; offset: number; breaks: number }[] = [];
  const breaks: { why: Break["why"]; at: number; ms: number; questions: readonly AskedTime[] }[] = [];
  let totalMs = 0;
  const work = (start: number, end: number): void => {
    laid.push({ start, end, offset: totalMs, breaks: breaks.length });
    totalMs += Math.max(0, end - start);
  };
  const stop = (why: Break["why"], ms: number, questions: readonly AskedTime[] = []): void => {
    const last = breaks.at(-1);
    if (last?.why !== "asked" || why !== "asked" || totalMs - last.at > NOTHING_MS) {
      breaks.push({ why, at: totalMs, ms: Math.max(0, ms), questions });
      return;
    }
    last.ms += Math.max(0, ms);
    last.questions = [...last.questions, ...questions];
  };
  let since: number | undefined;
  for (const { from, to } of stretches) {
    let at = Date.parse(from);
    if (since !== undefined) stop("rest", at - since);
    since = Date.parse(to);
    for (const time of asked.filter((one) => one.from >= from && one.to <= to)) {
      work(at, Date.parse(time.from));
      at = Date.parse(time.to);
      stop("asked", at - Date.parse(time.from), [time]);
    }
    work(at, since);
  }
  const stretchAt = (moment: number): (typeof laid)[number] | undefined =>
    laid[
      Math.max(
        0,
        laid.findLastIndex(({ start }) => start <= moment),
      )
    ];
  const position = (at: string): number => {
    const moment = Date.parse(at);
    const stretch = stretchAt(moment);
    return stretch === undefined ? 0 : stretch.offset + Math.max(0, Math.min(moment, stretch.end) - stretch.start);
  };
  return { totalMs, position, breaksBefore: (at) => stretchAt(Date.parse(at))?.breaks ?? 0, breaks };
}

/** @param now for what is still at work */
export function totalsOf({ tasks }: Pick<ReportStep, "tasks">, clock: WorkClock, now: string): StepTotals {
  let [workMs, waitMs, retries, reruns] = [0, 0, 0, 0];
  let slowest: { host: string; ms: number } | undefined;
  for (const task of tasks) {
    for (const attempt of task.attempts) workMs += clock.position(attempt.to ?? now) - clock.position(attempt.from);
    for (const wait of task.waits) waitMs += clock.position(wait.to) - clock.position(wait.from);
    const again = againOf(task);
    retries += again.retries;
    reruns += again.reruns;
    const ms = lengthOf(timesAt([task], now), clock);
    if (slowest === undefined || ms > slowest.ms) slowest = { host: task.host, ms };
  }
  const wallMs = lengthOf(timesAt(tasks, now), clock);
  return { wallMs, workMs, waitMs, again: { retries, reruns }, ...(slowest !== undefined && { slowest }) };
}

/**
 * When any of these tasks was under way, in that order: not between its end and a rerun, however much was done meanwhile.
 * @param now for what is still at work
 */
export function timesAt(tasks: readonly ReportTask[], now: string): readonly Stretch[] {
  const times = tasks.flatMap(({ from, to, attempts, waits }): Stretch[] => {
    const first = attempts[0];
    if (first === undefined) return [{ from, to: to ?? now }];
    return [
      { from, to: first.from },
      ...attempts.map((attempt) => ({ from: attempt.from, to: attempt.to ?? now })),
      ...waits,
    ];
  });
  const joined: { from: string; to: string }[] = [];
  for (const time of times.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = joined.at(-1);
    if (last === undefined || time.from > last.to) joined.push({ from: time.from, to: time.to });
    else if (time.to > last.to) last.to = time.to;
  }
  return joined;
}

function lengthOf(times: readonly Stretch[], clock: WorkClock): number {
  return times.reduce((sum, { from, to }) => sum + clock.position(to) - clock.position(from), 0);
}

/** How long a step waited for somebody to answer. */
export function askedMs({ asked }: Pick<Report, "asked">, { id }: Pick<ReportStep, "id">): number {
  return asked.reduce((sum, { step, from, to }) => (step === id ? sum + Date.parse(to) - Date.parse(from) : sum), 0);
}

export function againOf({ attempts }: Pick<ReportTask, "attempts">): Again {
  const begun = attempts.filter(({ number }) => number === 1).length;
  return { retries: attempts.length - begun, reruns: Math.max(0, begun - 1) };
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
