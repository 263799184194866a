/** Lines of a text that went, came or stayed. */
export interface LineChange {
  readonly sign: "-" | "+" | " ";
  readonly text: string;
}

/** Cells of the table: what two texts of a thousand lines need. Beyond that all of the middle counts as another. */
const MOST_CELLS = 1_000_000;

/** What parts two texts, line by line: the fewest lines, removed ones first. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly LineChange[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const rest = Math.min(before.length, after.length) - start;
  while (end < rest && before.at(-1 - end) === after.at(-1 - end)) end++;
  return [
    ...before.slice(0, start).map((text) => change(" ", text)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map((text) => change(" ", text)),
  ];
}

/** Longest common subsequence (https://en.wikipedia.org/wiki/Longest_common_subsequence). */
function middle(before: readonly string[], after: readonly string[]): readonly LineChange[] {
  const width = after.length + 1;
  if ((before.length + 1) * width > MOST_CELLS) {
    return [...before.map((text) => change("-", text)), ...after.map((text) => change("+", text))];
  }
  const common = new Int32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const changes: LineChange[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length;) {
    const [old, now] = [before[i], after[j]];
    if (old !== undefined && old === now) {
      changes.push(change(" ", old));
      i++;
      j++;
    } else if (old !== undefined && (now === undefined || at(i + 1, j) >= at(i, j + 1))) {
      changes.push(change("-", old));
      i++;
    } else {
      changes.push(change("+", now ?? ""));
      j++;
    }
  }
  return changes;
}

function change(sign: LineChange["sign"], text: string): LineChange {
  return { sign, text };
}
