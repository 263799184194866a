import { Box } from "ink";
import type { ReactNode } from "react";
import { type Area, inside } from "../screen/screen-layout.ts";
import { cutLine, fillLine, lineWidth, paintLine, span, type TextLine, widthOf } from "../screen/text-line.ts";
import { shape, type Style } from "../style.ts";
import { Row } from "./row.tsx";

/** Where a pane is and how it looks: the same for every kind of it. */
export interface PaneFrame {
  readonly style: Style;
  readonly area: Area;
  /** There is room for a frame. */
  readonly framed: boolean;
  /** It has the keys. */
  readonly focused: boolean;
  /** Others beside it do not: a sign says so. */
  readonly chosen?: boolean;
}

export interface PaneProps extends PaneFrame {
  readonly title: string;
  /** Columns that the title may be cut to, rather than that what stands beside it is left out. Absent: all it has. */
  readonly titleAtLeast?: number;
  /** At the right end of the title's line, where there is room. */
  readonly aside?: TextLine;
  /** Those after the last that fits in are not shown. */
  readonly lines: readonly { readonly line: TextLine; readonly dimmed?: boolean }[];
}

/** Lines under a title, in a frame where there is room for one. */
export function Pane({
  style,
  area,
  framed,
  title: name,
  titleAtLeast = Infinity,
  aside: beside = [],
  focused,
  chosen = false,
  lines,
}: PaneProps): ReactNode {
  const { width, height } = inside(area, framed);
  const rows = Array.from({ length: height }, (_, index) => {
    const { line, dimmed } = lines[index] ?? { line: [] };
    return paintLine(style, fillLine(style, line, width), dimmed);
  });
  const title = chosen ? `${shape(style, "cursor")} ${name}` : name;
  // With the corners of a frame and what is around the words in it.
  const room = area.width - (framed ? 6 : 1);
  const aside = lineWidth(beside) <= room - Math.min(widthOf(title), titleAtLeast) ? beside : [];
  const look = focused ? "cyan" : "dim";
  const { horizontal, vertical, corners } = style.unicode ? UNICODE : ASCII;
  const edge = paintLine(style, [span(vertical, look)]);
  const drawn = framed
    ? [
        paintLine(style, frameTop(style, { title, aside, width: area.width, look })),
        ...rows.map((row) => `${edge} ${row} ${edge}`),
        paintLine(style, [span(corners[2] + horizontal.repeat(area.width - 2) + corners[3], look)]),
      ]
    : [paintLine(style, titleLine(style, title, aside, area.width)), ...rows];
  return (
    <Box flexDirection="column" width={area.width} height={area.height}>
      {drawn.map((row, index) => (
        <Row key={index} width={area.width} painted={row} />
      ))}
    </Box>
  );
}

const UNICODE = { horizontal: "─", vertical: "│", corners: ["┌", "┐", "└", "┘"] } as const;
const ASCII = { horizontal: "-", vertical: "|", corners: ["+", "+", "+", "+"] } as const;

function frameTop(
  style: Style,
  top: { readonly title: string; readonly aside: TextLine; readonly width: number; readonly look: "cyan" | "dim" },
): TextLine {
  const { title, aside, width, look } = top;
  const { horizontal, corners } = style.unicode ? UNICODE : ASCII;
  const name = [span(" "), ...cutLine(style, [span(title, "bold")], width - 6 - lineWidth(aside)), span(" ")];
  const between = Math.max(0, width - 4 - lineWidth(name) - lineWidth(aside));
  return [
    span(corners[0] + horizontal, look),
    ...name,
    span(horizontal.repeat(between), look),
    ...aside,
    span(horizontal + corners[1], look),
  ];
}

function titleLine(style: Style, title: string, aside: TextLine, width: number): TextLine {
  const room = width - lineWidth(aside);
  return [
    ...fillLine(style, cutLine(style, [span(title, "bold")], aside.length > 0 ? room - 1 : room), room),
    ...aside,
  ];
}
