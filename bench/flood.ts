import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labDown } from "../src/lab/lab-down.ts";
import { type Lab, labUp } from "../src/lab/lab-up.ts";
import { terminalCost } from "./on-terminal.ts";
import { type ProcessCost, processCost } from "./process-cost.ts";
import { type Table, median, ratio } from "./table.ts";

const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const HOSTS = Number(process.env["BENCH_FLOOD_HOSTS"] ?? "50");
const LINES = 20_000;
const ROUNDS = Number(process.env["BENCH_FLOOD_ROUNDS"] ?? "5");

/** In what is printed, and not in what is run. */
const PRINTED = "AS FAST AS IT CAN";

const GUIDE = `# Flood

\`\`\`sh {#flood on=all}
seq -f "line %.0f, which this host has printed $(echo ${PRINTED.toLowerCase()} | tr a-z A-Z)" ${LINES}
\`\`\`
`;

interface Cost extends ProcessCost {
  /** Of the run, by its journal: without the time that it is looked at before and after. */
  readonly runMs: number;
  readonly keyMs: readonly number[];
}

/** Hosts that print as fast as they can, read on the screen, and as plain lines into a file. */
export async function flood(): Promise<readonly Table[]> {
  const dir = await mkdtemp(join(tmpdir(), "waymark-bench-"));
  const lab = await labUp({ dir: join(dir, "lab"), count: HOSTS });
  const away = async (): Promise<void> => {
    await labDown({ dir: lab.dir });
    await rm(dir, { recursive: true, force: true });
  };
  const interrupted = (): void => void away().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  try {
    const guide = join(dir, "flood.md");
    await writeFile(guide, GUIDE);
    const costs = new Map<string, Cost[]>([
      ["the screen", []],
      ["--plain to a file", []],
    ]);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, known] of costs) known.push(await once(dir, lab, guide, name === "the screen"));
    }
    return [tableOf(costs), keysOf(costs.get("the screen") ?? [])];
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
    await away();
  }
}

async function once(dir: string, lab: Lab, guide: string, onScreen: boolean): Promise<Cost> {
  const state = join(dir, "state");
  await rm(state, { recursive: true, force: true });
  const flags = [guide, "-i", lab.inventory, "--state-dir", state, onScreen ? "--tui" : "--plain", "--yes"];
  const command = [process.execPath, BIN, "run", ...flags];
  const cost = onScreen
    ? await terminalCost({
        command,
        env: { TERM: "xterm-256color", LANG: "C.UTF-8", CI: "" },
        keys: [
          ["m", "Hosts and steps"],
          ["m", "Outline"],
        ],
        from: PRINTED,
        until: "passed",
        close: "q",
      })
    : { ...(await processCost({ command, log: join(dir, "waymark.log") })), keyMs: [] };
  return { ...cost, runMs: await checkRun(state) };
}

/** A run that is quick because it lost something would win. @returns how long it took */
async function checkRun(state: string): Promise<number> {
  const runs = join(state, "runs");
  const [run = ""] = await readdir(runs);
  const outputs = join(runs, run, "output", "flood");
  const logs = (await readdir(outputs)).filter((name) => name.endsWith(".log"));
  const counts = await Promise.all(logs.map((log) => countLines(join(outputs, log))));
  if (logs.length !== HOSTS || counts.some((count) => count !== LINES)) {
    throw new Error(`${logs.length} logs, of ${[...new Set(counts)].join(", ")} lines`);
  }
  const journal = (await readFile(join(runs, run, "journal.ndjson"), "utf8")).trimEnd().split("\n");
  const times = journal.map((line) => Date.parse((JSON.parse(line) as { at: string }).at));
  return (times.at(-1) ?? NaN) - (times[0] ?? NaN);
}

async function countLines(file: string): Promise<number> {
  let count = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte === 10) count++;
  }
  return count;
}

function tableOf(costs: ReadonlyMap<string, readonly Cost[]>): Table {
  const of = (name: string, pick: (cost: Cost) => number): number => median((costs.get(name) ?? []).map(pick));
  const plain = "--plain to a file";
  return {
    title: `flood: ${HOSTS} loopback hosts, ${LINES} lines each as fast as they can; median of ${ROUNDS}`,
    head: ["", "run s", "of plain", "client CPU s", "of plain", "peak MB", "largest peak MB"],
    rows: [...costs].map(([name, known]) => [
      name,
      (of(name, ({ runMs }) => runMs) / 1000).toFixed(2),
      ratio(
        of(name, ({ runMs }) => runMs),
        of(plain, ({ runMs }) => runMs),
      ),
      (of(name, ({ cpuMs }) => cpuMs) / 1000).toFixed(2),
      ratio(
        of(name, ({ cpuMs }) => cpuMs),
        of(plain, ({ cpuMs }) => cpuMs),
      ),
      of(name, ({ rssMb }) => rssMb).toFixed(0),
      Math.max(...known.map(({ rssMb }) => rssMb)).toFixed(0),
    ]),
    notes: [`goal: a run on the screen takes ≤ 1.20× the time; every one of ${HOSTS * LINES} lines is in the logs`],
  };
}

function keysOf(costs: readonly Cost[]): Table {
  const keys = costs.flatMap(({ keyMs }) => keyMs);
  return {
    title: `flood: from a key to what it does on the screen, while the hosts print; ${keys.length} keys`,
    head: ["", "ms"],
    rows: [
      ["median", median(keys).toFixed(0)],
      ["worst", Math.max(...keys).toFixed(0)],
    ],
  };
}
