import type { Role, Token, TokenLines } from "../../highlight/token.ts";
import type { ProseCode } from "../../model/prose.ts";
import { neutralize } from "../../story/terminal-text.ts";
import type { Style } from "../style.ts";
import { type Look, type Span, span, takeColumns, type TextLine, widthOf } from "./text-line.ts";

/** What code consists of, where that is known by now. */
export type CodeTokens = (code: string, language: string) => TokenLines | undefined;

/**
 * Green, cyan and magenta are read on light and on dark, whatever the terminal makes of them; yellow is lost on white,
 * blue on black. Bold and no colour at all say the rest.
 */
const LOOKS: Partial<Record<Role, readonly Look[]>> = {
  comment: ["dim"],
  keyword: ["magenta"],
  string: ["green"],
  number: ["cyan"],
  constant: ["cyan"],
  variable: ["cyan"],
  function: ["bold"],
  property: ["bold"],
  tag: ["magenta"],
  heading: ["bold", "underline"],
  inserted: ["green"],
  deleted: ["red"],
  prompt: ["dim"],
};

/**
 * Each line of a block of code, from its first, in as many lines of the screen as it needs: nothing of a command is
 * hidden, and every blank of it is there.
 */
export function layoutCode(
  style: Style,
  { code, language }: ProseCode,
  width: number,
  tokens?: CodeTokens,
): readonly (readonly TextLine[])[] {
  const bar = span(style.unicode ? "▌ " : "| ", "dim");
  const known = style.color ? tokens?.(code, language) : undefined;
  return code
    .replace(/\n$/, "")
    .split("\n")
    .map((line, index) =>
      chop(painted(line, known?.[index] ?? []), Math.max(1, width - 2)).map((part) => [bar, ...part]),
    );
}

/** The line with its looks, as far as it is what its tokens say. */
function painted(line: string, tokens: readonly Token[]): readonly Span[] {
  const shown = (text: string): string => neutralize(text.replaceAll("\t", "    "));
  const spans = tokens.map(({ text, role }) => span(shown(text), ...(role === undefined ? [] : (LOOKS[role] ?? []))));
  const whole = shown(line);
  return textOf(spans) === whole ? spans : [span(whole)];
}

/** Breaks a line behind blanks where it can; what goes on below is indented like it. Every blank of it is there. */
export function chop(line: readonly Span[], width: number): readonly TextLine[] {
  const text = textOf(line);
  if (widthOf(text) <= width) return [line];
  const blanks = /^ */.exec(text)?.[0] ?? "";
  const indent = blanks.length <= width / 2 ? blanks : "";
  const parts: TextLine[] = [];
  for (let at = 0; at < text.length;) {
    const before = at === 0 ? "" : indent;
    const rest = text.slice(at);
    const fits = takeColumns(rest, width - before.length) || rest.slice(0, (rest.codePointAt(0) ?? 0) > 0xffff ? 2 : 1);
    const blank = fits === rest ? -1 : fits.lastIndexOf(" ");
    const length = at + blank >= (at === 0 ? indent.length : at) && blank >= 0 ? blank + 1 : fits.length;
    parts.push([...(before === "" ? [] : [span(before)]), ...cut(line, at, at + length)]);
    at += length;
  }
  return parts;
}

/** What stands between two positions of the text. */
function cut(line: readonly Span[], from: number, to: number): TextLine {
  let at = 0;
  return line.flatMap(({ text, looks }) => {
    const begin = at;
    at += text.length;
    const part = text.slice(Math.max(0, from - begin), Math.max(0, to - begin));
    return part === "" ? [] : [{ text: part, looks }];
  });
}

function textOf(line: readonly Span[]): string {
  return line.map(({ text }) => text).join("");
}
