import type { Lookup } from "./context.ts";

/** A line of an output block: any lines, or the literal texts between its `[..]` (one: it has none), without blanks at the end. */
export type PatternLine = typeof ANY_LINES | readonly string[];

export const ANY_LINES = "...";

export type Pattern =
  | { readonly lines: readonly PatternLine[] }
  /** A variable in it has no value: who would set it. */
  | { readonly missing: string };

const MARKS = /\[\.\.\]|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g;

/**
 * Reads the lines of an `output` block: `[..]` is any text within a line, a line `...` any number of lines, `$NAME` and
 * `${NAME}` of declared variables their values. Values are literal: a `[..]` in one is just that.
 */
export function readPattern(lines: readonly string[], vars: Lookup, declared: readonly string[]): Pattern {
  const names = new Set(declared);
  const pattern: PatternLine[] = [];
  for (const line of lines) {
    if (line.trim() === ANY_LINES) {
      pattern.push(ANY_LINES);
      continue;
    }
    let texts = [""];
    const add = (text: string): void => {
      const [first = "", ...rest] = text.split("\n");
      texts = [...texts.slice(0, -1), (texts.at(-1) ?? "") + first];
      for (const next of rest) {
        pattern.push(trimmed(texts));
        texts = [next];
      }
    };
    let end = 0;
    for (const mark of line.matchAll(MARKS)) {
      const name = mark[1] ?? mark[2];
      if (name !== undefined && !names.has(name)) continue;
      add(line.slice(end, mark.index));
      end = mark.index + mark[0].length;
      if (name === undefined) {
        texts = [...texts, ""];
        continue;
      }
      const found = vars(name);
      if ("missing" in found) return found;
      add(found.value);
    }
    add(line.slice(end));
    pattern.push(trimmed(texts));
  }
  while (isEmpty(pattern.at(-1))) pattern.pop();
  return { lines: pattern };
}

/** The lines that are compared: blanks and empty lines at the end do not count, nor does how lines end. */
export function linesOfOutput(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Whether the whole output is as the pattern says. The time is at most the product of their lines. */
export function matchesOutput(wanted: readonly PatternLine[], output: readonly string[]): boolean {
  let at = 0;
  let line = 0;
  // Where to go on after the last `...` if what follows it does not fit: one more line is skipped then.
  let retry: { readonly at: number; readonly line: number } | undefined;
  while (line < output.length) {
    const expected = wanted[at];
    if (expected === ANY_LINES) {
      at++;
      retry = { at, line };
    } else if (expected !== undefined && matchesLine(expected, output[line] ?? "")) {
      at++;
      line++;
    } else if (retry) {
      retry = { at: retry.at, line: retry.line + 1 };
      ({ at, line } = retry);
    } else return false;
  }
  return wanted.slice(at).every((expected) => expected === ANY_LINES);
}

function trimmed(texts: readonly string[]): readonly string[] {
  return [...texts.slice(0, -1), (texts.at(-1) ?? "").trimEnd()];
}

function isEmpty(line: PatternLine | undefined): boolean {
  return line !== undefined && line !== ANY_LINES && line.length === 1 && line[0] === "";
}

/** @param line - without blanks at its end */
export function matchesLine(texts: readonly string[], line: string): boolean {
  const [first = "", ...rest] = texts;
  const last = rest.pop();
  if (last === undefined) return first === line;
  // A wildcard at the end also stands for blanks that are gone: `ready [..]` matches `ready`.
  const text = last === "" ? `${line} ` : line;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  for (const middle of rest) {
    const found = text.indexOf(middle, at);
    if (found < 0) return false;
    at = found + middle.length;
  }
  return at <= text.length - last.length;
}
