import type { Attempt, Report, ReportStep, ReportTask } from "./report.ts";
import { timesAt, workClock, type WorkClock } from "./totals.ts";

/** What a host did at a time: an attempt and how it ended, or what it waited for. */
export type Doing = "ok" | "failed" | "unknown" | "running" | "retry" | "reboot" | "others";

export interface Stretch {
  readonly doing: Doing;
  /** Index in `Report.steps`. */
  readonly step: number;
  /** Attempt number, of attempts. */
  readonly attempt?: number;
  readonly from: string;
  readonly to: string;
}

export interface TimelineRow {
  readonly host: string;
  readonly stretches: readonly Stretch[];
}

export interface Timeline {
  readonly clock: WorkClock;
  /** Hosts in the order of the report. */
  readonly rows: readonly TimelineRow[];
  /** When each step was at work; none where steps were at work at the same time, as in rolling sections. */
  readonly bands: readonly { readonly step: number; readonly from: string; readonly to: string }[];
}

/** Hosts × steps over time. */
export function timelineOf(report: Report): Timeline {
  const byHost = new Map<string, Stretch[]>(report.hosts.map(({ name }) => [name, []]));
  for (const [index, { tasks }] of report.steps.entries()) {
    for (const task of tasks) byHost.get(task.host)?.push(...stretchesOf(task, index, report.updated));
  }
  const rows = [...byHost].filter(([, stretches]) => stretches.length > 0);
  return {
    clock: workClock(report),
    rows: rows.map(([host, stretches]) => ({ host, stretches })),
    bands: bandsOf(report.steps, report.updated),
  };
}

function stretchesOf(task: ReportTask, step: number, now: string): readonly Stretch[] {
  const attempts = task.attempts.map((attempt, index): Stretch => {
    const isLast = index === task.attempts.length - 1;
    const { number, from, to = isLast ? (task.to ?? now) : from } = attempt;
    return { doing: doingOf(attempt, isLast ? task : undefined), step, attempt: number, from, to };
  });
  const waits = task.waits.map(({ for: doing, from, to }): Stretch => ({ doing, step, from, to }));
  return [...attempts, ...waits];
}

function doingOf({ verdicts }: Attempt, last: ReportTask | undefined): Doing {
  if (last === undefined) return verdicts.at(-1)?.passed === true ? "ok" : "failed";
  if (last.status === "running" || last.status === "unknown") return last.status;
  return last.status === "failed" || last.status === "unreachable" ? "failed" : "ok";
}

/** A step that was run again has several. */
function bandsOf(steps: readonly ReportStep[], now: string): Timeline["bands"] {
  const bands = steps.flatMap(({ tasks }, step) =>
    timesAt(
      tasks.filter(({ attempts }) => attempts.length > 0),
      now,
    ).map(({ from, to }) => ({ step, from, to })),
  );
  const sorted = bands.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  return sorted.every(({ from }, index) => from >= (sorted[index - 1]?.to ?? "")) ? sorted : [];
}
