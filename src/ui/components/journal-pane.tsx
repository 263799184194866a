import type { ReactNode } from "react";
import { type JournalColumns, journalLines } from "../screen/journal.ts";
import { inside } from "../screen/screen-layout.ts";
import type { Journal } from "../screen/screen-source.ts";
import { cutLine, span } from "../screen/text-line.ts";
import { shape } from "../style.ts";
import { Pane, type PaneFrame } from "./pane.tsx";

/** The run's events as they come, one a line. */
export function JournalPane({
  frame,
  journal,
  run,
  columns,
  top,
  following,
  search,
}: {
  readonly frame: PaneFrame;
  readonly journal: Journal;
  /** Its id; empty before it has begun. */
  readonly run: string;
  readonly columns: JournalColumns;
  /** Position of the first event shown. */
  readonly top: number;
  readonly following: boolean;
  /** What is looked for. */
  readonly search: string;
}): ReactNode {
  const { style, area, framed } = frame;
  const { height, width } = inside(area, framed);
  const { events, dropped } = journal;
  const before =
    dropped === 0
      ? []
      : [
          cutLine(
            style,
            [span(`${shape(style, "more")} ${dropped} events before: waymark show ${run} --json`, "dim")],
            width,
          ),
        ];
  const lines = [
    ...before,
    ...journalLines(style, events, columns, { top, height: height - before.length, width, search }),
  ];
  const aside = following ? " follow " : ` ${events.length - top} events from the end, g follow `;
  return (
    <Pane
      {...frame}
      title="Journal"
      aside={[span(aside, "dim")]}
      lines={
        events.length === 0 ? [{ line: [span("nothing has happened yet", "dim")] }] : lines.map((line) => ({ line }))
      }
    />
  );
}
