import { neutralize } from "../../story/terminal-text.ts";

/** A line of a log. */
export interface LogLine {
  /** Where it begins in the log, in bytes. */
  readonly at: number;
  /** Safe to print. */
  readonly text: string;
}

/** Bytes: what has no line ends is shown in pieces. */
const LONGEST = 16 * 1024;
const NEWLINE = 0x0a;

/** The lines of a part of a log that begins at a line. @param from where that is, in bytes */
export function logLines(bytes: Uint8Array, from: number): readonly LogLine[] {
  const lines: LogLine[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length;) {
    const newline = buffer.indexOf(NEWLINE, at);
    const end = newline === -1 ? buffer.length : newline;
    const cut = end - at > LONGEST ? wholeCharacters(buffer, at, at + LONGEST) : end;
    lines.push({ at: from + at, text: neutralize(buffer.toString("utf8", at, cut)) });
    at = cut === end ? end + 1 : cut;
  }
  return lines;
}

/** Where the first line begins that is whole; the end where none does. */
export function firstLine(bytes: Uint8Array): number {
  const newline = bytes.indexOf(NEWLINE);
  return newline === -1 ? bytes.length : newline + 1;
}

/**
 * The position of the first line that begins there or further on; as many as there are where none does.
 * @param places where lines begin, in bytes
 */
export function lineAt(places: readonly number[], at: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** No character of UTF-8 (RFC 3629) is split. */
function wholeCharacters(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from + 1 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}
