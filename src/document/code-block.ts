import type { Code } from "mdast";
import type { Excerpt } from "./excerpt.ts";
import { excerptOf, excerptOfLines } from "./excerpt.ts";
import type { InfoString } from "./info-string.ts";
import { readInfoString } from "./info-string.ts";
import { firstLineOf, rangeOf } from "./markdown.ts";
import type { Range, SourceText } from "./source-text.ts";

/** A code block, fenced or indented, before anyone knows whether it is a step. */
export interface CodeBlock {
  readonly range: Range;
  /** Its first line: what a message about the whole block points at. */
  readonly opening: Range;
  readonly info: InfoString;
  /** Indented by four blanks instead of fenced: it has no info string. */
  readonly indented: boolean;
  /** The fence ends only with the file, list or quote around it. */
  readonly unclosed: boolean;
  readonly node: Code;
}

export function readCodeBlock(node: Code, source: SourceText): CodeBlock {
  const range = rangeOf(node);
  const firstLine = source.line(firstLineOf(node));
  const opening = { start: range.start, end: Math.max(range.start, Math.min(range.end, firstLine.end)) };
  const fence = /^(?:`{3,}|~{3,})[ \t]*/.exec(source.slice(opening))?.[0];
  if (fence === undefined) {
    return { range, opening, info: { language: "" }, indented: true, unclosed: false, node };
  }
  const info = readInfoString(excerptOf(source, { start: range.start + fence.length, end: opening.end }));
  return { range, opening, info, indented: false, unclosed: !isClosed(node, source, fence.trimEnd()), node };
}

/** The code with LF line ends, and where each line stands. */
export function codeOf(block: CodeBlock, source: SourceText): Excerpt {
  return excerptOfLines(source, block.node.value, firstLineOf(block.node) + (block.indented ? 0 : 1));
}

/** Line ends are LF, and there is one at the end unless there is nothing else. */
export function endInOneNewline(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === "\n") end--;
  return end === 0 ? "" : `${text.slice(0, end)}\n`;
}

/** CommonMark 4.5: the closing fence is of the same kind, at least as long, and nothing stands behind it. */
function isClosed(node: Code, source: SourceText, fence: string): boolean {
  const first = firstLineOf(node);
  const last = node.position?.end.line ?? first;
  const contentLines = node.value === "" ? 0 : node.value.split(/\r\n|\r|\n/).length;
  if (last === first || last - first - 1 < contentLines) return false;
  const line = source.slice({ start: source.line(last).start, end: rangeOf(node).end }).trimEnd();
  return line.endsWith(fence);
}
