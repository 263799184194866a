import type { TaskView } from "./run-fold.ts";
import { oneLine } from "./terminal-text.ts";

/** In words, without the host: groups tasks that ended alike. */
export function statement({ status, reason, rebooting }: Pick<TaskView, "status" | "reason" | "rebooting">): string {
  const why = reason === undefined ? "" : oneLine(reason);
  if (status === "ok") return why;
  if (status === "failed") return why || "failed";
  if (status === "unchanged") return "unchanged";
  if (status === "running" && rebooting !== undefined) return "running: waits until its host is back";
  return [status === "unknown" ? "outcome unknown" : status, why].filter(Boolean).join(": ");
}
