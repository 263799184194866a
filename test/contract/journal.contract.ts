import { describe, expect, it } from "vitest";
import type { Clock, Journal } from "../../src/engine/ports.ts";
import type { EventBody, RunEvent } from "../../src/model/event.ts";

/** A journal, and ways to see what it keeps that do not go through the port. */
export interface JournalUnderTest {
  readonly journal: Journal;
  readonly stored: () => Promise<readonly RunEvent[]>;
  readonly log: (step: string, host: string) => Promise<string>;
}

const connected = (host: string): EventBody => ({ type: "host-connected", host });

/** A clock that is a second later at every look. */
function steppingClock(): Pick<Clock, "now"> {
  let seconds = 0;
  return { now: () => new Date(Date.UTC(2026, 10, 22, 18, 41, seconds++)) };
}

/** What every {@link Journal} promises. */
export function journalContract(name: string, open: (clock: Pick<Clock, "now">) => Promise<JournalUnderTest>): void {
  describe(`${name} keeps the promises of the Journal port`, () => {
    it("stamps events from 1 without gaps, and keeps what it answers", async () => {
      const { journal, stored } = await open(steppingClock());
      const first = await journal.append(connected("a"), connected("b"));
      const second = await journal.append(connected("c"));
      expect(first.map(({ v, seq, type }) => ({ v, seq, type }))).toEqual([
        { v: 1, seq: 1, type: "host-connected" },
        { v: 1, seq: 2, type: "host-connected" },
      ]);
      expect(second).toMatchObject([{ seq: 3, host: "c" }]);
      expect(Date.parse(second[0]?.at ?? "")).toBeGreaterThan(Date.parse(first[0]?.at ?? ""));
      await journal.close();
      expect(await stored()).toEqual([...first, ...second]);
    });

    it("has events stored by the time it answers", async () => {
      const { journal, stored } = await open(steppingClock());
      const events = await journal.append(connected("a"));
      expect(await stored()).toEqual(events);
      await journal.close();
    });

    it("keeps the order of calls, however many come at once", async () => {
      const { journal, stored } = await open(steppingClock());
      const answers = await Promise.all(
        Array.from({ length: 500 }, (_, index) => journal.append(connected(`${index}`))),
      );
      await journal.close();
      expect(answers.flat().map((event) => event.seq)).toEqual(answers.map((_, index) => index + 1));
      expect(await stored()).toEqual(answers.flat());
    });

    it("keeps what was given before it was closed, and takes nothing after", async () => {
      const { journal, stored } = await open(steppingClock());
      const late = journal.append(connected("a"));
      await journal.close();
      await expect(journal.append(connected("b"))).rejects.toThrow("closed");
      expect(await stored()).toEqual(await late);
      await journal.close();
    });

    it("keeps text of any kind", async () => {
      const { journal, stored } = await open(steppingClock());
      const reason = 'line\nnext\u2028"quoted" \\ \u0000 😀 \ud800';
      await journal.append({ type: "host-lost", host: "ä/..", reason });
      await journal.close();
      expect(await stored()).toMatchObject([{ host: "ä/..", reason }]);
    });

    it("keeps a log for each task, stdout and stderr as they came", async () => {
      const { journal, log } = await open(steppingClock());
      const one = await journal.openLog("swap/1", "a");
      const other = await journal.openLog("swap/1", "b");
      one.write("stdout", "one\n");
      other.write("stdout", "other\n");
      one.write("stderr", "two ✔\n");
      one.write("stdout", "three\n");
      await Promise.all([one.close(), other.close()]);
      expect(await log("swap/1", "a")).toBe("one\ntwo ✔\nthree\n");
      expect(await log("swap/1", "b")).toBe("other\n");
      await journal.close();
    });

    it("empties a log that is opened again", async () => {
      const { journal, log } = await open(steppingClock());
      const first = await journal.openLog("s", "h");
      first.write("stdout", "a long first attempt\n");
      await first.close();
      const second = await journal.openLog("s", "h");
      second.write("stdout", "short\n");
      await second.close();
      expect(await log("s", "h")).toBe("short\n");
      await journal.close();
    });

    it("keeps logs that were left open when it is closed", async () => {
      const { journal, log } = await open(steppingClock());
      const left = await journal.openLog("s", "h");
      left.write("stdout", "half a li");
      await journal.close();
      expect(await log("s", "h")).toBe("half a li");
    });
  });
}
