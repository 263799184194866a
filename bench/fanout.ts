import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { labDown } from "../src/lab/lab-down.ts";
import { type Lab, labUp } from "../src/lab/lab-up.ts";
import { type Peer, peers } from "./peers.ts";
import { type ProcessCost, type Run, processCost } from "./process-cost.ts";
import { type Table, median, ratio } from "./table.ts";

const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const COMMANDS = ["true", "hostname", "seq 100"];
const HOSTS = Number(process.env["BENCH_HOSTS"] ?? "200");
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? "3");
/** Hosts at work at once, for everybody. */
const PARALLEL = 100;

/** A whole use: one run of Waymark, or one command after the other. */
interface Contender {
  readonly name: string;
  readonly use: (round: number) => Promise<readonly Run[]>;
  /** Awaited after each use: what it left running. */
  readonly settle?: () => Promise<void>;
}

/** Three commands on many hosts: Waymark against what is installed here. */
export async function fanout(): Promise<readonly Table[]> {
  const dir = await mkdtemp(join(tmpdir(), "waymark-bench-"));
  const lab = await labUp({
    dir: join(dir, "lab"),
    count: HOSTS,
    // OpenSSH's own default costs its client 70 ms a connection; Waymark's library does not know it.
    sshdConfig: ["KexAlgorithms curve25519-sha256"],
  });
  const away = async (): Promise<void> => {
    await labDown({ dir: lab.dir });
    await rm(dir, { recursive: true, force: true });
  };
  const interrupted = (): void => void away().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  try {
    const contenders = [await waymark(dir, lab), ...(await peers(dir, lab, PARALLEL)).map((peer) => asUsed(dir, peer))];
    const costs = new Map<string, ProcessCost[]>(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, use, settle } of contenders) {
        costs.get(name)?.push(await total(await use(round)));
        await settle?.();
      }
    }
    return [tableOf(costs)];
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
    await away();
  }
}

async function waymark(dir: string, lab: Lab): Promise<Contender> {
  const guide = join(dir, "guide.md");
  const steps = COMMANDS.map((command) => `\`\`\`sh {on=all}\n${command}\n\`\`\`\n`);
  await writeFile(guide, `# Three commands\n\n${steps.join("\n")}`);
  const state = join(dir, "state");
  return {
    name: "waymark",
    use: async (round) => {
      if (round > 0) await checkRun(state);
      await rm(state, { recursive: true, force: true });
      const flags = ["--plain", "--parallel", String(PARALLEL), "--state-dir", state];
      const command = [process.execPath, BIN, "run", guide, "-i", lab.inventory, ...flags];
      return [{ command, log: join(dir, "waymark.log") }];
    },
  };
}

/** A run that is quick because it did nothing would win. */
async function checkRun(state: string): Promise<void> {
  const runs = join(state, "runs");
  const [run = ""] = await readdir(runs);
  const journal = await readFile(join(runs, run, "journal.ndjson"), "utf8");
  const passed = journal.split('"type":"task-finished"').length - 1;
  if (passed !== HOSTS * COMMANDS.length) throw new Error(`only ${passed} tasks were run`);
}

function asUsed(dir: string, peer: Peer): Contender {
  const log = join(dir, `${peer.name.replaceAll(" ", "-")}.log`);
  return {
    name: peer.name,
    use: async () => peer.commands(COMMANDS).map((command) => ({ command, log, env: peer.env ?? {} })),
    ...(peer.sockets !== undefined && { settle: () => empty(peer.sockets ?? "") }),
  };
}

async function total(runs: readonly Run[]): Promise<ProcessCost> {
  let sum: ProcessCost = { wallMs: 0, cpuMs: 0, rssMb: 0 };
  for (const run of runs) {
    const cost = await processCost(run);
    sum = {
      wallMs: sum.wallMs + cost.wallMs,
      cpuMs: sum.cpuMs + cost.cpuMs,
      rssMb: Math.max(sum.rssMb, cost.rssMb),
    };
  }
  return sum;
}

/** Shared connections that outlive their command go by themselves after a while. */
async function empty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let tries = 0; tries < 300; tries++) {
    if ((await readdir(folder)).length === 0) return;
    await sleep(100);
  }
  throw new Error(`connections in ${folder} stay open`);
}

function tableOf(costs: ReadonlyMap<string, readonly ProcessCost[]>): Table {
  const of = (name: string, pick: (cost: ProcessCost) => number): number => median((costs.get(name) ?? []).map(pick));
  const wall = (name: string): number => of(name, ({ wallMs }) => wallMs);
  const cpu = (name: string): number => of(name, ({ cpuMs }) => cpuMs);
  const has = (name: string): boolean => costs.has(name);
  return {
    title: `fanout: ${COMMANDS.join(", ")} on ${HOSTS} loopback hosts, ${PARALLEL} at once; median of ${ROUNDS}`,
    head: ["", "wall s", "of waymark", "client CPU s", "of waymark", "largest process MB"],
    rows: [...costs.keys()].map((name) => [
      name,
      (wall(name) / 1000).toFixed(2),
      ratio(wall(name), wall("waymark")),
      (cpu(name) / 1000).toFixed(2),
      ratio(cpu(name), cpu("waymark")),
      of(name, ({ rssMb }) => rssMb).toFixed(0),
    ]),
    notes: has("clush")
      ? ["goals: clush takes ≥ 1.60× the time and ≥ 3.00× the client's CPU; all with curve25519-sha256"]
      : ["clush is not installed here: it is what the goals are set against"],
  };
}
