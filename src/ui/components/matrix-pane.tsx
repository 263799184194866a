import type { ReactNode } from "react";
import type { PlannedStep } from "../../model/plan.ts";
import type { RunView } from "../../story/run-fold.ts";
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
}: {
  readonly frame: PaneFrame;
  readonly steps: readonly PlannedStep[];
  readonly hosts: readonly string[];
  readonly view: RunView;
  readonly top: number;
  readonly cursor: number;
}): ReactNode {
  const lines = matrixLines(frame.style, steps, hosts, view, { top, cursor, ...inside(frame.area, frame.framed) });
  return <Pane {...frame} title="Hosts and steps" lines={lines.map((line) => ({ line }))} />;
}
