import type { TaskView } from "./run-fold.ts";
import { formatDuration } from "./format-time.ts";
import { paint, sign } from "./style.ts";
import type { Sign, Style } from "./style.ts";
import { oneLine } from "./terminal-text.ts";

/** The shape of a task's state. */
export const TASK_SIGN = {
  ok: "ok",
  unchanged: "ok",
  skipped: "skipped",
  failed: "failed",
  unreachable: "failed",
  running: "running",
  unknown: "unknown",
} as const satisfies Record<TaskView["status"], Sign>;

/** How a task stands, in one line: `✖ pi-w2  exit status 1  0.5 s`. */
export function taskLine(style: Style, task: TaskView, name: string = task.host): string {
  return [`${sign(style, TASK_SIGN[task.status])} ${name}`, taskStory(style, task)].filter(Boolean).join("  ");
}

/** What there is to say about it besides its shape; empty where all went as it should and at once. */
function taskStory(style: Style, task: TaskView): string {
  const time = task.durationMs === undefined || task.attempts === 0 ? "" : formatDuration(task.durationMs);
  const again = task.attempts > 1 ? `${task.attempts} attempts` : "";
  return [statement(task), again, paint(style, "dim", time)].filter(Boolean).join("  ");
}

/** In words, without the host: groups tasks that ended alike. */
export function statement({ status, reason, rebooting }: TaskView): string {
  const why = reason === undefined ? "" : oneLine(reason);
  if (status === "ok") return why;
  if (status === "failed") return why || "failed";
  if (status === "unchanged") return "unchanged";
  if (status === "running" && rebooting !== undefined) return "running: waits until its host is back";
  return [status === "unknown" ? "outcome unknown" : status, why].filter(Boolean).join(": ");
}
