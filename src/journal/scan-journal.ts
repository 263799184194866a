import type { RunEvent } from "../model/event.ts";
import { linesOf } from "./read-journal.ts";

/** Where an event says what it is: behind its version, number and time. */
const STAMP = 160;

/**
 * The events of some types in a journal. Others are not even parsed, and nothing is checked: for what need not be exact.
 * @param path of a journal; one that does not exist has none
 */
export async function* scanJournal(path: string, types: ReadonlySet<string>): AsyncGenerator<RunEvent> {
  for await (const line of linesOf(path)) {
    const type = /"type":"([a-z-]+)"/.exec(line.toString("latin1", 0, STAMP))?.[1];
    if (type === undefined || !types.has(type)) continue;
    try {
      yield JSON.parse(line.toString()) as RunEvent;
    } catch {
      // Torn, or no event.
    }
  }
}
