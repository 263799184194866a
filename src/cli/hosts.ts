import { randomBytes } from "node:crypto";
import { EXIT, type ExitCode } from "../model/errors.ts";
import type { HostProblem, HostReport } from "../model/host-report.ts";
import type { Host } from "../model/inventory.ts";
import { jsonLine } from "../model/json-line.ts";
import type { SecretQuestion } from "../transport/asker.ts";
import { createTransport } from "../transport/transport.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { renderHosts } from "../ui/render-hosts.ts";
import { chooseHosts } from "./choose-hosts.ts";
import { systemClock } from "./clock.ts";
import type { HostsFlags } from "./flags.ts";
import { problemsOf } from "./host-report.ts";
import { probeHost } from "./probe-host.ts";
import { readParallel } from "./run.ts";
import { briefAsker, sshOptions } from "./ssh.ts";
import { styleOf } from "./style.ts";
import type { Surroundings } from "./terminal.ts";

/** Then somebody at a terminal is told who keeps them waiting. */
const PATIENCE_MS = 3000;

/** `waymark hosts`: reaches every host, says what it is, and what would be in the way of a run. */
export async function hosts(around: Surroundings, guide: string | undefined, flags: HostsFlags): Promise<ExitCode> {
  const parallel = readParallel(flags.parallel ?? "100");
  const { chosen, hosts: all } = await chooseHosts(around, guide, flags);
  const stop = new AbortController();
  let signal: ExitCode | undefined;
  const interrupted = (code: ExitCode) => (): void => {
    signal = code;
    stop.abort();
  };
  const handlers = {
    SIGINT: interrupted(EXIT.interrupted),
    SIGTERM: interrupted(EXIT.terminated),
    SIGHUP: interrupted(EXIT.terminated),
  };
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  const token = randomBytes(8).toString("hex");
  // It only looks: nobody is asked for what a run may never need.
  const isToBeAsked = ({ about }: SecretQuestion): boolean => about !== "sudo" || flags.sudoPasswordFrom !== undefined;
  const asker = briefAsker(around, flags, chosen, { isToBeAsked });
  const transport = createTransport({ token, ssh: sshOptions(around, flags, asker), hosts: all });
  const waiting = new Set(chosen.map(({ name }) => name));
  const patience = setTimeout(() => {
    if (around.stderr.isTTY && !asker.isAsking) around.stderr.write(`still waiting for ${countHosts([...waiting])}\n`);
  }, PATIENCE_MS);
  try {
    const options = { transport, token, clock: systemClock, signal: stop.signal, asker };
    const reports = await inParallel(chosen, parallel, (host) =>
      probeHost(host, options).finally(() => waiting.delete(host.name)),
    );
    const problems = problemsOf(reports);
    around.stdout.write(
      flags.json === true
        ? chosen.map((host, index) => jsonLine(asJson(host, reports[index], problems))).join("")
        : renderHosts(styleOf(around, around.stdout), reports, problems),
    );
    return exitCode(reports, problems);
  } catch (error) {
    if (signal !== undefined) return signal;
    throw error;
  } finally {
    clearTimeout(patience);
    for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
    await transport.close();
  }
}

/** In the order of the hosts, at most so many at once. Rejects when all are over, if one did. */
async function inParallel<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, worker));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
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
