import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pastTimes } from "../../../src/cli/past-times.ts";
import { createRun, journalPath } from "../../../src/journal/run-folder.ts";
import { Script } from "../ui/sample-run.ts";

let state = "";
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "waymark-past-"));
});
afterEach(() => rm(state, { recursive: true, force: true }));

/** A run of /home/me/guide.md whose only step was at work for so many seconds. */
async function ran(id: string, seconds: number, end: "passed" | "failed" = "passed"): Promise<string> {
  const folder = await createRun(state, { id, guide: Buffer.from("") });
  const script = new Script().started().step("a", ["x"]).begin("a", "x");
  script
    .wait(seconds * 1000 - 100)
    .finish("a", "x", "ok")
    .stepEnds("a")
    .ends(end);
  await appendFile(journalPath(folder), script.events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return journalPath(folder);
}

const recalled = async (guide = "/home/me/guide.md", but?: string): Promise<readonly (number | undefined)[]> =>
  (await pastTimes(state, guide, but)).map(({ byId }) => byId.get("a"));

test("the newest runs of the guide are asked, first those that passed", async () => {
  expect(await recalled()).toEqual([]);
  for (const [index, seconds] of [70, 10, 20, 30, 40, 50].entries()) {
    await ran(`20261120-18410${index}-aaaa`, seconds, seconds === 40 ? "failed" : "passed");
  }
  expect(await recalled()).toEqual([50_000, 30_000, 20_000, 10_000, 70_000]);
  expect(await recalled("/home/me/guide.md", "20261120-184105-aaaa")).toEqual([30_000, 20_000, 10_000, 70_000, 40_000]);
  expect(await recalled("/home/me/other.md")).toEqual([]);
});

test("a damaged line is no reason to know nothing; a journal as long as a book is left alone", async () => {
  await appendFile(
    await ran("20261120-184101-aaaa", 10),
    '{"v":1,"seq":9,"at":"2026","type":"task-started","st\n{"v":1',
  );
  const book = await ran("20261120-184102-aaaa", 20);
  await appendFile(book, `${JSON.stringify({ v: 1, seq: 9, at: "2026", type: "x", text: "x".repeat(9 << 20) })}\n`);
  expect(await recalled()).toEqual([10_000]);
});
