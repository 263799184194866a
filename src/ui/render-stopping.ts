import type { OperatorDecided } from "../model/event.ts";
import { countHosts } from "../story/compress-hosts.ts";
import type { RunView, TaskView } from "../story/run-fold.ts";
import { plural } from "../story/plural.ts";

/** Tasks whose command is at work: those that somebody who stops the run waits for. */
function atWork({ steps }: RunView): readonly TaskView[] {
  return [...steps.values()]
    .filter(({ status }) => status === "running")
    .flatMap(({ tasks }) => [...tasks.values()])
    .filter(({ status, attempts, end }) => status === "running" && attempts > 0 && end === undefined);
}

/** What is said at Ctrl-C: what is waited for, and what one more would do. */
export function stoppingLine(
  view: RunView,
  decision: Extract<OperatorDecided["decision"], "interrupt" | "cancel">,
): string {
  const tasks = atWork(view);
  // Hosts begin when they are connected to, which nobody can tell beforehand.
  const hosts = tasks.map(({ host }) => host).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const what = `${plural(tasks.length, "task")} on ${tasks.length === 0 ? "" : countHosts(hosts)}`;
  if (decision === "interrupt") {
    if (tasks.length === 0) return "Interrupted.";
    return `Interrupted: waiting for ${what} to finish. Ctrl-C once more cancels.`;
  }
  if (tasks.length === 0) return "Cancelled.";
  return `Cancelling ${what}: TERM, and KILL after 5 s. Ctrl-C once more leaves at once.`;
}

/** What has become of a task, in the summary of a run that was cancelled; undefined: as its status says. */
export function cancelledWords({ status, end, attempts }: TaskView): string | undefined {
  if (status === "ok" || status === "unchanged") return "had ended";
  if (status === "unknown") return "no proof that it has ended: outcome unknown";
  if (end === "cancelled") return "cancelled and ended";
  if (end === "refused" || attempts === 0) return "never ran";
  return status === "failed" ? "had ended, and failed" : undefined;
}
