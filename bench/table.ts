/** What one benchmark found: rows under a head, already in words. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the reader must know to take the numbers for what they are. */
  readonly notes?: readonly string[];
}

/** Columns aligned, the first to the left, numbers to the right. */
export function formatTable({ title, head, rows, notes = [] }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const format = (line: readonly string[]): string =>
    widths
      .map((width, column) =>
        column === 0 ? (line[column] ?? "").padEnd(width) : (line[column] ?? "").padStart(width),
      )
      .join("  ")
      .trimEnd();
  return [title, ...lines.map((line) => `  ${format(line)}`), ...notes.map((note) => `  ${note}`), ""].join("\n");
}

/** @param values at least one */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

export const ratio = (value: number, to: number): string => `${(value / to).toFixed(2)}×`;
