import { type Table, formatTable } from "./table.ts";

/*
 * `npm run bench [name…]`: measures ratios against something in the same run (Node, a raw library, a peer that is
 * installed), never a time alone; runs of what is compared take turns, and medians are shown.
 */

const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Table[]>>> = {
  startup: async () => [await (await import("./startup.ts")).startup()],
  read: async () => [(await import("./read.ts")).read()],
  advance: async () => [(await import("./advance.ts")).advancing()],
  screen: async () => [await (await import("./screen.ts")).screen()],
  publish: async () => [await (await import("./publish.ts")).publish()],
  capsule: async () => [await (await import("./capsule.ts")).capsule()],
  flood: async () => (await import("./flood.ts")).flood(),
  fanout: async () => (await import("./fanout.ts")).fanout(),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(", ")}; there are ${Object.keys(BENCHMARKS).join(", ")}\n`);
  process.exitCode = 2;
} else {
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const table of await benchmark()) process.stdout.write(`${formatTable(table)}\n`);
  }
}
