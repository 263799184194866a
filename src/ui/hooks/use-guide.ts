import { useMemo } from "react";
import type { PlannedStep } from "../../model/plan.ts";
import { runSteps } from "../render-summary.ts";
import { placeSteps, type StepPlace } from "../screen/guide.ts";
import { layoutProse, type ProseLine } from "../screen/layout-prose.ts";
import { type OutlineRow, outlineRows } from "../screen/outline.ts";
import type { ScreenSource } from "../screen/screen-source.ts";
import { useCodeTokens } from "./use-code-tokens.ts";
import type { Style } from "../style.ts";

/** What follows from the guide alone, and is worked out once for each width. */
export interface GuideOnScreen {
  /** Those that a run goes through. */
  readonly steps: readonly PlannedStep[];
  readonly outline: readonly OutlineRow[];
  /** Names of all hosts. */
  readonly hosts: readonly string[];
  readonly lines: readonly ProseLine[];
  /** By step id. */
  readonly places: ReadonlyMap<string, StepPlace>;
}

export function useGuide({ plan, prose }: ScreenSource, style: Style, width: number): GuideOnScreen {
  const fixed = useMemo(() => {
    const outline = outlineRows(plan);
    const files = plan.steps.flatMap(({ action, span: { start, end } }) =>
      action.kind === "file" ? [{ path: action.path, from: start.line, to: end.line }] : [],
    );
    return { steps: runSteps(plan), outline, hosts: plan.hosts.map(({ name }) => name), files };
  }, [plan]);
  const tokens = useCodeTokens(prose, style.color);
  const laid = useMemo(() => {
    const lines = layoutProse(style, prose, width, tokens, fixed.files);
    return { lines, places: placeSteps(lines, fixed.steps) };
  }, [style, prose, width, fixed, tokens]);
  return { ...fixed, ...laid };
}
