import type { Range, SourceText } from "./source-text.ts";
import { lastNotAfter } from "./source-text.ts";

export interface ExcerptLine {
  /** Without line end. */
  readonly text: string;
  /** Where it starts in the guide. */
  readonly offset: number;
}

/** Text taken out of the guide line by line (list indentation, `>` and fences left out, line ends LF), with the way back. */
export class Excerpt {
  readonly lines: readonly ExcerptLine[];
  readonly text: string;
  /** Where each line starts in `text`. */
  readonly #starts: readonly number[];

  constructor(lines: readonly ExcerptLine[]) {
    this.lines = lines;
    this.text = lines.map((line) => line.text).join("\n");
    let at = 0;
    this.#starts = lines.map((line) => (at += line.text.length + 1) - line.text.length - 1);
  }

  /** Where a stretch of `text` stands in the guide. */
  range(start: number, end: number): Range {
    return { start: this.#offset(start), end: this.#offset(end) };
  }

  whole(): Range {
    return this.range(0, this.text.length);
  }

  #offset(at: number): number {
    const index = lastNotAfter(this.#starts, at);
    return (this.lines[index]?.offset ?? 0) + at - (this.#starts[index] ?? 0);
  }
}

/** A stretch of the guide as it stands there. */
export function excerptOf(source: SourceText, range: Range): Excerpt {
  return new Excerpt([{ text: source.slice(range), offset: range.start }]);
}

/**
 * The content of a code or HTML node. The parser takes indentation and markers off the left of each line and leaves its
 * right end alone, so a line of content is the end of its line in the guide.
 */
export function excerptOfLines(source: SourceText, content: string, firstLine: number): Excerpt {
  const lines = content.replaceAll("\r\n", "\n").replaceAll("\r", "\n").split("\n");
  return new Excerpt(
    lines.map((text, index) => {
      const line = source.line(firstLine + index);
      return { text, offset: Math.max(line.start, line.end - text.length) };
    }),
  );
}
