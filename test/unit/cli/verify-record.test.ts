import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Loaded } from "../../../src/cli/load.ts";
import { VerifyRecord } from "../../../src/cli/verify-record.ts";
import { listRuns, listVerifies } from "../../../src/journal/list-runs.ts";
import { planOf } from "../ui/sample-run.ts";
import { fakeSurroundings } from "./fake-terminal.ts";
import { saidOf } from "./said.ts";

const GUIDE = Buffer.from("# Guide\n\n```bash {#look on=local verify}\ntrue\n```\n");

let folder = "";
let state = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-verify-record-"));
  state = join(folder, "state");
  await writeFile(join(folder, "guide.md"), GUIDE);
});
afterEach(() => rm(folder, { recursive: true }));

const loaded = (): Loaded => {
  const digest = createHash("sha256").update(GUIDE).digest("hex");
  return {
    guideBytes: GUIDE,
    source: { guide: { path: join(folder, "guide.md"), digest }, inventory: { hosts: [] } },
    plan: planOf([]),
    inputs: { TOKEN: "hunter2", NAME: "pi" },
    openInputs: { NAME: "pi" },
    secretInputs: ["TOKEN"],
    diagnostics: [],
    readings: [],
    hosts: 1,
  };
};

const begin = (around = fakeSurroundings(folder), at = state): Promise<VerifyRecord> =>
  VerifyRecord.begin(around, at, loaded(), { token: "0123456789abcdef", parallel: 1 });

async function look(status: "passed" | "failed"): Promise<void> {
  const record = await begin();
  await record.add({ type: "check-started", step: "look", hosts: ["local"] });
  await record.end(status);
}

describe("what `waymark verify` keeps", () => {
  it("is no run, whoever looks for one, and for its owner alone", async () => {
    await look("failed");
    expect(await listRuns(state)).toEqual([]);
    const verifies = await listVerifies(state);
    expect(verifies).toMatchObject([{ verify: true, condition: "failed", guide: join(folder, "guide.md") }]);
    const { path } = verifies[0]?.folder ?? { path: "" };
    const journal = join(path, "journal.ndjson");
    expect((await stat(journal)).mode & 0o777).toBe(0o600);
    expect(await readFile(journal, "utf8")).not.toContain("hunter2");
    for (const command of ["resume", "undo", "abandon"]) {
      expect((await saidOf(folder, [command, verifies[0]?.folder.id ?? ""])).text).toContain("WM7002");
    }
  });

  it("does not grow, and what a killed one has left goes with the next", async () => {
    const killed = await begin();
    await killed.close();
    for (const status of ["passed", "failed", "passed", "passed"] as const) await look(status);
    expect((await listVerifies(state)).map(({ condition }) => condition)).toEqual(["passed", "failed"]);
  });

  it("is not taken from one that is at work, by another that has ended or by `clean`", async () => {
    const slow = await begin();
    await look("passed");
    expect((await saidOf(folder, ["clean"])).code).toBe(0);
    expect((await listVerifies(state)).map(({ condition }) => condition)).toEqual(["running"]);
    await slow.end("passed");
  });

  it("goes with `clean`, but not where so many runs are to be kept; what is left of a killed one goes then too", async () => {
    await look("passed");
    await (await begin()).close();
    await saidOf(folder, ["clean", "--keep", "5"]);
    expect((await listVerifies(state)).map(({ condition }) => condition)).toEqual(["passed"]);
    await saidOf(folder, ["clean", "--older-than", "1h"]);
    expect(await listVerifies(state)).toHaveLength(1);
    const [only] = await readdir(join(state, "verify"));
    await saidOf(folder, ["clean", only ?? ""]);
    expect(await listVerifies(state)).toEqual([]);
  });

  it("is not in the way of others where it, or a run beside it, has come to harm", async () => {
    for (const kept of ["runs", "verify"]) {
      await mkdir(join(state, kept, "20260101-000000-aaaa", "journal.ndjson"), { recursive: true });
      const copied = join(state, kept, "20260101-000001-aaaa");
      await mkdir(join(copied, "lock"), { recursive: true });
      await writeFile(join(copied, "lock", "1"), "free");
      const begun = { v: 1, seq: 1, at: "2026-01-01T00:00:00.000Z", type: "run-started", token: "", guide: {} };
      await writeFile(join(copied, "journal.ndjson"), `${JSON.stringify(begun)}\n`);
    }
    await look("passed");
    expect((await listRuns(state)).map(({ condition }) => condition)).toEqual(["crashed", "unreadable"]);
    expect((await listVerifies(state)).map(({ condition }) => condition)).toContain("passed");
  });

  it("may be nothing: that is told once, and the look goes on", async () => {
    const around = fakeSurroundings(folder);
    const record = await begin(around, join(folder, "guide.md"));
    await record.add({ type: "check-started", step: "look", hosts: ["local"] });
    await record.end("passed");
    expect(around.printed.err.match(/warning: what is seen is not kept: cannot make/g)).toHaveLength(1);
  });
});
