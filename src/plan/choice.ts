import type { WhenContext } from "../expect/context.ts";
import type { Expression } from "../expect/expression.ts";
import { evaluateWhen } from "../expect/judge.ts";
import type { Diagnostic, Located } from "../model/source.ts";
import type { VariableTable } from "./variable-table.ts";

/**
 * Whether a step is chosen, as far as inputs alone decide: false when one of its `when`s asks for nothing but inputs
 * whose values are known, and is false. That is how a guide chooses between alternatives.
 */
export function isChosen(
  when: readonly Located<Expression>[],
  inputs: Readonly<Record<string, string>>,
  variables: VariableTable,
  report: (problem: Pick<Diagnostic, "code" | "severity" | "message" | "hint" | "span">) => void,
): boolean {
  const context = contextOf(inputs);
  return when
    .filter(({ value }) => asksOnlyInputs(value, inputs, variables))
    .every(({ value: { source }, span }) => {
      const outcome = evaluateWhen([{ value: source, span }], context);
      if (!("error" in outcome)) return outcome.value;
      const message = outcome.error.replace(/^when\b/, "`when`");
      report({ code: "WM4002", severity: "error", message, hint: "Correct the expression, or the inputs.", span });
      return true;
    });
}

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
