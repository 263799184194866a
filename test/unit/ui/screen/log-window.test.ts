import { describe, expect, test } from "vitest";
import type { LogPiece } from "../../../../src/journal/read-log-piece.ts";
import { OutputTail } from "../../../../src/ui/output-tail.ts";
import { lineAt, logLines } from "../../../../src/ui/screen/log-lines.ts";
import { LogWindow } from "../../../../src/ui/screen/log-window.ts";
import {
  type Around,
  FIRST_STATE,
  moved,
  type ScreenState,
  type Wish,
} from "../../../../src/ui/screen/screen-state.ts";

/** A log in memory, which may be written to. */
class FakeLog {
  bytes = Buffer.alloc(0);
  readBytes = 0;
  nowMs = 0;
  readonly window = new LogWindow(
    (from, length) => Promise.resolve(this.piece(from, length)),
    () => undefined,
    () => this.nowMs,
  );

  constructor(text = "") {
    this.bytes = Buffer.from(text);
  }

  private piece(from: number, length: number): LogPiece {
    const begin = Math.min(from, this.bytes.length);
    const bytes = this.bytes.subarray(begin, begin + length);
    this.readBytes += bytes.length;
    return { bytes, from: begin, size: this.bytes.length };
  }
}

const COUNT = 100_000;
const LONG = Array.from({ length: COUNT }, (_, index) => `line ${index + 1} of many`).join("\n") + "\n";

describe("the window on a log", () => {
  test("going up from its end, every line is seen once, in order, while little of it is kept", async () => {
    const log = new FakeLog(LONG);
    let at = log.bytes.length - 1;
    const parts: (readonly string[])[] = [];
    let most = 0;
    for (;;) {
      await log.window.show(at);
      const { lines } = log.window;
      most = Math.max(most, lines.length);
      const row = lineAt(
        lines.map((line) => line.at),
        at,
      );
      const above = lines.slice(Math.max(0, row - 500), row);
      parts.unshift(above.map(({ text }) => text));
      if (above.length === 0 && log.window.atStart) break;
      at = above[0]?.at ?? at;
    }
    const seen = parts.flat();
    expect(seen).toHaveLength(COUNT);
    expect(seen[0]).toBe("line 1 of many");
    expect(seen.at(-1)).toBe(`line ${COUNT} of many`);
    expect(most).toBeLessThan(0.7 * COUNT);
  });

  test("what is written meanwhile follows, and a line that was cut goes on", async () => {
    const log = new FakeLog("one\ntwo\nthr");
    await log.window.show(4);
    expect(log.window.lines.map(({ text }) => text)).toEqual(["one", "two", "thr"]);
    log.bytes = Buffer.from("one\ntwo\nthree\nfour\n");
    log.nowMs = 1000;
    await log.window.show(4);
    expect(log.window.lines.map(({ text }) => text)).toEqual(["one", "two", "three", "four"]);
    expect(log.window.atEnd).toBe(true);
  });

  test("a log that is begun anew is read anew", async () => {
    const log = new FakeLog(LONG);
    await log.window.show(log.bytes.length);
    log.bytes = Buffer.from("again\n");
    log.nowMs = 1000;
    await log.window.show(log.bytes.length);
    await log.window.show(0);
    expect(log.window.lines.map(({ text }) => text)).toEqual(["again"]);
  });

  test("what has no line ends is shown in pieces, no character split, and nothing of it is obeyed", async () => {
    const log = new FakeLog("é".repeat(100_000) + "\n\u001b]0;owned\u0007end\n");
    await log.window.show(0);
    const texts = log.window.lines.map(({ text }) => text);
    expect(texts.slice(0, -1).join("")).toBe("é".repeat(100_000));
    expect(texts.at(-1)).toBe("end");
  });

  test("a text is found wherever it stands, before and behind, round the end", async () => {
    const log = new FakeLog(LONG);
    const place = (line: number): number => LONG.indexOf(`line ${line} of`);
    const find = (text: string, from: number, by: 1 | -1) => log.window.find(text, place(from), by, 5);
    expect(await find("line 99000 of", 10, 1)).toEqual({ at: place(99_000), top: place(98_995) });
    expect(await find("line 7 of", 99_000, -1)).toEqual({ at: place(7), top: place(2) });
    expect(await find("line 7 of", 99_000, 1)).toMatchObject({ at: place(7) });
    expect(await find("line 8", 8, 1)).toMatchObject({ at: place(80) });
    expect(await find("LINE 8", 8, 1)).toBe("nowhere");
  });

  test("who looks for something else has no use for what comes of the first", async () => {
    const log = new FakeLog(LONG);
    const first = log.window.find("line 99000 of", 0, 1, 5);
    const second = log.window.find("line 2 of", 0, 1, 5);
    expect(await first).toBeUndefined();
    expect(await second).toMatchObject({ at: LONG.indexOf("line 2 of") });
  });

  test("the end that is at hand knows where its lines stand in the log", () => {
    const tail = new OutputTail(1000);
    tail.add("stdout", LONG);
    const [first] = tail.placed();
    expect(first?.at).toBe(1000 + LONG.indexOf(first?.text ?? "?"));
    expect(tail.placed().at(-1)?.text).toBe(`line ${COUNT} of many`);
  });
});

describe("scrolling one host's output", () => {
  const places = logLines(Buffer.from("0123456789\n".repeat(100)), 5000).map(({ at }) => at);
  // A hundred lines of the log, and five below it that are not in it.
  const log = { places, atEnd: true };
  const around = { log, outputLines: 105, outputHeight: 20, outputFromEnd: 0 } as unknown as Around;
  const go = (from: Partial<ScreenState>, wish: Wish, more: Partial<Around> = {}): ScreenState =>
    moved({ ...FIRST_STATE, mode: "output", ...from }, wish, { ...around, ...more });

  test("its lines keep their places, whatever is printed below them", () => {
    expect(go({}, { to: "scroll", by: -1 })).toMatchObject({ logTop: places[84] });
    expect(go({}, { to: "page", by: -1 })).toMatchObject({ logTop: places[66] });
    const up = go({}, { to: "scroll", by: -85 });
    expect(up.logTop).toBe(5000);
  });

  test("up to the log's beginning, and down to where it goes with the run", () => {
    expect(go({}, { to: "first" }).logTop).toBe(0);
    expect(go({ logTop: 0 }, { to: "last" })).not.toHaveProperty("logTop");
    expect(go({ logTop: 5000 }, { to: "scroll", by: 500 }, { outputFromEnd: 85 })).not.toHaveProperty("logTop");
    const within = { log: { places, atEnd: false }, outputLines: 100, outputFromEnd: 10 };
    expect(go({ logTop: places[70] ?? 0 }, { to: "scroll", by: 500 }, within).logTop).toBe(places[80]);
  });
});
