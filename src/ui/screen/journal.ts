import type { RunEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { timeOfDay } from "../../story/format-time.ts";
import { oneLine } from "../../story/terminal-text.ts";
import type { Style } from "../style.ts";
import { aboutOf, eventWords } from "./event-words.ts";
import { signSpan } from "./outline.ts";
import { linesWith, marked } from "./search.ts";
import { cutLine, fillLine, span, type TextLine, widthOf } from "./text-line.ts";

/** Widths of the columns for steps and hosts. */
export interface JournalColumns {
  readonly step: number;
  readonly host: number;
}

/** As wide as their names; where there is little room, what happened has most of it. */
export function journalColumns({ steps, hosts }: Pick<Plan, "steps" | "hosts">, width: number): JournalColumns {
  const longest = (names: readonly string[]): number => Math.max(0, ...names.map((name) => widthOf(oneLine(name))));
  const step = longest(steps.map(({ id }) => id));
  const host = longest(hosts.map(({ name }) => name));
  return { step: Math.min(step, Math.floor(width / 5)), host: Math.min(host, Math.floor(width / 6)) };
}

/** One event: when, how it went, which step, which host, and what happened. Not yet cut to a width. */
export function journalLine(style: Style, event: RunEvent, { step, host }: JournalColumns): TextLine {
  const about = aboutOf(event);
  const { sign, words } = eventWords(event, event.at);
  return [
    span(`${timeOfDay(event.at)} `, "dim"),
    signSpan(style, sign),
    span(" "),
    ...fillLine(style, [span(oneLine(about.step ?? ""))], step),
    span("  "),
    ...fillLine(style, [span(oneLine(about.host ?? ""))], host),
    span("  "),
    span(words),
  ];
}

/** Those from `top` on that there is room for, with what is looked for marked. */
export function journalLines(
  style: Style,
  events: readonly RunEvent[],
  columns: JournalColumns,
  window: { readonly top: number; readonly height: number; readonly width: number; readonly search: string },
): readonly TextLine[] {
  const { top, height, width, search } = window;
  return events
    .slice(top, top + height)
    .map((event) => cutLine(style, marked(journalLine(style, event, columns), search), width));
}

/** The positions of events that have a text. */
export function journalMatches(
  style: Style,
  events: readonly RunEvent[],
  columns: JournalColumns,
  search: string,
): readonly number[] {
  if (search === "") return [];
  return linesWith(
    events.map((event) => journalLine(style, event, columns)),
    search,
  );
}
