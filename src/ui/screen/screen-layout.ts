import type { Mode, PaneName } from "./screen-state.ts";

/** Columns and rows of a part of the screen, its frame included. */
export interface Area {
  readonly width: number;
  readonly height: number;
}

/** How the screen is divided: a part that is not shown is absent. */
export interface ScreenLayout {
  readonly outline?: Area;
  readonly guide?: Area;
  readonly output?: Area;
  /** Panes have frames; in a small window their titles must do. */
  readonly framed: boolean;
}

/** From here on there is room for everything at once. */
export const WIDE = 120;
const HEADER_ROWS = 1;
const FOOTER_ROWS = 1;

/** Of the height, what the output has below the guide; and what would be done, which is read on its own. */
const OUTPUT_SHARE = 0.4;
export const PREVIEW_SHARE = 0.65;

/** Wide: the outline beside guide and output. Narrow: one pane, the one that has the keys. */
export function layoutScreen(
  columns: number,
  rows: number,
  mode: Mode,
  pane: PaneName,
  share = OUTPUT_SHARE,
): ScreenLayout {
  const height = Math.max(3, rows - HEADER_ROWS - FOOTER_ROWS);
  const framed = columns >= 60 && rows >= 12;
  const whole = { width: columns, height };
  if (mode === "output") return { output: whole, framed };
  if (mode !== "main") return { framed };
  if (columns < WIDE) return { [pane]: whole, framed };
  const left = Math.min(60, Math.max(38, Math.floor(columns * 0.33)));
  const below = Math.max(5, Math.floor(height * share));
  return {
    outline: { width: left, height },
    guide: { width: columns - left, height: height - below },
    output: { width: columns - left, height: below },
    framed,
  };
}

/** What is left for lines within a frame. */
export function inside({ width, height }: Area, framed: boolean): Area {
  return framed ? { width: width - 4, height: height - 2 } : { width, height: height - 1 };
}
