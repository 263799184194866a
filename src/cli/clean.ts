import { findRun } from "../journal/find-run.ts";
import { isUnfinished, listRuns, type RunSummary } from "../journal/list-runs.ts";
import { openJournal } from "../journal/open-journal.ts";
import { removeRun } from "../journal/run-folder.ts";
import { resolve } from "node:path";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { RunEvent, RunStarted } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import { createTransport } from "../transport/transport.ts";
import { systemClock } from "./clock.ts";
import { readInventory } from "./inventory.ts";
import type { CleanFlags } from "./program.ts";
import { sshOptions } from "./ssh.ts";
import { resolveHosts } from "./ssh-config.ts";
import { type Surroundings, stateDir } from "./terminal.ts";

/** How long one host may take. */
const HOST_TIMEOUT_MS = 30_000;

/** `waymark clean`: what runs left on their hosts first, then their folders here; a folder stays while a host is out of reach. */
export async function clean(around: Surroundings, wanted: string | undefined, flags: CleanFlags): Promise<ExitCode> {
  const runs = await listRuns(stateDir(around, flags.stateDir));
  const chosen = wanted === undefined ? old(runs, flags) : [findRun(runs, wanted)];
  let code: ExitCode = EXIT.ok;
  for (const run of chosen) {
    const left = await cleanHosts(around, run, flags);
    for (const { host, why } of left) {
      code = EXIT.unreachable;
      around.stderr.write(`${run.folder.id}: ${host} could not be cleaned: ${why}\n`);
    }
    if (left.length > 0) continue;
    await removeRun(run.folder, systemClock.now());
    around.stdout.write(`${run.folder.id} removed\n`);
  }
  if (chosen.length === 0) around.stderr.write("nothing to clean\n");
  return code;
}

/** Runs that are over, less the ones to keep. Unfinished ones are only removed by name. */
function old(runs: readonly RunSummary[], { keep, olderThan }: CleanFlags): readonly RunSummary[] {
  const kept = keep === undefined ? 0 : readCount(keep);
  const before = olderThan === undefined ? Infinity : systemClock.now().getTime() - readAge(olderThan);
  return runs
    .slice(kept)
    .filter((run) => !isUnfinished(run) && run.started !== undefined && Date.parse(run.started) < before);
}

function readCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new WaymarkError("WM8012", `--keep ${text} is not a number of runs`, { hint: "such as --keep 10" });
}

function readAge(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? ""];
  if (ms !== undefined) return Number(count) * ms;
  throw new WaymarkError("WM8012", `--older-than ${text} is not an age`, { hint: "such as --older-than 30d, or 12h" });
}

interface Left {
  readonly host: string;
  readonly why: string;
}

/** A run whose journal has no beginning never reached a host. */
async function cleanHosts(around: Surroundings, run: RunSummary, flags: CleanFlags): Promise<readonly Left[]> {
  const { journal, events } = await openJournal(run.folder, { clock: systemClock });
  await journal.close();
  const begun = events.find((event) => event.type === "run-started");
  const touched = touchedHosts(events);
  if (begun === undefined || touched.length === 0) return [];
  const hosts = await hostsOf(around, begun, flags);
  const transport = createTransport({ token: begun.token, ssh: sshOptions(around, flags) });
  try {
    const results = await Promise.all(
      touched.map(async (name): Promise<Left | undefined> => {
        const host = hosts.get(name);
        if (host === undefined) return { host: name, why: "the inventory no longer has it (-i says where it is)" };
        try {
          const session = await transport.open(host, AbortSignal.timeout(HOST_TIMEOUT_MS));
          try {
            await session.clean(begun.token);
          } finally {
            await session.close();
          }
        } catch (error) {
          return { host: name, why: error instanceof Error ? error.message : String(error) };
        }
      }),
    );
    return results.filter((left) => left !== undefined);
  } finally {
    await transport.close();
  }
}

/** Hosts that may still hold something: a passed run has cleaned up behind itself where it could. */
function touchedHosts(events: readonly RunEvent[]): readonly string[] {
  return [...new Set(events.flatMap((event) => (event.type === "host-connected" ? [event.host] : [])))];
}

async function hostsOf(
  around: Surroundings,
  { inventory, guide }: RunStarted,
  flags: CleanFlags,
): Promise<ReadonlyMap<string, Host>> {
  const file = flags.inventory === undefined ? inventory.file : resolve(around.cwd, flags.inventory);
  const source = { hosts: inventory.hosts, ...(file !== undefined && { file }) };
  const { inventory: now } = await readInventory(around, { path: guide.path }, {}, source);
  const { hosts } = await resolveHosts(around, now);
  return new Map(hosts.map((host) => [host.name, host]));
}
