import { type Expression, parseExpression } from "../expect/expression.ts";
import type { Step } from "../model/runbook.ts";
import type { Diagnostic, Located, Span } from "../model/source.ts";
import { spanWithin } from "./span-within.ts";

/** The CEL expressions of a step that are sound. */
export interface StepExpressions {
  readonly when: readonly Located<Expression>[];
  readonly expect: readonly Located<Expression>[];
}

/** Where a part of an expression stands in the guide: its first occurrence as a whole word, else all of it. */
export function spanOfWord({ value, span }: Located<Expression>, word: string): Span {
  const offset = value.source.search(new RegExp(String.raw`\b${word}\b`));
  return offset === -1 ? span : spanWithin({ value: value.source, span }, offset, word.length);
}

/**
 * A reader of steps' expressions that parses each source once, however many steps inherit it.
 *
 * @param report is told of every expression that is not sound
 */
export function expressionReader(
  guide: string,
  report: (diagnostic: Diagnostic) => void,
): (step: Step) => StepExpressions {
  const parsed = new Map<string, ReturnType<typeof parseExpression>>();
  const read = (kind: "when" | "expect", source: Located<string>): readonly Located<Expression>[] => {
    const key = `${kind} ${source.value}`;
    const result = parsed.get(key) ?? parseExpression(source.value, kind);
    parsed.set(key, result);
    if (result.ok) return [{ value: result.expression, span: source.span }];
    report({
      code: "WM4001",
      severity: "error",
      message: `${kind === "when" ? "`when`" : "This expectation"} cannot be read: ${result.message}`,
      hint: "Correct the CEL expression.",
      file: guide,
      span: spanWithin(source, result.offset),
    });
    return [];
  };
  return ({ options, expectations }) => ({
    when: options.when.flatMap((source) => read("when", source)),
    expect: expectations.flatMap((one) =>
      one.kind === "cel" ? read("expect", { value: one.source, span: one.span }) : [],
    ),
  });
}
