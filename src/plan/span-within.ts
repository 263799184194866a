import type { Located, Point, Span } from "../model/source.ts";

/**
 * The place of one part of a text inside the file. Where the file has more than the text (escaped quotes, the indent
 * of a list) the parts cannot be told apart, and the place of the whole text is given.
 *
 * @param offset of the part in the text, in UTF-16 code units
 */
export function spanWithin({ value, span }: Located<string>, offset: number, length = 1): Span {
  if (span.end.offset - span.start.offset !== value.length) return span;
  const end = Math.min(offset + length, value.length);
  return { start: pointAfter(span.start, value.slice(0, offset)), end: pointAfter(span.start, value.slice(0, end)) };
}

function pointAfter(start: Point, text: string): Point {
  const lastBreak = text.lastIndexOf("\n");
  const offset = start.offset + text.length;
  if (lastBreak === -1) return { line: start.line, column: start.column + text.length, offset };
  const breaks = text.split("\n").length - 1;
  return { line: start.line + breaks, column: text.length - lastBreak, offset };
}
