import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { readGuide } from "../document/read-guide.ts";
import { matchHosts, unknownNames } from "../inventory/match-hosts.ts";
import { parsePattern } from "../inventory/pattern.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { HostProblem, HostReport } from "../model/host-report.ts";
import type { Host, Inventory } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";
import { createTransport } from "../transport/transport.ts";
import { renderHosts } from "../ui/render-hosts.ts";
import { systemClock } from "./clock.ts";
import { printDiagnostics } from "./diagnostics.ts";
import type { HostsFlags } from "./flags.ts";
import { problemsOf } from "./host-report.ts";
import { type FoundInventory, type GuideHosts, readInventory } from "./inventory.ts";
import { probeHost } from "./probe-host.ts";
import { readGiven } from "./read-given.ts";
import { readParallel } from "./run.ts";
import { sshOptions } from "./ssh.ts";
import { resolveHosts } from "./ssh-config.ts";
import { styleOf } from "./style.ts";
import type { Surroundings } from "./terminal.ts";

/** `waymark hosts`: reaches every host, says what it is, and what would be in the way of a run. */
export async function hosts(around: Surroundings, guide: string | undefined, flags: HostsFlags): Promise<ExitCode> {
  const parallel = readParallel(flags.parallel ?? "100");
  const chosen = await chooseHosts(around, guide, flags);
  const stop = new AbortController();
  let signal: ExitCode | undefined;
  const interrupted = (code: ExitCode) => (): void => {
    signal = code;
    stop.abort();
  };
  const handlers = { SIGINT: interrupted(EXIT.interrupted), SIGTERM: interrupted(EXIT.terminated) };
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  const token = randomBytes(8).toString("hex");
  const transport = createTransport({ token, ssh: sshOptions(around, flags) });
  try {
    const options = { transport, token, clock: systemClock, signal: stop.signal };
    const reports = await inParallel(chosen, parallel, (host) => probeHost(host, options));
    const problems = problemsOf(reports);
    around.stdout.write(
      flags.json === true
        ? chosen.map((host, index) => `${JSON.stringify(asJson(host, reports[index], problems))}\n`).join("")
        : renderHosts(styleOf(around, around.stdout), reports, problems),
    );
    return exitCode(reports, problems);
  } catch (error) {
    if (signal !== undefined) return signal;
    throw error;
  } finally {
    for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
    await transport.close();
  }
}

/** @throws {WaymarkError} when there are none, or the inventory is wrong */
async function chooseHosts(
  around: Surroundings,
  guide: string | undefined,
  flags: HostsFlags,
): Promise<readonly Host[]> {
  const place = guide === undefined ? { path: join(around.cwd, "guide.md") } : await guideHosts(around, guide);
  const { inventory, diagnostics }: FoundInventory = await readInventory(around, place, flags);
  await refuseErrors(around, diagnostics);
  if (inventory.hosts.length === 0) {
    throw new WaymarkError("WM8021", "there are no hosts to reach", {
      hint: "name a hosts file (-i hosts.yaml) or hosts (--host all-of-them=pi@192.168.0.27); `waymark init` writes an example",
    });
  }
  const chosen = new Set(
    (flags.limit === undefined ? inventory.hosts : limited(inventory, flags.limit)).map(({ name }) => name),
  );
  const resolved = await resolveHosts(around, inventory, chosen);
  await refuseErrors(around, resolved.diagnostics);
  return resolved.hosts.filter(({ name }) => chosen.has(name));
}

/** Prints warnings. @throws {WaymarkError} with the errors */
async function refuseErrors(around: Surroundings, diagnostics: readonly Diagnostic[]): Promise<void> {
  if (diagnostics.some(({ severity }) => severity === "error")) {
    const hint = "nothing was connected to; mend what is listed above";
    throw new WaymarkError("WM8020", "the hosts cannot be read", { hint, diagnostics });
  }
  if (diagnostics.length > 0) await printDiagnostics(around, diagnostics);
}

async function guideHosts(around: Surroundings, guide: string): Promise<GuideHosts> {
  const path = resolve(around.cwd, guide);
  const bytes = await readGiven(path, guide, "guide");
  const inline = readGuide(guide, bytes).runbook?.settings.hosts?.span;
  return { path, ...(inline !== undefined && { inline, text: new TextDecoder().decode(bytes) }) };
}

function limited(inventory: Inventory, limit: string): readonly Host[] {
  const parsed = parsePattern(limit);
  if (!parsed.ok) throw new WaymarkError("WM2020", `--limit ${limit}: ${parsed.message}`, { hint: parsed.hint });
  const [unknown] = unknownNames(parsed.pattern, inventory);
  if (unknown !== undefined) {
    throw new WaymarkError("WM2021", `--limit ${limit}: no host or group is called ${unknown.name}`, unknown);
  }
  const names = new Set(matchHosts(parsed.pattern, inventory));
  const hosts = inventory.hosts.filter(({ name }) => names.has(name));
  if (hosts.length > 0) return hosts;
  throw new WaymarkError("WM2022", `--limit ${limit} matches no host`, { hint: "`waymark hosts` alone shows all" });
}

/** In the order of the hosts, at most so many at once. */
async function inParallel<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}

/** What would stop a run comes before what is merely away. */
function exitCode(reports: readonly HostReport[], problems: readonly HostProblem[]): ExitCode {
  const away = new Set(reports.filter(({ type }) => type === "unreachable").map(({ host }) => host));
  const errors = problems.filter(({ severity }) => severity === "error").flatMap(({ hosts }) => hosts);
  if (errors.some((host) => !away.has(host))) return EXIT.failed;
  return away.size > 0 ? EXIT.unreachable : EXIT.ok;
}

/** Times in ms, free space in bytes. */
function asJson({ name, address, port, groups }: Host, report: HostReport | undefined, all: readonly HostProblem[]) {
  const problems = all.filter(({ hosts }) => hosts.includes(name));
  const known = { host: name, address, port, groups };
  if (report?.type !== "reached") return { ...known, reachable: false, problems };
  const { facts, found } = report;
  const latencyMs = Math.round(report.latencyMs * 10) / 10;
  if (found.type === "refused") return { ...known, reachable: true, ...facts, latencyMs, problems };
  const { type: _, sudo, clock, ...rest } = found;
  return {
    ...known,
    reachable: true,
    ...facts,
    latencyMs,
    sudo: sudo.type,
    ...(clock !== undefined && { clockSkewMs: clock.skewMs, clockUncertaintyMs: clock.uncertaintyMs }),
    ...rest,
    problems,
  };
}
