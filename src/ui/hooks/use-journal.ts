import { useMemo } from "react";
import { type JournalColumns, journalColumns, journalMatches } from "../screen/journal.ts";
import type { Area } from "../screen/screen-layout.ts";
import type { ScreenSource } from "../screen/screen-source.ts";
import type { JournalAround, ScreenState } from "../screen/screen-state.ts";
import type { Style } from "../style.ts";

/** The journal as far as it is on the screen, and what moving in it needs to know. */
export interface JournalOnScreen {
  readonly columns: JournalColumns;
  /** Position among the events that are kept of the first one shown. */
  readonly top: number;
  readonly around: JournalAround;
}

/** @param area within the frame */
export function useJournal(
  { plan, journal }: ScreenSource,
  style: Style,
  { width, height }: Area,
  { journalTop }: ScreenState,
): JournalOnScreen {
  const columns = useMemo(() => journalColumns(plan, width), [plan, width]);
  const { events, dropped } = journal;
  // What is left out is said in a line of its own.
  const rows = Math.max(1, height - (dropped > 0 ? 1 : 0));
  const end = dropped + events.length;
  const top = Math.max(dropped, Math.min(journalTop ?? end, end - rows));
  return {
    columns,
    top: top - dropped,
    around: {
      first: dropped,
      end,
      top,
      height: rows,
      matches: (search) => journalMatches(style, events, columns, search).map((index) => dropped + index),
    },
  };
}
