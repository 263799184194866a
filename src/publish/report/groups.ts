import type { Report, ReportStep, ReportTask } from "./report.ts";

/** Tasks of one step that ended alike, and printed the same. */
export interface Group {
  readonly first: ReportTask;
  readonly tasks: readonly ReportTask[];
}

/** What is to be looked at first. */
const ORDER: readonly ReportTask["status"][] = [
  "failed",
  "unreachable",
  "unknown",
  "running",
  "ok",
  "unchanged",
  "skipped",
];

/** Gathers the hosts of a step by how they fared: what went wrong first, then most hosts first. */
export function groupTasks(tasks: readonly ReportTask[]): readonly Group[] {
  const groups = Map.groupBy(tasks, ({ status, statement, attempts, expectations, output, file, undone }) =>
    JSON.stringify([
      status,
      statement,
      attempts.map((one) => one.output ?? one.file ?? ""),
      expectations,
      output,
      file,
      undone,
    ]),
  );
  return [...groups.values()]
    .flatMap((alike) => (alike[0] === undefined ? [] : [{ first: alike[0], tasks: alike }]))
    .toSorted(
      (a, b) => ORDER.indexOf(a.first.status) - ORDER.indexOf(b.first.status) || b.tasks.length - a.tasks.length,
    );
}

/** Whether that is not as it should be, or not over. */
export function isBad(status: ReportTask["status"]): boolean {
  return status === "failed" || status === "unreachable" || status === "unknown";
}

/** Went wrong, and matters no more: its step was removed from the guide, or what it was to fix has passed since. */
export function isMended({ steps }: Report, { role, of, removed }: ReportStep, { host }: ReportTask): boolean {
  if (removed === true) return true;
  const fixed =
    role === "fix" ? steps.find(({ id }) => id === of)?.tasks.find((task) => task.host === host) : undefined;
  return fixed?.status === "ok" || fixed?.status === "unchanged";
}

export function hostsOf({ tasks }: Pick<Group, "tasks">): readonly string[] {
  return tasks.map(({ host }) => host);
}
