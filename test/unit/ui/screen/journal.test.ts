import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../../src/model/event.ts";
import { JournalRing } from "../../../../src/ui/screen/journal-ring.ts";
import { journalColumns, journalLine, journalMatches } from "../../../../src/ui/screen/journal.ts";
import { FIRST_STATE, moved, type Around, type ScreenState } from "../../../../src/ui/screen/screen-state.ts";
import { hostOf } from "../../host-of.ts";
import { broken, planOf, Script, step, UTF8 } from "../sample-run.ts";

const PLAN = planOf([step(0, "swap-off", "Turn it off", { hosts: ["pi-w2"] })], { hosts: [hostOf("pi-w2")] });

function told(events: readonly RunEvent[], width = 100): readonly string[] {
  const columns = journalColumns(PLAN, width);
  return events.map((event) =>
    journalLine(UTF8, event, columns)
      .map(({ text }) => text)
      .join("")
      .replace(/^\S+ /, "")
      .trimEnd(),
  );
}

describe("the journal on the screen", () => {
  test("an event is a line in plain words: step, host, what happened", () => {
    const script = new Script().started().step("swap-off", ["pi-w2"]).begin("swap-off", "pi-w2");
    script.event({
      type: "attempt-finished",
      step: "swap-off",
      host: "pi-w2",
      task: "t",
      attempt: 1,
      end: "exited",
      exit: 1,
      durationMs: 400,
      stdoutBytes: 0,
      stderrBytes: 1234,
    });
    script.finish("swap-off", "pi-w2", "failed", {
      reason: "exit status 1",
      expectations: [broken("exit == 0", 20, "exit is 1")],
    });
    script.stepEnds("swap-off", "failed").ends("failed", ["pi-w2"]);
    expect(told(script.events)).toEqual([
      "◐                  run 20261122-184107-a1b2 starts, with 100 hosts at once",
      "◐ swap-off         begins on pi-w2",
      "◐ swap-off  pi-w2  begins",
      "◐ swap-off  pi-w2  its command starts",
      "· swap-off  pi-w2  ended with exit status 1 after 0.4 s, 1.2 kB printed",
      "✖ swap-off  pi-w2  failed: exit status 1, 0.4 s",
      "✖ swap-off         failed",
      "✖                  failed, without pi-w2",
    ]);
  });

  test("secrets are named, and nothing of what a host said is obeyed", () => {
    const about = { step: "swap-off", host: "pi-w2", task: "t", attempt: 1 };
    const script = new Script()
      .event({ type: "variable-captured", ...about, name: "TOKEN", secret: true })
      .event({ type: "variable-captured", ...about, name: "DISK", secret: false, value: "sd\u001b]0;owned\u0007a\nb" })
      .event({ type: "host-lost", host: "pi-w2", reason: "gone \u001b[31mred" });
    expect(told(script.events)).toEqual([
      "· swap-off  pi-w2  TOKEN is «secret»",
      "· swap-off  pi-w2  DISK is 'sda b'",
      "⚠           pi-w2  connection lost: gone red",
    ]);
  });

  test("what is looked for is found in the words as they stand there", () => {
    const { events } = new Script().started().step("swap-off", ["pi-w2"]).passes("swap-off", "pi-w2").ends("passed");
    expect(journalMatches(UTF8, events, journalColumns(PLAN, 80), "begins")).toEqual([1, 2]);
    expect(journalMatches(UTF8, events, journalColumns(PLAN, 80), "Begins")).toEqual([]);
  });

  test("the newest are kept, and it is known how many are not", () => {
    const ring = new JournalRing();
    const script = new Script();
    for (let index = 0; index < 20_000; index++) script.event({ type: "timer-fired", key: String(index) });
    for (const event of script.events) ring.add(event);
    expect(ring.events.length).toBeLessThanOrEqual(6000);
    expect(ring.events.at(-1)).toMatchObject({ key: "19999" });
    expect(ring.dropped + ring.events.length).toBe(20_000);
    expect(ring.events[0]).toMatchObject({ seq: ring.dropped + 1 });
  });
});

describe("moving in the journal", () => {
  const journal = { first: 200, end: 300, top: 290, height: 10, matches: () => [210, 250] };
  const go = (from: Partial<ScreenState>, wish: Parameters<typeof moved>[1], at = journal): ScreenState =>
    moved({ ...FIRST_STATE, mode: "journal", ...from }, wish, { journal: at } as unknown as Around);

  test("it goes with the run until somebody scrolls, and again from its end on", () => {
    const up = go({}, { to: "scroll", by: -3 });
    expect(up.journalTop).toBe(287);
    expect(go(up, { to: "scroll", by: 2 }, { ...journal, top: 287 }).journalTop).toBe(289);
    expect(go(up, { to: "scroll", by: 3 }, { ...journal, top: 287 }).journalTop).toBeUndefined();
    expect(go(up, { to: "active" }).journalTop).toBeUndefined();
    expect(go({}, { to: "page", by: -1 }).journalTop).toBe(281);
  });

  test("up to the oldest that is kept, and to what is looked for", () => {
    expect(go({}, { to: "first" }).journalTop).toBe(200);
    expect(go({}, { to: "match", by: -1, search: "x" })).toMatchObject({ journalTop: 247, match: 250 });
    expect(go({ search: "x", match: 250 }, { to: "match", by: -1 })).toMatchObject({ journalTop: 207, match: 210 });
  });
});
