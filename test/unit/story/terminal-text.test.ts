import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neutralize, oneLine } from "../../../src/story/terminal-text.ts";

describe("what a host prints cannot steer the terminal", () => {
  it.each([
    ["plain text, tabs and newlines stay", "a\tb\nc é 漢 😀", "a\tb\nc é 漢 😀"],
    ["colours are dropped", "\x1b[1;31mred\x1b[0m", "red"],
    ["cursor movements and clearing are dropped", "a\x1b[2J\x1b[Hb\x1b[?1049hc", "abc"],
    ["titles are dropped", "\x1b]0;you are hacked\x07prompt", "prompt"],
    ["links keep their text", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"],
    ["device control strings are dropped", 'a\x1bP$q"p\x1b\\b', "ab"],
    ["an unfinished string takes no more than its line", "a\x1b]0;title\nb", "a\nb"],
    ["an unfinished sequence is dropped", "a\x1b[31", "a"],
    ["8-bit sequences are dropped", "\x9b31mred\x9d0;title\x9c\x85", "red"],
    ["other sequences are dropped", "\x1b(0\x1b7x\x1bc", "x"],
    ["control characters are shown", "ding\x07 \x00 \x7f \x0b", "ding^G ^@ ^? ^K"],
    ["text is never reordered", "access‮level⁦", "access<U+202E>level<U+2066>"],
    ["the last writing of a line stays", "10%\r50%\r100%\ndone", "100%\ndone"],
    ["a line end of Windows is one", "a\r\nb\r\n", "a\nb\n"],
    ["backspaces erase", "|\b/\b-\bdone", "done"],
    ["sequences cannot hide in each other", "\x1b\x1b[[31mx", "1mx"],
  ])("%s", (_, printed, shown) => {
    expect(neutralize(printed)).toBe(shown);
  });

  it("whatever it is made of", () => {
    const nasty = fc.constantFrom(
      "\x1b",
      "[",
      "]",
      "P",
      "\\",
      "\x9b",
      "\x9c",
      "\x07",
      "\b",
      "\r",
      "\n",
      "3",
      "m",
      ";",
      "\x00",
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(nasty, fc.string({ minLength: 1, maxLength: 1 })) }), (text) => {
        expect(neutralize(text)).not.toMatch(/[\0-\b\v-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  it("in time, however long it is", () => {
    const long = `${"\x1b]".repeat(50_000)}${"\b".repeat(50_000)}${"\x1b[".repeat(50_000)}${"a\r".repeat(50_000)}`;
    expect(neutralize(long).length).toBeLessThan(long.length);
  });
});

it("a reason takes one line", () => {
  expect(oneLine("first\n\tsecond \x1b[31mred")).toBe("first second red");
});
