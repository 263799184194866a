import { formatDuration } from "../../story/format-time.ts";
import { plural } from "../../story/plural.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { LOCAL } from "../../model/inventory.ts";
import { LEFT_OUT, type Report, type ReportStep } from "./report.ts";
import { type Again, countStatuses } from "./totals.ts";

export const NOT_BEGUN = "not begun";

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

/** The command line that goes on with it, where it rests. */
export function goOn({ run, status, undone, verify }: Report): string | undefined {
  if (verify === true || ["passed", "running", "abandoned"].includes(status)) return undefined;
  return `waymark ${undone === true ? "undo" : "resume"} ${run}`;
}

/** `9 ok, 1 failed`. */
export function countWords(steps: readonly Pick<ReportStep, "tasks">[]): string {
  const counts = countStatuses(steps.flatMap(({ tasks }) => tasks));
  return [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
}

/** `3 of 5 steps, 2 left out`, as far as they are over. */
export function progressWords({ steps }: Report): string {
  const told = steps.filter(({ role, removed }) => role === "run" && removed !== true);
  const skipped = told.filter(
    ({ status, tasks, skip }) => tasks.length === 0 && (status === "skipped" || skip !== undefined),
  );
  const leftOut = skipped.filter(({ skip }) => skip === LEFT_OUT);
  const over = told.filter(({ status }) => status === "ok" || status === "skipped").length - skipped.length;
  return [
    `${over} of ${plural(told.length - skipped.length, "step")}`,
    skipped.length === leftOut.length ? "" : `${skipped.length - leftOut.length} skipped`,
    leftOut.length === 0 ? "" : `${leftOut.length} left out`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** `3 hosts and local`: this machine is one only where nothing else is. */
export function hostWords({ hosts }: Report): string {
  const others = hosts.filter(({ name }) => name !== LOCAL);
  if (others.length === hosts.length) return plural(hosts.length, "host");
  return others.length === 0 ? LOCAL : `${plural(others.length, "host")} and ${LOCAL}`;
}

/** `2 retries, 1 rerun`: what was tried again by itself, and what somebody wanted once more. Empty where nothing was. */
export function againWords({ retries, reruns }: Again): string {
  const retried = retries === 0 ? "" : `${retries} ${retries === 1 ? "retry" : "retries"}`;
  return [retried, reruns === 0 ? "" : plural(reruns, "rerun")].filter(Boolean).join(", ");
}

/** Hosts that a step is for and has not been begun on, by why that is: `set aside at join`, `left out`, `not begun`. */
export function openHosts(
  { hosts }: Report,
  { open, status, skip }: ReportStep,
): ReadonlyMap<string, readonly string[]> {
  const aside = new Map(hosts.flatMap(({ name, setAside }) => (setAside === undefined ? [] : [[name, setAside]])));
  const isOver = status === "ok" || status === "skipped";
  return Map.groupBy(open, (host) => {
    const at = aside.get(host);
    if (at !== undefined) return `set aside at ${at.step}`;
    return skip ?? (isOver ? LEFT_OUT : NOT_BEGUN);
  });
}

/** The title of the guide, else its path. */
export function titleOf({ guide }: Report): string {
  return oneLine(guide.title ?? guide.path);
}

/** `10 s, and 39 s for answers`. */
export function timeWords({ workedMs, askedMs }: Report): string {
  const worked = formatDuration(workedMs);
  return askedMs === 0 ? worked : `${worked}, and ${formatDuration(askedMs)} for answers`;
}

/** What the run is about in a line: steps, tasks, hosts and time. */
export function headline(report: Report): string {
  const tasks = countWords(report.steps);
  return [progressWords(report), tasks === "" ? "" : `tasks: ${tasks}`, hostWords(report), timeWords(report)]
    .filter(Boolean)
    .join(" · ");
}
