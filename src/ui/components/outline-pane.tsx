import type { ReactNode } from "react";
import type { RunView } from "../../story/run-fold.ts";
import { type Filter, filteredOut, filteredTitle } from "../screen/filter.ts";
import { type OutlineRow, outlineLines } from "../screen/outline.ts";
import { inside } from "../screen/screen-layout.ts";
import { scrolledTo } from "../screen/scroll.ts";
import { Pane, type PaneFrame } from "./pane.tsx";

/** The steps under their headings, the one under the cursor in the middle. */
export function OutlinePane({
  frame,
  rows,
  view,
  cursor,
  filter,
}: {
  readonly frame: PaneFrame;
  readonly rows: readonly OutlineRow[];
  readonly view: RunView;
  readonly cursor: number;
  /** What the rows were chosen by, if anything. */
  readonly filter: Filter | undefined;
}): ReactNode {
  const { height, width } = inside(frame.area, frame.framed);
  const at = rows.findIndex((row) => row.kind === "step" && row.number - 1 === cursor);
  const top = scrolledTo(at, Math.max(0, at - Math.floor(height / 2)), height, rows.length);
  const lines = outlineLines(frame.style, rows, view, { top, height, width, cursor });
  const nothing = rows.length === 0 && filter !== undefined ? [filteredOut(filter, "step")] : [];
  return (
    <Pane
      {...frame}
      title={filteredTitle("Outline", filter)}
      lines={[...nothing, ...lines].map((line) => ({ line }))}
    />
  );
}
