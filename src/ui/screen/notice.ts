import { neutralize } from "../../story/terminal-text.ts";
import { span, type TextLine } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";

/** What is told besides the events, all of it. Some of it may be what a host has said. */
export function noticeLines(notice: readonly string[], width: number): readonly TextLine[] {
  return notice.flatMap((line) => wrapLine([span(neutralize(line))], width));
}
