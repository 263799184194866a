import type { Nodes } from "mdast";
import { rangeOf } from "../../document/markdown.ts";

/** What every line of a block begins with, within lists and quotes: that of its first line, without the lists' markers. */
export function linePrefix(text: string, start: number): string {
  return text.slice(lineStart(text, start), start).replaceAll(/[^>\s]/g, " ");
}

/** Where code begins that is indented rather than fenced; its first four columns are its own. */
export function indentedStart(text: string, node: Nodes): number | undefined {
  const { start } = rangeOf(node);
  if (node.type !== "code" || /^(?:`{3}|~{3})/.test(text.slice(start, start + 3))) return undefined;
  // Sometimes they are a part of the node.
  if (/[ \t]/.test(text.charAt(start))) return start;
  return start - (/ {1,4}$/.exec(text.slice(lineStart(text, start), start))?.[0].length ?? 0);
}

/** Offset of the first character of a line. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** The line above has text, and nothing keeps it apart: a list's marker would. */
export function isBelowText(text: string, start: number): boolean {
  const from = lineStart(text, start);
  if (from === 0 || !isBlank(text.slice(from, start))) return false;
  return !isBlank(text.slice(lineStart(text, from - 1), from));
}

/** The line below has text. */
export function isAboveText(text: string, end: number): boolean {
  return !isBlank(lineBelow(text, end));
}

/** The end of a line and another, empty one, where the line below has text. @param prefix of the block that ends here */
export function emptyLineBelow(text: string, end: number, prefix: string): string {
  const below = lineBelow(text, end);
  if (isBlank(below)) return "";
  // Quotes that end here have no more lines.
  const quotes = (/^[>\s]*/.exec(below)?.[0] ?? "").replaceAll(/[^>]/g, "").length;
  const signs = [...prefix.matchAll(/>/g)].slice(0, quotes).at(-1);
  return `\n${signs === undefined ? "" : prefix.slice(0, signs.index + 1)}`;
}

function lineBelow(text: string, end: number): string {
  const next = text.indexOf("\n", end);
  if (next === -1) return "";
  const after = text.indexOf("\n", next + 1);
  return text.slice(next + 1, after === -1 ? text.length : after);
}

/** But for the signs of quotes. */
function isBlank(line: string): boolean {
  return /^[>\s]*$/.test(line);
}
