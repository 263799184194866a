import { fit, paint } from "./style.ts";
import type { Style } from "./style.ts";

/**
 * A table: titles, then rows of as many cells, in columns as wide as they must be.
 * @param narrow the column of plain text that gives way, down to its title, where lines would be longer than the screen
 * @returns lines
 */
export function renderColumns(
  style: Style,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  narrow?: number,
): readonly string[] {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => plainLength(row[column] ?? ""))),
  );
  const over = widths.reduce((sum, width) => sum + width + 2, -2) - style.columns;
  if (narrow !== undefined && over > 0) {
    widths[narrow] = Math.max(titles[narrow]?.length ?? 0, (widths[narrow] ?? 0) - over);
  }
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const shown = column === narrow ? fit(style, cell, width) : cell;
        return shown + " ".repeat(width - plainLength(shown));
      })
      .join("  ")
      .trimEnd();
  return [paint(style, "dim", line(titles)), ...rows.map(line)];
}

/** Without the sequences that colour a sign. */
function plainLength(cell: string): number {
  return cell.replace(/\x1b\[\d+m/g, "").length;
}
