import type { Expectation } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import type { DraftStep } from "./draft-step.ts";
import type { Excerpt } from "./excerpt.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";

/** Expectations read from one block or comment, before the step they judge is known by more than its name. */
export interface Judgement {
  readonly expectations: readonly Expectation[];
  /** `for=ID`. */
  readonly target?: Located<string>;
  /** Without `for`: the nearest step above in the same section, or the `console` block itself. */
  readonly step?: DraftStep;
  /** What a message about the block points at. */
  readonly at: Range;
}

/** CEL expressions, one a line. Blank lines and `//` comments are left out. */
export function readExpressions(
  body: Excerpt,
  hidden: boolean,
  at: Range,
  source: SourceText,
  problems: Problems,
): readonly Expectation[] {
  const found = body.lines.flatMap((line): readonly Expectation[] => {
    const text = line.text.trim();
    if (text === "" || text.startsWith("//")) return [];
    const start = line.offset + line.text.indexOf(text);
    return [{ kind: "cel", source: text, span: source.span({ start, end: start + text.length }), hidden }];
  });
  if (found.length === 0) {
    problems.error(
      CODE.emptyExpectation,
      at,
      "There is no expression here",
      "Write one CEL expression a line, such as `exit == 0`.",
    );
  }
  return found;
}

/** The lines of an `output` block. */
export function readOutput(code: Excerpt, source: SourceText): Expectation {
  const lines = code.text === "" ? [] : code.lines.map((line) => line.text);
  return { kind: "output", lines, span: source.span(code.whole()) };
}
