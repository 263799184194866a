import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTaskLog } from "../../../src/journal/task-log.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function newPath(): Promise<string> {
  return join(await temporaryFolder(), "output", "step", "host.log");
}

describe("a task's log", () => {
  it("is for its owner alone", async () => {
    const path = await newPath();
    await (await openTaskLog(path)).close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  it("can be read while the task runs", async () => {
    const path = await newPath();
    const log = await openTaskLog(path);
    log.write("stdout", "so far\n");
    await expect.poll(() => readFile(path, "utf8")).toBe("so far\n");
    await log.close();
  });

  it("is in order and complete when more comes than the disk takes", async () => {
    const path = await newPath();
    const log = await openTaskLog(path);
    // No turn of the event loop in between: what waits in memory must go to the disk at once at some point.
    const line = (index: number) => `${String(index).padStart(8, "0")} ${"x".repeat(990)}\n`;
    let expected = "";
    for (let index = 0; index < 12_000; index++) {
      log.write(index % 2 === 0 ? "stdout" : "stderr", line(index));
      expected += line(index);
      if (index === 3000) await stat(path); // a write is under way while the rest comes
    }
    await log.close();
    expect((await readFile(path, "utf8")) === expected).toBe(true);
  });

  it("is cut at its limit, at a whole character, and says so once", async () => {
    const path = await newPath();
    const log = await openTaskLog(path, undefined, 10);
    log.write("stdout", "12345678");
    log.write("stdout", "€uro");
    log.write("stdout", "more");
    await log.close();
    expect(await readFile(path, "utf8")).toBe(
      "12345678\n[waymark: cut here, the log is full; the host keeps the rest until the run has passed]\n",
    );
  });

  it("is not marked as cut when it just fits", async () => {
    const path = await newPath();
    const log = await openTaskLog(path, undefined, 10);
    log.write("stdout", "1234567890");
    await log.close();
    expect(await readFile(path, "utf8")).toBe("1234567890");
  });

  it("says at the end what could not be written", async () => {
    const log = await openTaskLog("/dev/full");
    log.write("stdout", "x");
    await expect(log.close()).rejects.toMatchObject({ code: "WM7013", message: expect.stringContaining("ENOSPC") });
  });
});
