import { rm } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { leaveNothing } from "../../../src/cli/leave-nothing.ts";
import type { Session } from "../../../src/engine/ports.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { createRun, type RunFolder } from "../../../src/journal/run-folder.ts";
import type { EventBody } from "../../../src/model/event.ts";
import { temporaryFolder } from "../journal/temporary-folder.ts";

/* What `waymark verify` removes on hosts when it has looked, in the folder that is also the last run's. */

const clock = { now: () => new Date("2026-11-22T18:41:07Z") };
const BEGUN: EventBody = {
  type: "run-started",
  run: "r",
  token: "t",
  waymark: "0",
  guide: { path: "/guide.md", digest: "0" },
  inventory: { hosts: [] },
  inputs: {},
  secretInputs: [],
  parallel: 1,
};
const PASSED: EventBody = { type: "run-finished", status: "passed", setAside: [] };
const UNDOING: EventBody = { type: "run-resumed", waymark: "0", retryFailed: true, parallel: 1, undo: true };

let folder: RunFolder;
let removed: string[];
beforeEach(async () => {
  removed = [];
  folder = await createRun(await temporaryFolder(), { id: "20261122-184107-a1b2", guide: Buffer.from("#\n") });
});

const session: Pick<Session, "clean" | "settle"> = {
  clean: async (token) => void removed.push(`clean ${token}`),
  settle: async (token) => void removed.push(`settle ${token}`),
};
const sessions = { all: async () => [session as Session] };

async function written(...events: readonly EventBody[]): Promise<void> {
  const { journal } = await openJournal(folder, { clock });
  await journal.append(...events);
  await journal.close();
}

describe("what looking needed on hosts", () => {
  it("is removed where the guide never ran, or its last run has cleaned up", async () => {
    await leaveNothing(sessions, "own", undefined);
    await written(BEGUN, PASSED);
    await leaveNothing(sessions, "t", { folder });
    expect(removed).toEqual(["clean own", "settle t"]);
    // And somebody may go on with that at once.
    await written(UNDOING);
  });

  it.each([
    ["has not passed", [BEGUN]],
    ["has begun to be undone meanwhile", [BEGUN, PASSED, UNDOING]],
  ])("stays where the run %s: what is at work there has its records in the same folder", async (_, events) => {
    await written(...events);
    await leaveNothing(sessions, "t", { folder });
    expect(removed).toEqual([]);
  });

  it("stays while somebody works on the run, and where it has been removed", async () => {
    await written(BEGUN, PASSED);
    const { journal } = await openJournal(folder, { clock });
    await leaveNothing(sessions, "t", { folder });
    await journal.close();
    await rm(folder.path, { recursive: true });
    await leaveNothing(sessions, "t", { folder });
    expect(removed).toEqual([]);
  });
});
