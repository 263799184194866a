import type { PlannedStep } from "../../model/plan.ts";
import { oneLine } from "../../story/terminal-text.ts";
import type { Style } from "../style.ts";
import type { ProseLine } from "./layout-prose.ts";
import { marked } from "./search.ts";
import { centredOn } from "./scroll.ts";
import { cutLine, span, type TextLine } from "./text-line.ts";

/** `3 Turn swap off`: as the outline numbers it. */
export function stepTitle({ title }: Pick<PlannedStep, "title">, number: number): string {
  return `${number} ${oneLine(title)}`;
}

/** Which lines of the screen belong to a step: from the end of what stands before it in the guide to its own end. */
export interface StepPlace {
  readonly from: number;
  /** Behind its last line. */
  readonly to: number;
  /** Its block's first line. */
  readonly at: number;
}

/** Where each step stands among the lines of the guide; `steps` in document order. */
export function placeSteps(
  lines: readonly ProseLine[],
  steps: readonly Pick<PlannedStep, "id" | "span">[],
): ReadonlyMap<string, StepPlace> {
  const places = new Map<string, StepPlace>();
  let row = 0;
  for (const { id, span } of steps) {
    const from = row;
    while (row < lines.length && (lines[row]?.line ?? 0) < span.start.line) row++;
    const at = row;
    while (row < lines.length && (lines[row]?.line ?? 0) <= span.end.line) row++;
    // The empty line below it leads to what comes next.
    while (row > at && lines[row - 1]?.spans.length === 0) row--;
    places.set(id, { from: Math.min(from, at), to: row, at });
  }
  return places;
}

/**
 * The part of the guide around a step; what does not belong to it stands back.
 * @param top the first line shown; absent: wherever the step is seen best
 */
export function guideLines(
  style: Style,
  lines: readonly ProseLine[],
  place: StepPlace | undefined,
  window: { readonly top?: number; readonly height: number; readonly width: number; readonly search?: string },
): readonly { readonly line: TextLine; readonly dimmed: boolean }[] {
  const { height, width } = window;
  const top = window.top ?? guideTop(lines, place, height);
  return Array.from({ length: Math.min(height, Math.max(0, lines.length - top)) }, (_, index) => {
    const row = top + index;
    const isHere = place !== undefined && row >= place.from && row < place.to;
    const spans = lines[row]?.spans ?? [span("")];
    return { line: cutLine(style, marked(spans, window.search ?? ""), width), dimmed: place !== undefined && !isHere };
  });
}

/** Where the guide is scrolled to by itself. */
export function guideTop(lines: readonly ProseLine[], place: StepPlace | undefined, height: number): number {
  if (place === undefined) return 0;
  // The whole of what leads to it, where there is room for that and the block.
  const whole = place.to - place.from <= height - 2;
  return whole ? Math.max(0, Math.min(place.from, lines.length - height)) : centredOn(place.at, height, lines.length);
}
