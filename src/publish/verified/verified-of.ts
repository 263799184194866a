import type { Report, ReportStep } from "../report/report.ts";

/** What a run says about a guide: that it works, where, and since when. */
export interface Verified {
  readonly run: string;
  /** SHA-256 of the guide's text, hex: of another text it says nothing. */
  readonly digest: string;
  /** When the last of it was seen; ISO 8601, UTC. */
  readonly at: string;
  /** `partial`: all that was run has passed, and not all was. */
  readonly status: "passed" | "partial" | "failed";
  /** Release of Waymark. */
  readonly waymark: string;
  readonly hosts: number;
  /** What they run, as they say themselves, each once: `Debian GNU/Linux 12 (bookworm)`. */
  readonly systems: readonly string[];
  /** Steps that are run, in order. */
  readonly steps: readonly VerifiedStep[];
}

export interface VerifiedStep {
  readonly id: string;
  readonly status: "passed" | "skipped" | "failed" | "not run";
  /** Hosts that it has passed on. */
  readonly hosts: number;
  /** Absent where it was not run. */
  readonly at?: string;
}

/** What a run has shown about its guide. Checks that were looked at again count as they were seen last. */
export function verifiedOf(report: Report): Verified {
  const steps = report.steps.filter(({ role, removed }) => role === "run" && removed !== true).map(stepOf);
  const all = steps.every(({ status }) => status === "passed" || status === "skipped");
  const failed = steps.some(({ status }) => status === "failed");
  const moments = steps.flatMap(({ at }) => at ?? []);
  const used = new Set(report.steps.flatMap(({ tasks }) => tasks.filter(isDone).map(({ host }) => host)));
  const systems = report.hosts.filter(({ name }) => used.has(name)).flatMap(({ os }) => os ?? []);
  return {
    run: report.run,
    digest: report.revisions.at(-1)?.digest ?? "",
    at: moments.toSorted().at(-1) ?? report.updated,
    status: failed ? "failed" : all && report.status === "passed" ? "passed" : "partial",
    waymark: report.waymark.at(-1) ?? "",
    hosts: used.size,
    systems: [...new Set(systems)].toSorted(),
    steps,
  };
}

function stepOf({ id, status, tasks, checks, skip }: ReportStep): VerifiedStep {
  const drifted = new Set(checks.filter((check) => check.status === "drifted").map(({ host }) => host));
  const passed = tasks.filter((task) => isDone(task) && !drifted.has(task.host));
  const failed = drifted.size > 0 || tasks.some((task) => !isDone(task) && task.status !== "skipped");
  const at = [...tasks.flatMap(({ to }) => to ?? []), ...checks.map((check) => check.at)].toSorted().at(-1);
  if (tasks.length === 0)
    return { id, status: skip === undefined && status !== "skipped" ? "not run" : "skipped", hosts: 0 };
  return {
    id,
    status: failed ? "failed" : passed.length === 0 ? "skipped" : "passed",
    hosts: passed.length,
    ...(at !== undefined && { at }),
  };
}

function isDone({ status, undone }: ReportStep["tasks"][number]): boolean {
  return undone !== true && (status === "ok" || status === "unchanged");
}
