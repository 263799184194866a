import type { TaskView } from "../story/run-fold.ts";
import { formatDuration } from "../story/format-time.ts";
import { paint, sign } from "./style.ts";
import type { Sign, Style } from "./style.ts";
import { statement } from "../story/task-statement.ts";

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
