import { resolve } from "node:path";
import type { JobKey, Session, Settled } from "../engine/ports.ts";
import type { RunState } from "../engine/state.ts";
import { readGuide } from "../document/read-guide.ts";
import { readGuide as readRevision } from "../journal/guide-revision.ts";
import type { RunFolder } from "../journal/run-folder.ts";
import type { GuideRevision, InventorySource, RunEvent, TaskRef } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import { here } from "../plan/compile.ts";
import { createTransport } from "../transport/transport.ts";
import { readInventory } from "./inventory.ts";
import { guideHosts } from "./load.ts";
import type { ReleaseFlags } from "./program.ts";
import { briefAsker, sshOptions } from "./ssh.ts";
import { resolveHosts } from "./ssh-config.ts";
import type { Surroundings } from "./terminal.ts";

/** How long one host may take to be reached. */
const HOST_TIMEOUT_MS = 30_000;
/** How long a job has between TERM and KILL. */
const GRACE_MS = 5000;

/** What has become of a host that a run had used. */
export interface Released {
  readonly host: string;
  /** Why something of the run may be left there. */
  readonly why?: string;
  /** Tasks whose jobs are proven not to run. */
  readonly ended: readonly TaskRef[];
  /** The same, as far as it could not be proven. */
  readonly unproven: readonly TaskRef[];
}

interface OpenJob {
  /** Its task has passed long ago. */
  readonly background?: true;
  readonly ref: TaskRef;
  /** Name of the host where it runs. */
  readonly where: string;
  readonly key: JobKey;
}

/**
 * Ends what of a run may still be at work on its hosts, and removes all that it keeps there. A host on which something
 * may go on is not cleaned: what it needs would be gone.
 */
export async function releaseHosts(
  around: Surroundings,
  folder: RunFolder,
  events: readonly RunEvent[],
  state: RunState,
  flags: ReleaseFlags,
): Promise<readonly Released[]> {
  const begun = events.find((event) => event.type === "run-started");
  // A run whose journal has no beginning never reached a host.
  if (begun === undefined) return [];
  const jobs = openJobs(state);
  // A passed run has cleaned up behind itself where it could.
  const touched = new Set(events.flatMap((event) => (event.type === "host-connected" ? [event.host] : [])));
  if (touched.size === 0) return [];
  const revision = events.findLast((event) => event.type === "guide-changed")?.guide ?? begun.guide;
  const hosts = await hostsOf(around, folder, begun.inventory, revision, flags);
  const asker = briefAsker(around, flags, [...hosts.values()]);
  const transport = createTransport({
    token: begun.token,
    ssh: sshOptions(around, flags, asker),
    hosts: [...hosts.values()],
  });
  try {
    return await Promise.all(
      [...touched].map(async (name): Promise<Released> => {
        const own = jobs.filter(({ where }) => where === name);
        const all = own.map(({ ref }) => ref);
        const host = hosts.get(name);
        if (host === undefined) {
          return { host: name, why: "the inventory no longer has it (-i says where it is)", ended: [], unproven: all };
        }
        try {
          const session = await transport.open(host, asker.timeout(HOST_TIMEOUT_MS));
          try {
            return await release(session, begun.token, own);
          } finally {
            await session.close();
          }
        } catch (error) {
          return { host: name, why: error instanceof Error ? error.message : String(error), ended: [], unproven: all };
        }
      }),
    );
  } finally {
    await transport.close();
  }
}

async function release(session: Session, token: string, jobs: readonly OpenJob[]): Promise<Released> {
  const host = session.host.name;
  const ended: TaskRef[] = [];
  const unproven: TaskRef[] = [];
  for (const { key, ref, background } of jobs) {
    const settled: Settled = await session.cancel(key, GRACE_MS);
    const isOver = settled === "ended" || settled === "never-ran";
    if (!isOver) unproven.push(ref);
    else if (background !== true) ended.push(ref);
  }
  if (unproven.length > 0) {
    const steps = unproven.map(({ step }) => step).join(", ");
    return { host, why: `nobody can say whether ${steps} is still at work there`, ended, unproven };
  }
  await session.clean(token);
  return { host, ended, unproven };
}

/** Attempts that were begun, and of which no end is known. */
function openJobs({ token, tasks, backgrounds }: RunState): readonly OpenJob[] {
  const open = [...tasks].flatMap(([step, hosts]) =>
    [...hosts].flatMap(([host, { phase, task, attempt, user, where = host }]): readonly OpenJob[] => {
      if (phase !== "attempting" && phase !== "unknown") return [];
      return [
        { ref: { step, host }, where, key: { token, host: where, task, attempt, ...(user !== undefined && { user }) } },
      ];
    }),
  );
  const known = new Set(open.map(({ key }) => key.task));
  const behind = [...backgrounds].flatMap(([task, { step, host, attempt, user, where = host }]): readonly OpenJob[] => {
    if (known.has(task)) return [];
    const key: JobKey = { token, host: where, task, attempt, ...(user !== undefined && { user }) };
    return [{ ref: { step, host }, where, key, background: true }];
  });
  return [...open, ...behind];
}

async function hostsOf(
  around: Surroundings,
  folder: RunFolder,
  inventory: InventorySource,
  { path, digest }: GuideRevision,
  flags: ReleaseFlags,
): Promise<ReadonlyMap<string, Host>> {
  const file = flags.inventory === undefined ? inventory.file : resolve(around.cwd, flags.inventory);
  const source = { hosts: inventory.hosts, ...(file !== undefined && { file }) };
  const bytes = await readRevision(folder, digest);
  const { runbook } = readGuide(path, bytes);
  const guide = runbook === undefined ? { path } : guideHosts(path, bytes, runbook);
  const { inventory: now } = await readInventory(around, guide, {}, source);
  const { hosts } = await resolveHosts(around, now);
  return new Map([...hosts, here].map((host) => [host.name, host]));
}
