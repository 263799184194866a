import { formatDuration } from "../../story/format-time.ts";
import { plural } from "../../story/plural.ts";
import { oneLine } from "../../story/terminal-text.ts";
import type { Report, ReportStep } from "./report.ts";
import { countStatuses } from "./totals.ts";

/** A moment for readers anywhere: `2026-11-22 18:41:07 UTC`. */
export function utcMoment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** How the run stands: `failed`, `paused: …`. */
export function standing({ status, pause, undone }: Report): string {
  if (undone === true && status === "abandoned") return "undone";
  if (status !== "paused" || pause === undefined) return status;
  const detail = oneLine(pause.detail);
  return detail === "" ? `paused: ${pause.reason}` : `paused: ${detail}`;
}

/** `9 ok, 1 failed`. */
export function countWords(steps: readonly Pick<ReportStep, "tasks">[]): string {
  const counts = countStatuses(steps.flatMap(({ tasks }) => tasks));
  return [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
}

/** `3/5 steps`, as far as they are over. */
export function progressWords({ steps }: Report): string {
  const told = steps.filter(({ role, removed }) => role === "run" && removed !== true);
  const over = told.filter(({ status }) => status === "ok" || status === "skipped");
  return `${over.length} of ${plural(told.length, "step")}`;
}

/** The title of the guide, else its path. */
export function titleOf({ guide }: Report): string {
  return oneLine(guide.title ?? guide.path);
}

/** What the run is about in a line: steps, tasks, hosts and time. */
export function headline(report: Report): string {
  const tasks = countWords(report.steps);
  return [
    progressWords(report),
    tasks === "" ? "" : `tasks: ${tasks}`,
    plural(report.hosts.length, "host"),
    formatDuration(report.workedMs),
  ]
    .filter(Boolean)
    .join(" · ");
}
