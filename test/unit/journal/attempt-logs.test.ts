import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attemptLogPath } from "../../../src/journal/attempt-logs.ts";
import { openTaskLog } from "../../../src/journal/task-log.ts";

let log = "";
beforeEach(async () => {
  log = join(await mkdtemp(join(tmpdir(), "waymark-")), "a.log");
});
afterEach(() => rm(dirname(log), { recursive: true, force: true }));

const print = async (task: string, attempt: number, text: string): Promise<void> => {
  const open = await openTaskLog(log, { task, attempt });
  open.write("stdout", text);
  await open.close();
};
const earlier = (task: string, attempt: number): Promise<string> =>
  readFile(attemptLogPath(log, { task, attempt }), "utf8");

describe("the log of a task", () => {
  it("is that of its last attempt, and those before it stay, of other tasks too", async () => {
    await print("t1", 1, "one\n");
    await print("t1", 2, "two\n");
    await print("t2", 1, "anew\n");
    expect(await readFile(log, "utf8")).toBe("anew\n");
    expect(await earlier("t1", 1)).toBe("one\n");
    expect(await earlier("t1", 2)).toBe("two\n");
  });

  it("is written anew where an attempt is followed again after a crash", async () => {
    await print("t1", 1, "one\n");
    await print("t1", 2, "half of");
    await print("t1", 2, "two\n");
    expect(await readFile(log, "utf8")).toBe("two\n");
    expect(await earlier("t1", 1)).toBe("one\n");
  });

  it("is there again where somebody has thrown away what it leads to", async () => {
    await print("t1", 1, "half of");
    await rm(dirname(attemptLogPath(log, { task: "t1", attempt: 1 })), { recursive: true });
    await print("t1", 1, "one\n");
    expect(await readFile(log, "utf8")).toBe("one\n");
  });

  it("takes the place of one that knew no attempts", async () => {
    await writeFile(log, "old\n");
    await print("t1", 1, "one\n");
    expect(await readFile(log, "utf8")).toBe("one\n");
  });

  it.runIf(existsSync("/dev/full"))("leaves no half of the ends of what was long on a full disk", async () => {
    await print("t1", 1, "x\n".repeat(50_000));
    const path = attemptLogPath(log, { task: "t1", attempt: 1 });
    await symlink("/dev/full", `${path}.short`);
    await print("t1", 2, "two\n");
    expect((await readdir(dirname(path))).filter((name) => name.endsWith(".short"))).toEqual([]);
    expect(await earlier("t1", 1)).toHaveLength(100_000);
  });

  it("keeps the ends of what was long, whole lines of them, and says so", async () => {
    await print("t1", 1, `first\n${"x".repeat(99)}\n`.repeat(5000) + "last\n");
    await print("t1", 2, "");
    const kept = await earlier("t1", 1);
    expect(kept.length).toBeLessThan(66_000);
    expect(kept).toMatch(/^first\n[^]*\n\[waymark: \d+ bytes of an earlier attempt are not kept\]\n[^]*\nlast\n$/);
  });

  it("keeps the first and the last ones of many attempts", async () => {
    for (let attempt = 1; attempt <= 30; attempt++) await print("t1", attempt, `${attempt}\n`);
    const kept = (await readdir(join(dirname(log), "attempts"))).map((name) => Number(name.split(".")[2]));
    expect(kept.sort((a, b) => a - b)).toEqual([1, ...Array.from({ length: 11 }, (_, index) => index + 20)]);
  });

  it("says what is the matter where it cannot be made", async () => {
    await writeFile(join(dirname(log), "attempts"), "in the way");
    await expect(print("t1", 1, "one\n")).rejects.toMatchObject({ code: "WM7013" });
  });
});
