import type { RunContext } from "./context.ts";
import { explain } from "./explain.ts";
import type { Expression } from "./expression.ts";
import { literal } from "./literal.ts";
import { rootScope } from "./scope.ts";
import { limited, TookTooLong } from "./time-limit.ts";
import { varsOf } from "./values.ts";

/** Said instead of values where the whole output of a step is secret. */
export const WITHHELD = "what the step prints is secret, so it is not shown";

/** Characters of an explanation: more is not read. */
const LONGEST = 2048;

/** A text that values of an expression come from, before redaction. */
export interface Source {
  readonly name: string;
  readonly text: string;
  /** It may not be shown at all, not even in part. */
  readonly withheld?: boolean;
}

/** `false` came out, or nothing did: why, for people. */
export type Verdict = { readonly passed: true } | { readonly passed: false; readonly explanation: string };

/**
 * Evaluates an expression, and explains it if it is not true. Never throws.
 *
 * Explanations quote parts of values, and a part of a secret would not be known for one. So where any of the texts
 * that the values come from holds a secret, these texts are shown as a whole, redacted, and nothing worked out from them.
 *
 * @param output - what the expression asks for of what was printed
 */
export function judgeExpression(
  expression: Expression,
  values: object,
  context: RunContext,
  output: () => readonly Source[],
): Verdict {
  try {
    if (timed(expression, () => expression.program(values) === true)) return { passed: true };
  } catch (error) {
    if (error instanceof TookTooLong) return { passed: false, explanation: error.message };
  }
  try {
    const explanation = limited(() => explanationOf(expression, values, context, output()));
    return { passed: false, explanation: explanation === "" ? "it is false" : explanation };
  } catch {
    // Out of time, or out of stack for what was printed or written.
    return { passed: false, explanation: "it is not true" };
  }
}

/** Evaluates a condition. The error is one line, fit to be shown. Never throws. */
export function evaluateCondition(
  expression: Expression,
  values: object,
  context: RunContext,
): { readonly value: boolean } | { readonly error: string } {
  try {
    const value: unknown = timed(expression, () => expression.program(values) as unknown);
    if (typeof value === "boolean") return { value };
  } catch (error) {
    if (error instanceof TookTooLong) return { error: error.message };
  }
  const verdict = judgeExpression(expression, values, context, () => []);
  const [why = ""] = verdict.passed ? [] : verdict.explanation.split("\n", 1);
  return { error: why };
}

/** Only what may take long is worth the price of a limit, which is most of a millisecond. */
function timed<T>({ mayBeSlow }: Expression, work: () => T): T {
  return mayBeSlow ? limited(work) : work();
}

function explanationOf(expression: Expression, values: object, context: RunContext, output: readonly Source[]): string {
  if (output.some(({ withheld }) => withheld)) return WITHHELD;
  const { redact, vars } = context;
  const sources = [...output, ...variableSources(expression, context)];
  const lines = sources.some(({ text }) => redact(text) !== text)
    ? sources.map(({ name, text }) => `${name} is ${literal(text, redact)}`)
    : explain(expression.program.ast, rootScope(expression.kind, values), { redact, vars });
  return redact(bounded(lines));
}

function variableSources(expression: Expression, context: RunContext): readonly Source[] {
  const vars = Array.from(varsOf(expression, context), ([name, text]) => ({ name: `vars.${name}`, text }));
  const captured = Object.entries(context.captures).filter(
    ([name]) => expression.dynamicVars || expression.captures.has(name),
  );
  const captures = captured.flatMap(([name, byHost]) =>
    Object.entries(byHost).map(([host, text]) => ({ name: `captures.${name}["${host}"]`, text })),
  );
  return [...vars, ...captures];
}

function bounded(lines: Iterable<string>): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    kept.push(length > LONGEST ? "…" : line);
    if (length > LONGEST) break;
  }
  return kept.join("\n");
}
