import type { Journal } from "../engine/ports.ts";
import { readJournal } from "../journal/read-journal.ts";
import { journalPath, type RunFolder } from "../journal/run-folder.ts";
import { volatileJournal } from "../journal/volatile-journal.ts";
import type { RunEvent } from "../model/event.ts";
import { systemClock } from "./clock.ts";

/** A run that is only looked at: whoever else holds it is not disturbed, and what is added is not kept. */
export async function readOnly(folder: RunFolder): Promise<{ journal: Journal; events: readonly RunEvent[] }> {
  const { events } = await readJournal(journalPath(folder));
  return { journal: volatileJournal(systemClock, events), events };
}
