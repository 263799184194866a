import type { ExpectationResult } from "../model/outcome.ts";
import type { Expectation } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import type { AttemptContext, BatchContext, Stream, WhenContext } from "./context.ts";
import { diffOutput } from "./diff.ts";
import { type Expression, parseExpression } from "./expression.ts";
import { literal } from "./literal.ts";
import { linesOfOutput, matchesOutput, readPattern } from "./output.ts";
import { decode, Printed } from "./printed.ts";
import { limited, TookTooLong } from "./time-limit.ts";
import { attemptValues, batchValues, whenValues } from "./values.ts";
import { evaluateCondition, judgeExpression, type Source, type Verdict, WITHHELD } from "./verdict.ts";

/**
 * Judges one attempt on one host by those expectations that are about a host; those over `results` are left out (see
 * {@link judgeBatch}). Never throws: what cannot be worked out (not JSON, no such row, a variable that nothing has set)
 * has not passed, and the explanation says why. Neither has what asks for output that was not kept as a whole.
 */
export function judgeAttempt(
  expectations: readonly Expectation[],
  context: AttemptContext,
): readonly ExpectationResult[] {
  const printed = new Printed(context.stdout.bytes);
  return expectations.flatMap((expectation): readonly ExpectationResult[] => {
    if (expectation.kind === "output") return [toResult(expectation, judgeOutput(expectation.lines, printed, context))];
    const parsed = parseExpression(expectation.source, "expect");
    if (!parsed.ok) return [toResult(expectation, failed(parsed.message))];
    const { expression } = parsed;
    if (expression.mentionsResults) return [];
    const streams: readonly (readonly [string, Stream])[] = [
      ...(asksForStdout(expression) ? [["stdout", context.stdout] as const] : []),
      ...(expression.names.has("stderr") ? [["stderr", context.stderr] as const] : []),
    ];
    if (streams.some(([, { truncated }]) => truncated)) return [toResult(expectation, failed(TOO_MUCH))];
    const sources = () => streams.map(([name, stream]) => sourceOf(name, stream, context.secret));
    const values = attemptValues(expression, context, printed);
    return [toResult(expectation, judgeExpression(expression, values, context, sources))];
  });
}

/** Judges a batch by the expectations over `results`; others are left out. Never throws, as {@link judgeAttempt}. */
export function judgeBatch(expectations: readonly Expectation[], context: BatchContext): readonly ExpectationResult[] {
  return expectations.flatMap((expectation): readonly ExpectationResult[] => {
    const parsed = expectation.kind === "cel" ? parseExpression(expectation.source, "expect") : undefined;
    if (!parsed?.ok || !parsed.expression.mentionsResults) return [];
    const truncated = context.results.find(({ stdout }) => stdout.truncated);
    if (truncated) return [toResult(expectation, failed(`on ${truncated.host.name} ${TOO_MUCH}`))];
    const sources = () =>
      context.results.map(({ host, stdout }) => sourceOf(`stdout on ${host.name}`, stdout, context.secret));
    const values = batchValues(parsed.expression, context);
    return [toResult(expectation, judgeExpression(parsed.expression, values, context, sources))];
  });
}

export type Condition =
  | { readonly value: true }
  /** The first condition that does not hold. */
  | { readonly value: false; readonly source: string }
  /** One line. */
  | { readonly error: string };

/** Whether all conditions of a step hold for a host. Never throws. */
export function evaluateWhen(conditions: readonly Located<string>[], context: WhenContext): Condition {
  for (const { value: source } of conditions) {
    const parsed = parseExpression(source, "when");
    if (!parsed.ok) return { error: `when cannot be read: ${source}: ${parsed.message}` };
    const { expression } = parsed;
    const outcome = evaluateCondition(expression, whenValues(expression, context), context);
    if ("error" in outcome) return { error: `when cannot be worked out: ${source}: ${outcome.error}` };
    if (!outcome.value) return { value: false, source };
  }
  return { value: true };
}

const TOO_MUCH = "more was printed than is kept, so this cannot be judged";

function judgeOutput(lines: readonly string[], printed: Printed, context: AttemptContext): Verdict {
  if (context.stdout.truncated) return failed(TOO_MUCH);
  const pattern = readPattern(lines, context.vars, context.declared);
  if ("missing" in pattern) return failed(context.redact(pattern.missing));
  try {
    return limited((): Verdict => {
      const output = linesOfOutput(printed.stdout);
      if (matchesOutput(pattern.lines, output)) return { passed: true };
      if (context.secret) return failed(WITHHELD);
      return failed(context.redact(differences(pattern.lines, output, context.redact)));
    });
  } catch (error) {
    return failed(error instanceof TookTooLong ? error.message : "the output cannot be compared");
  }
}

function differences(
  pattern: Parameters<typeof diffOutput>[0],
  output: readonly string[],
  redact: (text: string) => string,
): string {
  const whole = output.join("\n");
  const hidden = redact(whole);
  // A secret over several lines is not known by its lines.
  if (hidden !== whole && output.map(redact).join("\n") !== hidden) return `stdout is ${literal(whole, redact)}`;
  return [diffOutput(pattern, output, redact), ...(output.length === 0 ? ["  (nothing was printed)"] : [])].join("\n");
}

function asksForStdout({ names }: Expression): boolean {
  return ["stdout", "lines", "table", "json"].some((name) => names.has(name));
}

function sourceOf(name: string, { bytes }: Stream, withheld: boolean): Source {
  return { name, text: decode(bytes), withheld };
}

function failed(explanation: string): Verdict {
  return { passed: false, explanation };
}

function toResult(expectation: Expectation, verdict: Verdict): ExpectationResult {
  const source = expectation.kind === "cel" ? expectation.source : "output";
  return { source, line: expectation.span.start.line, ...verdict };
}
