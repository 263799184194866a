import type { Report, ReportStep } from "../report/report.ts";

/** What a run, and looks since, say about a guide: that it works, where, and since when. */
export interface Verified {
  /** When the last of it was seen; ISO 8601, UTC. */
  readonly at: string;
  /** When the last of it was run, where `waymark verify` looked after that. */
  readonly ran?: string;
  /** `partial`: all that was run or looked at has passed, and not all was. */
  readonly status: "passed" | "partial" | "failed";
  /** Release of Waymark. */
  readonly waymark: string;
  readonly hosts: number;
  /** What they are, as far as they were asked, most of them first. */
  readonly systems: readonly VerifiedSystem[];
  /** Steps that are run, in order. */
  readonly steps: readonly VerifiedStep[];
}

export interface VerifiedSystem {
  /** As it says itself: `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string;
  /** As uname(1) has it. */
  readonly arch: string;
  readonly hosts: number;
}

export interface VerifiedStep {
  readonly id: string;
  readonly status: "passed" | "skipped" | "failed" | "not run";
  /** Hosts that it has passed on. */
  readonly hosts: number;
  /** Absent where it was not run. Of one that has passed: it has been seen on all of them since then. */
  readonly at?: string;
}

/** What was seen last of a step on a host. */
interface Sight {
  readonly host: string;
  readonly at: string;
  readonly saw: "passed" | "failed" | "skipped";
}

/**
 * What is known of a guide: of each step on each host, what was seen last. Nothing that was seen of a step before an edit
 * changed it counts.
 * @param reports a run, looks of `waymark verify` since, or both, which ended with the same text; the oldest first, at
 * least one
 */
export function verifiedOf(reports: readonly Report[]): Verified {
  const newest = reports.at(-1);
  const planned = (newest?.steps ?? []).filter(({ role, removed }) => role === "run" && removed !== true);
  const seen = planned.map(({ id }) => ({ id, sights: lastSights(reports, id) }));
  const steps = seen.map(({ id, sights }) => stepOf(reports, id, sights));
  const sights = seen.flatMap((one) => one.sights);
  const at = latest(sights) ?? newest?.updated ?? "";
  const run = reports.find(({ verify }) => verify !== true);
  const ran = run === undefined ? undefined : latest(planned.flatMap(({ id }) => lastSights([run], id)));
  const used = new Set(sights.filter(({ saw }) => saw === "passed").map(({ host }) => host));
  const failed = steps.some(({ status }) => status === "failed");
  const all = steps.every(({ status }) => status === "passed" || status === "skipped");
  return {
    at,
    ...(ran !== undefined && ran < at && { ran }),
    status: failed ? "failed" : all && (run ?? newest)?.status === "passed" ? "passed" : "partial",
    waymark: newest?.waymark.at(-1) ?? "",
    hosts: used.size,
    systems: systemsOf(reports, used),
    steps,
  };
}

function stepOf(reports: readonly Report[], id: string, sights: readonly Sight[]): VerifiedStep {
  const passed = sights.filter(({ saw }) => saw === "passed");
  const failed = sights.filter(({ saw }) => saw === "failed");
  const at = failed.length > 0 ? latest(failed) : passed.map((one) => one.at).toSorted()[0];
  if (at !== undefined) return { id, status: failed.length > 0 ? "failed" : "passed", hosts: passed.length, at };
  const left =
    sights.length > 0 || told(reports, id).some(({ skip, status }) => skip !== undefined || status === "skipped");
  return { id, status: left ? "skipped" : "not run", hosts: 0 };
}

/** One a host. That a step was skipped says something only where nothing else was seen. */
function lastSights(reports: readonly Report[], id: string): readonly Sight[] {
  const all = told(reports, id).flatMap(sightsOf);
  const byHost = new Map<string, Sight>();
  for (const sight of all.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
    if (sight.saw !== "skipped" || !byHost.has(sight.host)) byHost.set(sight.host, sight);
  }
  return [...byHost.values()];
}

function told(reports: readonly Report[], id: string): readonly ReportStep[] {
  return reports.flatMap(({ steps }) => steps.filter((step) => step.id === id));
}

function sightsOf({ tasks, checks, changedAt = "", rejudgedAt = "" }: ReportStep): readonly Sight[] {
  const done = tasks.flatMap((task): readonly Sight[] => {
    const { host, status, undone, from, to, attempts } = task;
    // One that goes on has shown nothing yet.
    if (to === undefined || (attempts.at(-1)?.from ?? from) < changedAt || to < rejudgedAt) return [];
    const isDone = undone !== true && (status === "ok" || status === "unchanged");
    return [{ host, at: to, saw: isDone ? "passed" : status === "skipped" ? "skipped" : "failed" }];
  });
  const looked = checks.flatMap(({ host, at, status }): readonly Sight[] => {
    if (status === "unverifiable" || at < changedAt || at < rejudgedAt) return [];
    return [{ host, at, saw: status === "ok" ? "passed" : "failed" }];
  });
  return [...done, ...looked];
}

/** What each host was when it was asked last. */
function systemsOf(reports: readonly Report[], used: ReadonlySet<string>): readonly VerifiedSystem[] {
  const hosts = reports.flatMap((report) => report.hosts).filter(({ name }) => used.has(name));
  const known = new Map(
    hosts.flatMap(({ name, os, arch = "" }) => (os === undefined ? [] : [[name, { os, arch }] as const])),
  );
  const alike = Map.groupBy(known.values(), ({ os, arch }) => `${os}\0${arch}`);
  const inOrder = [...alike].toSorted(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1));
  return inOrder.flatMap(([, { 0: first, length }]) => (first === undefined ? [] : [{ ...first, hosts: length }]));
}

function latest(sights: readonly Sight[]): string | undefined {
  return sights
    .map(({ at }) => at)
    .toSorted()
    .at(-1);
}
