import type { ReactNode } from "react";
import type { PlannedStep } from "../../model/plan.ts";
import { guideLines, type StepPlace, stepTitle } from "../screen/guide.ts";
import type { ProseLine } from "../screen/layout-prose.ts";
import { inside } from "../screen/screen-layout.ts";
import { span } from "../screen/text-line.ts";
import { shortFacts } from "../../story/step-facts.ts";
import { plural } from "../../story/plural.ts";
import { Pane, type PaneFrame } from "./pane.tsx";

/** The guide's own text, scrolled to a step. */
export function GuidePane({
  frame,
  lines,
  step,
  number,
  place,
  top,
  search,
}: {
  readonly frame: PaneFrame;
  readonly lines: readonly ProseLine[];
  /** Absent where the guide has no steps. */
  readonly step: PlannedStep | undefined;
  readonly number: number;
  readonly place: StepPlace | undefined;
  /** The first line shown. */
  readonly top: number;
  /** What is looked for. */
  readonly search: string;
}): ReactNode {
  const { height, width } = inside(frame.area, frame.framed);
  const facts = step === undefined ? [] : [`on ${plural(step.hosts.length, "host")}`, ...shortFacts(step)];
  return (
    <Pane
      {...frame}
      title={step === undefined ? "Guide" : stepTitle(step, number)}
      aside={facts.length === 0 ? [] : [span(` ${facts.join(", ")} `)]}
      lines={guideLines(frame.style, lines, place, { top, height, width, search })}
    />
  );
}
