import type { WhenContext } from "../expect/context.ts";
import { type Expression, parseExpression } from "../expect/expression.ts";
import { evaluateWhen } from "../expect/judge.ts";
import type { Diagnostic, Located } from "../model/source.ts";
import type { VariableTable } from "./variable-table.ts";

/**
 * Whether a step is chosen, as far as inputs alone decide: false when a `when`, or one side of an `&&` in it, asks for
 * nothing but inputs whose values are known, and is false. That is how a guide chooses between alternatives.
 */
export function isChosen(
  when: readonly Located<Expression>[],
  inputs: Readonly<Record<string, string>>,
  variables: VariableTable,
  report: (problem: Pick<Diagnostic, "code" | "severity" | "message" | "hint" | "span">) => void,
): boolean {
  const context = contextOf(inputs);
  return when
    .flatMap(({ value, span }) => conditionsOf(value).map((condition) => ({ condition, span })))
    .filter(({ condition }) => asksOnlyInputs(condition, inputs, variables))
    .every(({ condition: { source }, span }) => {
      const outcome = evaluateWhen([{ value: source, span }], context);
      if (!("error" in outcome)) return outcome.value;
      const message = outcome.error.replace(/^when\b/, "`when`");
      report({ code: "WM4002", severity: "error", message, hint: "Correct the expression, or the inputs.", span });
      return true;
    });
}

/** The sides of the outermost `&&`s: if one is false, all is. */
function conditionsOf(expression: Expression): readonly Expression[] {
  const sidesOf = (node: Node): readonly Node[] => (node.op === "&&" ? node.args.flatMap(sidesOf) : [node]);
  const sides = sidesOf(expression.program.ast);
  if (sides.length === 1) return [expression];
  return sides.flatMap(({ range }) => {
    // A range may leave out parentheses at its ends. What is then not balanced cannot be read, and decides nothing.
    const side = parseExpression(expression.source.slice(range.start, range.end), "when");
    return side.ok ? [side.expression] : [];
  });
}

type Node = Expression["program"]["ast"];

/** Nothing but inputs is asked for: the rest may be anything. */
function contextOf(inputs: Readonly<Record<string, string>>): WhenContext {
  return {
    host: { name: "", address: "", groups: [], vars: {} },
    hosts: [],
    groups: {},
    step: { hosts: [] },
    vars: (name) => {
      const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
      return value === undefined ? { missing: `\`${name}\` has no value` } : { value };
    },
    declared: Object.keys(inputs),
    captures: {},
    redact: (text) => text,
  };
}

function asksOnlyInputs(
  { names, vars, dynamicVars }: Expression,
  inputs: Readonly<Record<string, string>>,
  variables: VariableTable,
): boolean {
  const isKnownInput = (name: string): boolean => {
    const variable = variables.get(name);
    return variable?.input !== undefined && !variable.secret && Object.hasOwn(inputs, name);
  };
  return !dynamicVars && [...names].every((name) => name === "vars") && [...vars].every(isKnownInput);
}
