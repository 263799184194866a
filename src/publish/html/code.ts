import type { ElementContent } from "hast";
import { h } from "hastscript";
import type { Token, TokenLines } from "../../highlight/token.ts";
import { visibleText } from "./visible-text.ts";

/** A stretch of a line that is shown in a way of its own. Columns count from 0 in UTF-16 code units; `end` is exclusive. */
export interface Mark {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** @param content its text in colours */
  readonly show: (content: readonly ElementContent[]) => ElementContent;
}

/**
 * Code in colours, as children of a `code` element: the role of a token is its class, `t-string`. Nothing in it is left
 * that a terminal would obey.
 * @param marks none overlaps another
 */
export function codeContent(lines: TokenLines, marks: readonly Mark[] = []): readonly ElementContent[] {
  return lines.flatMap((tokens, line) => {
    const here = marks.filter((mark) => mark.line === line).sort((one, other) => one.start - other.start);
    const content = lineContent(tokens, here);
    return line === lines.length - 1 ? content : [...content, text("\n")];
  });
}

function lineContent(tokens: readonly Token[], marks: readonly Mark[]): readonly ElementContent[] {
  if (marks.length === 0) return tokens.map(tokenContent);
  const content: ElementContent[] = [];
  let at = 0;
  for (const mark of marks) {
    content.push(...between(tokens, at, mark.start).map(tokenContent));
    content.push(mark.show(between(tokens, mark.start, mark.end).map(tokenContent)));
    at = mark.end;
  }
  return [...content, ...between(tokens, at, Infinity).map(tokenContent)];
}

/** The tokens of a part of a line; those at its ends are cut. */
function between(tokens: readonly Token[], start: number, end: number): readonly Token[] {
  let at = 0;
  return tokens.flatMap((token) => {
    const from = Math.max(start - at, 0);
    const to = end - at;
    at += token.text.length;
    const piece = to <= 0 ? "" : token.text.slice(from, to);
    return piece === "" ? [] : [{ ...token, text: piece }];
  });
}

function tokenContent({ text: piece, role }: Token): ElementContent {
  return role === undefined ? text(piece) : h("span", { className: [`t-${role}`] }, visibleText(piece));
}

function text(value: string): ElementContent {
  return { type: "text", value: visibleText(value) };
}
