import type { Located, Point, Span } from "../model/source.ts";

/** A stretch of the guide as offsets (UTF-16 code units, byte order mark not counted); `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The guide's text with an index of its lines. Line ends are LF, CRLF and CR, as in CommonMark. */
export class SourceText {
  readonly text: string;
  /** Offset of each line's first character. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
    }
    this.#starts = starts;
  }

  slice(range: Range): string {
    return this.text.slice(range.start, range.end);
  }

  point(offset: number): Point {
    const line = lastNotAfter(this.#starts, offset);
    return { line: line + 1, column: offset - (this.#starts[line] ?? 0) + 1, offset };
  }

  span(range: Range): Span {
    return { start: this.point(range.start), end: this.point(range.end) };
  }

  located<T>(value: T, range: Range): Located<T> {
    return { value, span: this.span(range) };
  }

  /** A line without its line end. `number` counts from 1; lines past the end are empty. */
  line(number: number): Range {
    const start = this.#starts[number - 1] ?? this.text.length;
    let end = this.#starts[number] ?? this.text.length;
    if (end > start && this.text.charCodeAt(end - 1) === 10) end--;
    if (end > start && this.text.charCodeAt(end - 1) === 13) end--;
    return { start, end };
  }
}

/** Index of the last element of a rising list that is not greater than `value`; 0 where all are. */
export function lastNotAfter(rising: readonly number[], value: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rising[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
