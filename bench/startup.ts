import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProcessCost, processCost } from "./process-cost.ts";
import { type Table, median, ratio } from "./table.ts";

const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const ROUNDS = 15;

/** How long it takes until Waymark says anything, against Node itself. */
export async function startup(): Promise<Table> {
  const commands = {
    "node -e 0": [process.execPath, "-e", "0"],
    "waymark --version": [process.execPath, BIN, "--version"],
    "waymark --help": [process.execPath, BIN, "--help"],
  };
  const dir = await mkdtemp(join(tmpdir(), "waymark-bench-"));
  try {
    const costs = new Map<string, ProcessCost[]>();
    // The first round fills caches, Node's compile cache among them.
    for (let round = -1; round < ROUNDS; round++) {
      for (const [name, command] of Object.entries(commands)) {
        const cost = await processCost({ command, log: join(dir, "log") });
        if (round >= 0) costs.set(name, [...(costs.get(name) ?? []), cost]);
      }
    }
    const wall = (name: string): number => median((costs.get(name) ?? []).map(({ wallMs }) => wallMs));
    const limits: Readonly<Record<string, string>> = { "waymark --version": "≤ 1.50×" };
    return {
      title: `startup: median of ${ROUNDS}`,
      head: ["", "ms", "of node", "goal"],
      rows: Object.keys(commands).map((name) => [
        name,
        wall(name).toFixed(1),
        ratio(wall(name), wall("node -e 0")),
        limits[name] ?? "",
      ]),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
