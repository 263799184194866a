import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineWidth, span, type TextLine } from "../../../../src/ui/screen/text-line.ts";
import { wrapLine } from "../../../../src/ui/screen/wrap-line.ts";

const texts = (lines: readonly TextLine[]): readonly string[] =>
  lines.map((line) => line.map(({ text }) => text).join(""));

describe("breaking words into lines", () => {
  test("between words, and not before the end of the line", () => {
    expect(texts(wrapLine([span("one two three four")], 9))).toEqual(["one two", "three", "four"]);
    expect(texts(wrapLine([span("one two three")], 7))).toEqual(["one two", "three"]);
  });

  test("a word of several looks stays whole", () => {
    const lines = wrapLine([span("a "), span("bold", "bold"), span("er word")], 8);
    expect(lines).toEqual([[span("a "), span("bold", "bold"), span("er")], [span("word")]]);
  });

  test("within words that are longer than a line", () => {
    expect(texts(wrapLine([span("see https://example.org/long")], 10))).toEqual([
      "see",
      "https://ex",
      "ample.org/",
      "long",
    ]);
  });

  test("at hard breaks", () => {
    expect(texts(wrapLine([span("one"), span("\n"), span("two")], 20))).toEqual(["one", "two"]);
  });

  test("wide characters take two columns", () => {
    expect(texts(wrapLine([span("日本語の")], 5))).toEqual(["日本", "語の"]);
  });

  test("nothing is longer than asked for, and no word is lost", () => {
    const words = fc.array(fc.stringMatching(/^[a-zé日]{1,12}$/), { maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 40 }), (list, width) => {
        const lines = wrapLine([span(list.join(" "))], width);
        expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(width);
        expect(texts(lines).join("").replaceAll(" ", "")).toBe(list.join(""));
      }),
    );
  });
});
