import { neutralize } from "../../story/terminal-text.ts";
import { shape, type Style } from "../style.ts";
import { chop } from "./layout-code.ts";
import { span, type TextLine } from "./text-line.ts";

/** Rows that a notice may have above the keys; a longer one is read where the output was. */
const BRIEF_ROWS = 2;

/** A notice that covers nothing; undefined: it is too long for that, or there is none. */
export function briefNotice(style: Style, notice: readonly string[], width: number): readonly TextLine[] | undefined {
  const lines = noticeLines(notice, width - 2);
  if (lines.length === 0 || lines.length > BRIEF_ROWS) return undefined;
  return lines.map((line, index) => [span(index === 0 ? `${shape(style, "cursor")} ` : "  ", "cyan"), ...line]);
}

/** What is told besides the events, all of it. Some of it may be what a host has said. */
export function noticeLines(notice: readonly string[], width: number): readonly TextLine[] {
  return notice
    .flatMap((line) => neutralize(line).split("\n"))
    .flatMap((line) => chop([span(line.trimEnd())], Math.max(1, width)));
}
