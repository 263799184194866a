import type { ReactNode } from "react";
import type { PlannedStep } from "../../model/plan.ts";
import type { RunView } from "../../story/run-fold.ts";
import { type Filter, filteredOut, filteredTitle } from "../screen/filter.ts";
import { matrixLines } from "../screen/matrix.ts";
import { inside } from "../screen/screen-layout.ts";
import { Pane, type PaneFrame } from "./pane.tsx";

/** A row a host, a sign a step. */
export function MatrixPane({
  frame,
  steps,
  hosts,
  view,
  top,
  cursor,
  filter,
}: {
  readonly frame: PaneFrame;
  readonly steps: readonly PlannedStep[];
  readonly hosts: readonly string[];
  readonly view: RunView;
  readonly top: number;
  readonly cursor: number;
  /** What the hosts were chosen by, if anything. */
  readonly filter: Filter | undefined;
}): ReactNode {
  const lines = matrixLines(frame.style, steps, hosts, view, { top, cursor, ...inside(frame.area, frame.framed) });
  const shown = hosts.length === 0 && filter !== undefined ? [filteredOut(filter, "host")] : lines;
  return <Pane {...frame} title={filteredTitle("Hosts and steps", filter)} lines={shown.map((line) => ({ line }))} />;
}
