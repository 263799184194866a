import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainTokens } from "../../../../src/highlight/token.ts";
import { type CodeTokens, layoutCode } from "../../../../src/ui/screen/layout-code.ts";
import { lineWidth, paintLine } from "../../../../src/ui/screen/text-line.ts";
import { UTF8 } from "../sample-run.ts";

const COLORED = { ...UTF8, color: true };

const tokens: CodeTokens = () => [
  [{ text: "echo", role: "function" }, { text: " " }, { text: '"a  b"', role: "string" }],
  [{ text: "\t" }, { text: "# why", role: "comment" }],
];
const CODE = 'echo "a  b"\n\t# why\n';

const shown = (code: string, width: number, found?: CodeTokens, style = UTF8): readonly string[] =>
  layoutCode(style, { kind: "code", language: "bash", code }, width, found)
    .flat()
    .map((line) => paintLine(style, line));

describe("code on the screen", () => {
  test("has its colours on light and on dark: neither yellow nor blue", () => {
    expect(shown(CODE, 40, tokens, COLORED)).toEqual([
      '\u001b[2m▌ \u001b[22m\u001b[1mecho\u001b[22m \u001b[32m"a  b"\u001b[39m',
      "\u001b[2m▌ \u001b[22m    \u001b[2m# why\u001b[22m",
    ]);
  });

  test("has none where there are none, or where they are not known", () => {
    expect(shown(CODE, 40, tokens)).toEqual(['▌ echo "a  b"', "▌     # why"]);
    expect(shown(CODE, 40, () => undefined, COLORED)[0]).toBe('\u001b[2m▌ \u001b[22mecho "a  b"');
  });

  test("goes on in the next line behind a blank, indented as it is, without losing one", () => {
    expect(shown("  one  two three", 10)).toEqual(["▌   one  ", "▌   two ", "▌   three"]);
    expect(shown(`${" ".repeat(9)}one two`, 12)).toEqual([`▌ ${" ".repeat(9)}`, "▌ one two"]);
    expect(shown("abcdefghijkl mn", 10)).toEqual(["▌ abcdefgh", "▌ ijkl mn"]);
  });

  test("obeys nothing of what stands in it", () => {
    const hostile = 'echo \u001b]0;title\u0007"\u202ex"';
    const found = plainTokens(hostile);
    expect(shown(hostile, 40, () => found, COLORED)).toEqual(['\u001b[2m▌ \u001b[22mecho "<U+202E>x"']);
    const torn: CodeTokens = () => [[{ text: "echo \u001b" }, { text: ']0;title\u0007"\u202ex"', role: "string" }]];
    expect(shown(hostile, 40, torn, COLORED)).toEqual(['\u001b[2m▌ \u001b[22mecho "<U+202E>x"']);
  });

  test("is all there, in lines that fit, whatever it is", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "  ", "語", "é"), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 8, max: 30 }), (line, width) => {
        const lines = layoutCode(UTF8, { kind: "code", language: "", code: line }, width).flat();
        expect(lines.every((each) => lineWidth(each) <= width)).toBe(true);
        const words = lines
          .map((each) =>
            each
              .map((part) => part.text)
              .join("")
              .slice(2),
          )
          .join("");
        expect(words.replaceAll(" ", "")).toBe(line.replaceAll(" ", ""));
      }),
    );
  });
});
