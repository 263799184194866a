import { appendFile, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import type { EventBody, RunEvent } from "../../../src/model/event.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { readJournal } from "../../../src/journal/read-journal.ts";
import { createRun, journalPath } from "../../../src/journal/run-folder.ts";
import type { RunFolder } from "../../../src/journal/run-folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const clock = { now: () => new Date("2026-11-22T18:41:07.250Z") };
const connected = (host: string): EventBody => ({ type: "host-connected", host });

async function newRun() {
  const folder = await createRun(await temporaryFolder(), { id: "20261122-184107-a1b2", guide: Buffer.from("#\n") });
  return { folder, path: journalPath(folder) };
}

async function readEvents(folder: RunFolder): Promise<readonly RunEvent[]> {
  return (await readJournal(journalPath(folder))).events;
}

async function runWith(...hosts: readonly string[]) {
  const run = await newRun();
  const { journal } = await openJournal(run.folder, { clock });
  await journal.append(...hosts.map(connected));
  await journal.close();
  return run;
}

describe("openJournal", () => {
  it("writes one event a line, in a file for its owner alone", async () => {
    const { path } = await runWith("a", "b");
    expect(await readFile(path, "utf8")).toBe(
      '{"v":1,"seq":1,"at":"2026-11-22T18:41:07.250Z","type":"host-connected","host":"a"}\n' +
        '{"v":1,"seq":2,"at":"2026-11-22T18:41:07.250Z","type":"host-connected","host":"b"}\n',
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("reads back what is there and goes on with the next number", async () => {
    const { folder } = await runWith("a", "b");
    const { journal, events } = await openJournal(folder, { clock });
    expect(events).toMatchObject([{ seq: 1 }, { seq: 2, host: "b" }]);
    expect(await journal.append(connected("c"))).toMatchObject([{ seq: 3 }]);
    await journal.close();
    expect(await readEvents(folder)).toHaveLength(3);
  });

  it("cuts a torn last line off, wherever it was torn, and goes on", async () => {
    const { folder, path } = await runWith("a", "bé");
    const whole = await readFile(path);
    const first = whole.indexOf("\n") + 1;
    for (let length = first; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      const { journal, events } = await openJournal(folder, { clock });
      expect(events).toHaveLength(1);
      await journal.append(connected("c"));
      await journal.close();
      expect(await readEvents(folder)).toMatchObject([{ host: "a" }, { seq: 2, host: "c" }]);
    }
  });

  it("cuts a last line off that ends in a newline but is not whole", async () => {
    const { folder, path } = await runWith("a");
    await appendFile(path, '{"v":1,"seq":2,"at":\0\0\0\n');
    const { journal, events } = await openJournal(folder, { clock });
    expect(events).toHaveLength(1);
    await journal.append(connected("b"));
    await journal.close();
    expect(await readEvents(folder)).toMatchObject([{ host: "a" }, { host: "b" }]);
  });

  const at = '"at":"2026-11-22T18:41:07.250Z"';
  it.each([
    ["a line that is no JSON", `{"v":1,"seq":2\n{"v":1,"seq":3,${at},"type":"host-connected"}\n`, "WM7010", "not JSON"],
    ["a line that is no UTF-8", `{"v":1,"seq":2,"\xff":1}\n{"v":1}\n`, "WM7010", "not JSON"],
    ["an empty line", `\n{"v":1,"seq":2,${at},"type":"x"}\n`, "WM7010", "not JSON"],
    ["a missing event", `{"v":1,"seq":3,${at},"type":"x"}\n`, "WM7010", "seq 3 instead of 2"],
    ["a time that is none", `{"v":1,"seq":2,"at":"soon","type":"x"}\n`, "WM7010", "no time"],
    ["an event without a type", `{"v":1,"seq":2,${at}}\n`, "WM7010", "no type"],
    ["something else than an event", `null\n`, "WM7010", "not an event"],
    ["an event of another version", `{"v":2,"seq":2,${at},"type":"x"}\n`, "WM7011", "version 2"],
  ])("reports %s with its line, and leaves everything as it is", async (_, text, code, message) => {
    const { folder, path } = await runWith("a");
    await appendFile(path, Buffer.from(text, "latin1"));
    const before = await readFile(path);
    const opening = openJournal(folder, { clock });
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringContaining(`${path}:2: `) });
    await expect(opening).rejects.toThrow(message);
    expect(await readFile(path)).toEqual(before);
    // and nobody is kept out by the attempt
    await truncate(path, 0);
    await (await openJournal(folder, { clock })).journal.close();
  });

  it("says who has the run, with exit 3, until it is closed", async () => {
    const { folder } = await newRun();
    const { journal } = await openJournal(folder, { clock });
    await expect(openJournal(folder, { clock })).rejects.toMatchObject({
      code: "WM7020",
      exit: 3,
      message: expect.stringMatching(new RegExp(`process ${process.pid} since 2026-11-22 18:41:07 UTC`)),
    });
    await journal.close();
    await (await openJournal(folder, { clock })).journal.close();
  });

  it("says so where there is no such run", async () => {
    const folder = { id: "x", path: "/nowhere/at/all" };
    await expect(openJournal(folder, { clock })).rejects.toMatchObject({ code: "WM7002" });
  });

  it("may be read while it is written", async () => {
    const { folder, path } = await newRun();
    const { journal } = await openJournal(folder, { clock });
    await journal.append(connected("a"));
    await appendFile(path, '{"v":1,"se');
    expect(await readEvents(folder)).toMatchObject([{ host: "a" }]);
    await journal.close();
  });
});

describe("group commit", () => {
  /** What all file handles have in common: where a disk can be made to fail. */
  async function handles(): Promise<FileHandle> {
    const file = await open("/dev/null");
    await file.close();
    return Object.getPrototypeOf(file) as FileHandle;
  }

  it("writes calls that come together together", async () => {
    const sync = vi.spyOn(await handles(), "datasync");
    try {
      const { folder } = await newRun();
      const { journal } = await openJournal(folder, { clock });
      await Promise.all(Array.from({ length: 1000 }, (_, index) => journal.append(connected(`${index}`))));
      expect(sync.mock.calls.length).toBe(1);
      await journal.close();
    } finally {
      sync.mockRestore();
    }
  });

  it("says so where the run has been deleted meanwhile, and lets go of it all the same", async () => {
    const { folder } = await runWith("a");
    const { journal } = await openJournal(folder, { clock });
    await rm(folder.path, { recursive: true });
    await expect(journal.append(connected("b"))).rejects.toMatchObject({
      code: "WM7012",
      exit: 3,
      message: expect.stringContaining("deleted while the run was at work"),
    });
    await journal.close();
  });

  it.each(["datasync", "appendFile"] as const)("writes nothing after %s has failed once", async (call) => {
    const { folder } = await runWith("a");
    const { journal } = await openJournal(folder, { clock });
    const failing = vi.spyOn(await handles(), call).mockRejectedValueOnce(new Error("ENOSPC: no space left on device"));
    try {
      const first = journal.append(connected("b"));
      await expect(first).rejects.toMatchObject({
        code: "WM7012",
        exit: 3,
        message: expect.stringContaining("ENOSPC"),
      });
      const size = (await stat(journalPath(folder))).size;
      await expect(journal.append(connected("c"))).rejects.toMatchObject({ code: "WM7012" });
      expect((await stat(journalPath(folder))).size).toBe(size);
    } finally {
      failing.mockRestore();
    }
    await journal.close();
    const again = await openJournal(folder, { clock });
    await again.journal.close();
  });
});
