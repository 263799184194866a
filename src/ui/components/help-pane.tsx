import type { ReactNode } from "react";
import type { Situation } from "../screen/deeds.ts";
import { helpLines } from "../screen/keys.ts";
import { inside } from "../screen/screen-layout.ts";
import { span } from "../screen/text-line.ts";
import { Pane, type PaneFrame } from "./pane.tsx";

/** Every key. In a low window they are scrolled, and the title's line says so. */
export function HelpPane({
  frame,
  top: wanted,
  situation,
}: {
  readonly frame: PaneFrame;
  readonly top: number;
  readonly situation: Situation;
}): ReactNode {
  const { height, width } = inside(frame.area, frame.framed);
  const lines = helpLines(frame.style, width, situation);
  const top = Math.max(0, Math.min(wanted, lines.length - height));
  const end = Math.min(top + height, lines.length);
  return (
    <Pane
      {...frame}
      title="Keys; Esc closes this"
      aside={end - top < lines.length ? [span(` ${top + 1}-${end} of ${lines.length} `, "dim")] : []}
      lines={lines.slice(top).map((line) => ({ line }))}
    />
  );
}
