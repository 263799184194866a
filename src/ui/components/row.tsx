import { Transform } from "ink";
import type { ReactNode } from "react";

/**
 * A painted line that fits into its width. Ink measures every text each time something is drawn, character by character
 * where it is not ASCII; so it is given blanks to measure, and draws the line in their place.
 */
export function Row({ width, painted }: { readonly width: number; readonly painted: string }): ReactNode {
  return <Transform transform={() => painted}>{" ".repeat(width)}</Transform>;
}
