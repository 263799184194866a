import { styleText } from "node:util";
import stringWidth from "string-width";
import type { Style } from "../style.ts";
import { neutralize } from "../../story/terminal-text.ts";

/**
 * Looks of words, as `styleText` of node:util names them: those that are read on light and on dark. Yellow is lost on
 * white, blue on black, and what matters is not dim.
 */
export type Look =
  | "bold"
  | "dim"
  | "italic"
  | "underline"
  | "strikethrough"
  | "inverse"
  | "red"
  | "green"
  | "magenta"
  | "cyan";

/** Words that look alike, safe to print, without line ends. */
export interface Span {
  readonly text: string;
  readonly looks: readonly Look[];
}

/** One line of the screen, not yet cut to its width. */
export type TextLine = readonly Span[];

export function span(text: string, ...looks: readonly Look[]): Span {
  return { text, looks };
}

/** Columns that a text takes: 2 for wide characters, none for those that combine (Unicode UAX #11). */
export function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

export function lineWidth(line: TextLine): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/**
 * As it goes to the terminal. `dimmed`: all of it stands back. Without colours nothing but the words is left, and what is
 * inverse: that is no colour (https://no-color.org), and nothing else tells what was looked for.
 */
export function paintLine(style: Style, line: TextLine, dimmed = false): string {
  return line
    .map(({ text: words, looks }) => {
      // Whoever made it has seen to that: this is the last place where it can be.
      const text = neutralize(words);
      const all = dimmed ? [...looks.filter((look) => look !== "bold"), "dim" as const] : looks;
      const shown = style.color ? all : all.filter((look) => look === "inverse");
      return shown.length > 0 && text !== "" ? styleText([...shown], text, { validateStream: false }) : text;
    })
    .join("");
}

/** The first `width` columns; where something is cut off, the last of them says so. */
export function cutLine(style: Style, line: TextLine, width: number): TextLine {
  if (lineWidth(line) <= width) return line;
  const more = style.unicode ? "…" : ">";
  const kept: Span[] = [];
  let left = width - 1;
  for (const { text, looks } of line) {
    const part = takeColumns(text, left);
    kept.push({ text: part, looks });
    left -= widthOf(part);
    if (part !== text) break;
  }
  return width > 0 ? [...kept, { text: more, looks: kept.at(-1)?.looks ?? [] }] : [];
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** As many of a text's characters as fit into so many columns. */
export function takeColumns(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (/^[\x20-\x7e]*$/.test(text)) return text.slice(0, Math.max(0, columns));
  let taken = "";
  let left = columns;
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    taken += segment;
  }
  return taken;
}

/** Filled with blanks up to a width, or cut to it. */
export function fillLine(style: Style, line: TextLine, width: number): TextLine {
  const cut = cutLine(style, line, width);
  return [...cut, span(" ".repeat(Math.max(0, width - lineWidth(cut))))];
}
