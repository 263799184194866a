import type { ReactNode } from "react";
import type { StepView } from "../../story/run-fold.ts";
import { hostTabs } from "../screen/host-tabs.ts";
import { inside } from "../screen/screen-layout.ts";
import { marked } from "../screen/search.ts";
import type { TextLine } from "../screen/text-line.ts";
import { Pane, type PaneFrame } from "./pane.tsx";

/** Columns of the title that stay, however many hosts there are. */
const TITLE = 12;

/** What a step's hosts have printed: the end of it, or what stands `fromEnd` lines before that. */
export function OutputPane({
  frame,
  title,
  lines,
  fromEnd,
  hosts,
  host,
  known,
  search,
}: {
  readonly frame: PaneFrame;
  readonly title: string;
  readonly lines: readonly TextLine[];
  readonly fromEnd: number;
  readonly hosts: readonly string[];
  /** Absent: all of them. */
  readonly host: string | undefined;
  readonly known: StepView | undefined;
  /** What is looked for. */
  readonly search: string;
}): ReactNode {
  const { height } = inside(frame.area, frame.framed);
  const end = Math.max(Math.min(height, lines.length), lines.length - fromEnd);
  const shown = lines.slice(Math.max(0, end - height), end).map((line) => ({ line: marked(line, search) }));
  const tabs = hostTabs(frame.style, hosts, host, known, frame.area.width - TITLE - 6);
  return <Pane {...frame} title={title} titleAtLeast={TITLE} aside={tabs} lines={shown} />;
}
