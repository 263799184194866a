import type { Inline, ProseBlock } from "../../model/prose.ts";
import { oneLine } from "../../story/terminal-text.ts";
import type { Style } from "../style.ts";
import { layoutInline } from "./layout-inline.ts";
import { lineWidth, type Span, span, type TextLine, widthOf } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";

type Table = Extract<ProseBlock, { kind: "table" }>;
type Cells = readonly (readonly Span[])[];

/** Between two columns. */
const GAP = 2;
/** A word that is longer may be broken. */
const LONG_WORD = 12;

/**
 * Columns as wide as they must be; where that is too much, the widest give way and their cells are broken. Where not even
 * words have room, each row is a list of what its cells are called and say.
 */
export function layoutTable(style: Style, { rows, align }: Table, width: number): readonly TextLine[] {
  const cells = rows.map((row) => row.map((cell) => layoutInline(style, cell.map(oneLined))));
  const columns = align.map((_, column) => cells.map((row) => row[column] ?? []));
  const least = columns.map((column) => Math.max(1, ...column.map(longestWord)));
  const room = width - GAP * (columns.length - 1);
  if (sum(least) > room) return listed(cells, width);
  const widths = columns.map((column) => Math.max(1, ...column.map(lineWidth)));
  while (sum(widths) > room) {
    const spare = widths.map((each, index) => (each > (least[index] ?? 1) ? each : 0));
    const widest = spare.indexOf(Math.max(...spare));
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  const [head = [], ...body] = cells.map((row, index) => layoutRow(row, { widths, align, isHead: index === 0 }));
  const rule = widths.flatMap((each, index): TextLine => [
    span((style.unicode ? "─" : "-").repeat(each), "dim"),
    span(" ".repeat(index < widths.length - 1 ? GAP : 0)),
  ]);
  // Rows of several lines would run into each other.
  const apart = body.some(({ length }) => length > 1);
  return [...head, rule, ...body.flatMap((lines, index) => (apart && index > 0 ? [[], ...lines] : lines))];
}

function layoutRow(
  row: Cells,
  { widths, align, isHead }: Pick<Table, "align"> & { readonly widths: readonly number[]; readonly isHead: boolean },
): readonly TextLine[] {
  const broken = widths.map((each, column) => wrapLine(isHead ? bold(row[column] ?? []) : (row[column] ?? []), each));
  return Array.from({ length: Math.max(1, ...broken.map(({ length }) => length)) }, (_, at): TextLine =>
    widths.flatMap((each, column) => {
      const line = broken[column]?.[at] ?? [];
      const blanks = each - lineWidth(line);
      const before = align[column] === "right" ? blanks : align[column] === "center" ? Math.floor(blanks / 2) : 0;
      const gap = column < widths.length - 1 ? GAP : 0;
      return [span(" ".repeat(before)), ...line, span(" ".repeat(blanks - before + gap))];
    }),
  );
}

function listed([head = [], ...body]: readonly Cells[], width: number): readonly TextLine[] {
  const names = head.map(bold);
  return body.flatMap((row, index) => [
    ...(index > 0 ? [[]] : []),
    ...row.flatMap((cell, column) => wrapLine([...(names[column] ?? []), span(": ", "bold"), ...cell], width)),
  ]);
}

function bold(spans: readonly Span[]): readonly Span[] {
  return spans.map(({ text, looks }) => span(text, "bold", ...looks));
}

function oneLined(part: Inline): Inline {
  return { ...part, text: oneLine(part.text) === "" ? " " : part.text };
}

function longestWord(cell: readonly Span[]): number {
  const words = cell
    .map(({ text }) => text)
    .join("")
    .split(/\s+/);
  return Math.min(LONG_WORD, Math.max(0, ...words.map(widthOf)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
