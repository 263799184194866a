import { escapeControls } from "./escape.ts";
import { ANY_LINES, matchesLine, type PatternLine } from "./output.ts";

/** Matching lines shown around those that differ. */
const CONTEXT = 2;
const MOST_LINES = 40;
const WIDEST = 160;
/** Cells of the alignment: what two lists of about 450 lines need. */
const MOST_CELLS = 200_000;

type Change =
  | { readonly type: "same"; readonly text: string }
  | { readonly type: "any" }
  | { readonly type: "missing"; readonly text: string }
  | { readonly type: "unexpected"; readonly text: string };

/**
 * What an output block expected and what came instead, like a unified diff: `-` expected, `+` printed, a few matching
 * lines around. At most forty lines, none wider than 160 characters or so; control characters are made visible.
 *
 * @param redact - applied to every line before it is cut
 */
export function diffOutput(
  pattern: readonly PatternLine[],
  output: readonly string[],
  redact: (text: string) => string,
): string {
  const changes = changesBetween(pattern, output);
  const near = (index: number): boolean =>
    changes.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ type }) => isChange(type));
  const lines: string[] = ["- expected, + printed:"];
  for (const [index, change] of changes.entries()) {
    if (!near(index)) {
      if (lines.at(-1) !== GAP) lines.push(GAP);
      continue;
    }
    if (lines.length >= MOST_LINES) {
      lines.push(`  … (${changes.slice(index).filter(({ type }) => isChange(type)).length} more lines differ)`);
      break;
    }
    lines.push(render(change, changes[change.type === "missing" ? index + 1 : index - 1], redact));
  }
  return lines.join("\n");
}

const GAP = "  …";

function isChange(type: Change["type"]): boolean {
  return type === "missing" || type === "unexpected";
}

function render(change: Change, beside: Change | undefined, redact: (text: string) => string): string {
  switch (change.type) {
    case "same":
      return `  ${window(redact(change.text), 0)}`;
    case "any":
      return `  ${ANY_LINES}`;
    case "missing":
    case "unexpected": {
      const text = redact(change.text);
      const paired = beside !== undefined && isChange(beside.type) && beside.type !== change.type && "text" in beside;
      const from = paired ? firstDifference(text, redact(beside.text)) : 0;
      return `${change.type === "missing" ? "-" : "+"} ${window(text, from)}`;
    }
  }
}

/** The part of a long line around a position. */
function window(text: string, around: number): string {
  if (text.length <= WIDEST) return escapeControls(text);
  const start = Math.min(Math.max(0, around - WIDEST / 4), text.length - WIDEST);
  const end = start + WIDEST;
  return `${start > 0 ? "…" : ""}${escapeControls(text.slice(start, end))}${end < text.length ? "…" : ""}`;
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function changesBetween(pattern: readonly PatternLine[], output: readonly string[]): readonly Change[] {
  let start = 0;
  while (start < pattern.length && start < output.length && fits(pattern[start], output[start])) start++;
  let end = 0;
  const rest = Math.min(pattern.length, output.length) - start;
  while (end < rest && fits(pattern.at(-1 - end), output.at(-1 - end))) end++;

  const wanted = pattern.slice(start, pattern.length - end);
  const printed = output.slice(start, output.length - end);
  const before = output.slice(Math.max(0, start - CONTEXT - 1), start).map(same);
  const after = output.slice(output.length - end, output.length - end + CONTEXT + 1).map(same);
  const rows = wanted.slice(0, Math.sqrt(MOST_CELLS));
  const columns = printed.slice(0, MOST_CELLS / (rows.length + 1));
  const left = [...wanted.slice(rows.length).map(missing), ...printed.slice(columns.length).map(unexpected)];
  return [...before, ...align(rows, columns), ...left, ...(left.length > 0 ? [] : after)];
}

/** The fewest changes: edit distance over lines, where `...` takes any number of them for nothing. */
function align(wanted: readonly PatternLine[], printed: readonly string[]): readonly Change[] {
  const width = printed.length + 1;
  const costs = new Int32Array((wanted.length + 1) * width);
  const cost = (i: number, j: number): number => costs[i * width + j] ?? 0;
  for (let i = wanted.length; i >= 0; i--) {
    for (let j = printed.length; j >= 0; j--) {
      const more = wanted.length > i;
      const skip = more ? cost(i + 1, j) + (wanted[i] === ANY_LINES ? 0 : 1) : Infinity;
      const take = j < printed.length ? cost(i, j + 1) + (wanted[i] === ANY_LINES ? 0 : 1) : Infinity;
      const both = more && j < printed.length && fits(wanted[i], printed[j]) ? cost(i + 1, j + 1) : Infinity;
      const least = Math.min(skip, take, both);
      costs[i * width + j] = least === Infinity ? 0 : least;
    }
  }
  const changes: Change[] = [];
  for (let i = 0, j = 0; i < wanted.length || j < printed.length;) {
    const expected = wanted[i];
    const got = printed[j];
    if (expected === ANY_LINES) {
      if (got !== undefined && cost(i, j) === cost(i, j + 1)) j++;
      else {
        changes.push({ type: "any" });
        i++;
      }
    } else if (got !== undefined && fits(expected, got) && cost(i, j) === cost(i + 1, j + 1)) {
      changes.push(same(got));
      i++;
      j++;
    } else if (expected !== undefined && cost(i, j) === cost(i + 1, j) + 1) {
      changes.push(missing(expected));
      i++;
    } else {
      changes.push(unexpected(got ?? ""));
      j++;
    }
  }
  return changes;
}

function fits(expected: PatternLine | undefined, line: string | undefined): boolean {
  return expected !== undefined && expected !== ANY_LINES && line !== undefined && matchesLine(expected, line);
}

function same(text: string): Change {
  return { type: "same", text };
}

function missing(line: PatternLine): Change {
  return line === ANY_LINES ? { type: "any" } : { type: "missing", text: line.join("[..]") };
}

function unexpected(text: string): Change {
  return { type: "unexpected", text };
}
