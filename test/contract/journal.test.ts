import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openJournal } from "../../src/journal/open-journal.ts";
import { readJournal } from "../../src/journal/read-journal.ts";
import { createRun, journalPath, taskLogPath } from "../../src/journal/run-folder.ts";
import { memoryJournal } from "./journal-in-memory.ts";
import { journalContract } from "./journal.contract.ts";

journalContract("the run folder", async (clock) => {
  const state = await mkdtemp(join(tmpdir(), "waymark-journal-"));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const folder = await createRun(state, { id: "20261122-184107-a1b2", guide: Buffer.from("# Guide\n") });
  const { journal } = await openJournal(folder, { clock });
  return {
    journal,
    stored: async () => (await readJournal(journalPath(folder))).events,
    log: (step, host) => readFile(taskLogPath(folder, step, host), "utf8"),
  };
});

journalContract("the journal in memory", (clock) => {
  const journal = memoryJournal(clock);
  return Promise.resolve({
    journal,
    stored: () => Promise.resolve(journal.events),
    log: (step, host) => Promise.resolve(journal.logs.get(`${step} ${host}`) ?? ""),
  });
});
