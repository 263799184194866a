/** What every line of a block begins with, within lists and quotes: that of its first line, without the lists' markers. */
export function linePrefix(text: string, start: number): string {
  return text.slice(lineStart(text, start), start).replaceAll(/[^>\s]/g, " ");
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
  const next = text.indexOf("\n", end);
  if (next === -1) return false;
  const after = text.indexOf("\n", next + 1);
  return !isBlank(text.slice(next + 1, after === -1 ? text.length : after));
}

/** But for the signs of quotes. */
function isBlank(line: string): boolean {
  return /^[>\s]*$/.test(line);
}
