import { appendFile, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findRun } from "../../../src/journal/find-run.ts";
import { readGuide, saveGuide } from "../../../src/journal/guide-revision.ts";
import { isUnfinished, listRuns } from "../../../src/journal/list-runs.ts";
import type { RunSummary } from "../../../src/journal/list-runs.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { createRun, journalPath, lockPath, removeRun, taskLogPath } from "../../../src/journal/run-folder.ts";
import { ownIdentity } from "../../../src/journal/process-identity.ts";
import { runId } from "../../../src/journal/run-id.ts";
import type { EventBody } from "../../../src/model/event.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const at = new Date("2026-11-22T18:41:07.250Z");
const clock = { now: () => at };
const guide = Buffer.from("# Guide\r\n\xff");

function started(run: string, path = "/guides/a.md"): EventBody {
  return {
    type: "run-started",
    run,
    token: "0123456789abcdef",
    waymark: "0.1.0",
    guide: { path, digest: "d" },
    inventory: { hosts: [] },
    inputs: {},
    secretInputs: [],
    parallel: 100,
  };
}

async function runWith(state: string, id: string, ...events: readonly EventBody[]) {
  const folder = await createRun(state, { id, guide });
  const { journal } = await openJournal(folder, { clock });
  await journal.append(...events);
  await journal.close();
  return folder;
}

describe("a run's folder", () => {
  it("is named by time and chance", () => {
    expect(runId(new Date("2026-11-22T18:41:07.000Z"), 0)).toBe("20261122-184107-0000");
    expect(runId(new Date("2026-11-22T18:41:07.999Z"), 0.999)).toBe("20261122-184107-fde7");
  });

  it("is named so that runs of one second are in order", () => {
    const names = [3, 20, 21, 400].map((ms) => runId(new Date(at.getTime() + ms), (ms * 7.3) % 1));
    expect(names.toSorted()).toEqual(names);
  });

  it("is for its owner alone and holds the guide", async () => {
    const state = join(await temporaryFolder(), "deep", "state");
    const folder = await createRun(state, { id: "20261122-184107-a1b2", guide });
    expect(folder).toEqual({ id: "20261122-184107-a1b2", path: join(state, "runs", "20261122-184107-a1b2") });
    const [name] = await readdir(join(folder.path, "guide"));
    expect(name).toMatch(/^[0-9a-f]{12}\.md$/);
    for (const path of [state, folder.path, join(folder.path, "guide")]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
    expect((await stat(join(folder.path, "guide", name ?? ""))).mode & 0o777).toBe(0o600);
  });

  it("is never made twice", async () => {
    const state = await temporaryFolder();
    await createRun(state, { id: "20261122-184107-a1b2", guide });
    await expect(createRun(state, { id: "20261122-184107-a1b2", guide })).rejects.toMatchObject({
      code: "WM7001",
      message: expect.stringContaining("there already"),
    });
  });

  it("keeps every revision of the guide, byte for byte", async () => {
    const folder = await createRun(await temporaryFolder(), { id: "20261122-184107-a1b2", guide });
    const first = await saveGuide(folder, guide);
    const second = await saveGuide(folder, Buffer.from("# Edited\n"));
    expect(await readdir(join(folder.path, "guide"))).toHaveLength(2);
    expect(await readGuide(folder, first)).toEqual(guide);
    expect(await readGuide(folder, second)).toEqual(Buffer.from("# Edited\n"));
  });

  it("does not pass off as a revision what is none", async () => {
    const folder = await createRun(await temporaryFolder(), { id: "20261122-184107-a1b2", guide });
    const digest = await saveGuide(folder, guide);
    await writeFile(join(folder.path, "guide", `${digest.slice(0, 12)}.md`), "something else");
    await expect(readGuide(folder, digest)).rejects.toMatchObject({ code: "WM7004" });
    await expect(readGuide(folder, "0".repeat(64))).rejects.toThrow("cannot be read");
    await saveGuide(folder, guide);
    expect(await readGuide(folder, digest)).toEqual(guide);
  });

  it("has a log for each task where a person finds it", async () => {
    const folder = await createRun(await temporaryFolder(), { id: "20261122-184107-a1b2", guide });
    const { journal } = await openJournal(folder, { clock });
    const log = await journal.openLog("swap/1", "pi-w1");
    log.write("stdout", "hello\n");
    await journal.close();
    expect(taskLogPath(folder, "swap/1", "pi-w1")).toBe(join(folder.path, "output", "swap~1", "pi-w1.log"));
    expect(await readFile(taskLogPath(folder, "swap/1", "pi-w1"), "utf8")).toBe("hello\n");
  });

  it("can be removed, but not from under somebody's feet", async () => {
    const state = await temporaryFolder();
    const folder = await createRun(state, { id: "20261122-184107-a1b2", guide });
    const { journal } = await openJournal(folder, { clock });
    await expect(removeRun(folder, at)).rejects.toMatchObject({ code: "WM7020" });
    await journal.close();
    await removeRun(folder, at);
    expect(await readdir(join(state, "runs"))).toEqual([]);
  });
});

describe("the list of runs", () => {
  it("is empty where nothing ever ran", async () => {
    expect(await listRuns(join(await temporaryFolder(), "none"))).toEqual([]);
  });

  it("says how each run stands, newest first", async () => {
    const state = await temporaryFolder();
    await runWith(state, "20261120-000000-0001", started("1"), {
      type: "run-finished",
      status: "passed",
      setAside: [],
    });
    await runWith(state, "20261121-000000-0002", started("2", "/guides/b.md"), {
      type: "run-paused",
      reason: "unknown",
      detail: "ask",
    });
    await runWith(state, "20261122-000000-0003", started("3"), { type: "host-connected", host: "a" });
    await runWith(
      state,
      "20261123-000000-0004",
      started("4"),
      { type: "run-finished", status: "partial", setAside: [] },
      { type: "run-resumed", waymark: "0.1.0", retryFailed: false, parallel: 100 },
    );
    await runWith(state, "20261119-000000-0000", started("0"), {
      type: "run-finished",
      status: "failed",
      setAside: ["a"],
    });
    await createRun(state, { id: "20261124-000000-0005", guide });
    const live = await createRun(state, { id: "20261125-000000-0006", guide });
    const { journal } = await openJournal(live, { clock });
    await journal.append(started("6"));
    const runs = await listRuns(state);
    expect(runs.map(({ folder, condition, pause }) => [folder.id.slice(-1), condition, pause])).toEqual([
      ["6", "running", undefined],
      ["5", "unreadable", undefined],
      ["4", "crashed", undefined],
      ["3", "crashed", undefined],
      ["2", "paused", "unknown"],
      ["1", "passed", undefined],
      ["0", "failed", undefined],
    ]);
    expect(runs.filter(isUnfinished).map(({ folder }) => folder.id.slice(-1))).toEqual(["6", "4", "3", "2", "0"]);
    expect(runs[4]).toMatchObject({ guide: "/guides/b.md", started: at.toISOString(), updated: at.toISOString() });
    await journal.close();
  });

  it("tells a run that could not be written any more from one that was killed", async () => {
    const state = await temporaryFolder();
    const folder = await runWith(state, "20261122-184107-a1b2", started("1"));
    const conditions = async (): Promise<readonly string[]> =>
      (await listRuns(state)).map(({ condition }) => condition);
    expect(await conditions()).toEqual(["crashed"]);

    const { journal } = await openJournal(folder, { clock });
    // What stands where the output of the step would be written.
    await writeFile(join(folder.path, "output"), "");
    await expect(journal.openLog("one", "a")).rejects.toMatchObject({ code: "WM7013" });
    expect(await conditions()).toEqual(["running"]);
    await journal.close();
    expect(await conditions()).toEqual(["paused"]);

    // Who only looks, and writes nothing, changes nothing.
    await (await openJournal(folder, { clock })).journal.close();
    expect(await conditions()).toEqual(["paused"]);

    const again = await openJournal(folder, { clock });
    await again.journal.append({ type: "host-connected", host: "a" });
    await symlink(JSON.stringify({ ...(await ownIdentity()), start: "1" }), join(lockPath(folder), "99"));
    await again.journal.close();
    expect(await conditions()).toEqual(["crashed"]);
  });

  it("reads the two ends of a long journal, however long their lines are", async () => {
    const state = await temporaryFolder();
    const folder = await runWith(state, "20261122-184107-a1b2", started("x", `/${"long/".repeat(30_000)}guide.md`));
    const middle = `${JSON.stringify({ v: 1, seq: 2, at: at.toISOString(), type: "host-connected", host: "é".repeat(500) })}\n`;
    await appendFile(journalPath(folder), middle.repeat(3000));
    const long = {
      v: 1,
      seq: 3,
      at: "2026-11-23T00:00:00.000Z",
      type: "run-paused",
      reason: "failed",
      detail: "x".repeat(200_000),
    };
    await appendFile(journalPath(folder), `${JSON.stringify(long)}\n{"torn`);
    expect(await listRuns(state)).toMatchObject([{ condition: "paused", updated: "2026-11-23T00:00:00.000Z" }]);
  });
});

describe("findRun", () => {
  const run = (id: string, guide: string): RunSummary => ({ folder: { id, path: id }, condition: "paused", guide });
  const runs = [run("20261123-1", "/b.md"), run("20261122-2", "/a.md"), run("20261122-1", "/a.md")];

  it("takes the newest, the newest of a guide, or the one whose id begins so", () => {
    expect(findRun(runs).folder.id).toBe("20261123-1");
    expect(findRun(runs, "/a.md").folder.id).toBe("20261122-2");
    expect(findRun(runs, "20261123").folder.id).toBe("20261123-1");
    expect(findRun([...runs, run("20261122-11", "/a.md")], "20261122-1").folder.id).toBe("20261122-1");
  });

  it("does not guess", () => {
    expect(() => findRun(runs, "20261122")).toThrow("20261122 fits 2 runs: 20261122-2, 20261122-1");
    expect(() => findRun(runs, "/c.md")).toThrow("no run fits /c.md");
    expect(() => findRun(runs, "")).toThrow("no run fits");
    expect(() => findRun([])).toThrow("there is no run");
  });
});
