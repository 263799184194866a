import type { Expression } from "../expect/expression.ts";
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
  const context = { vars: new Map(Object.entries(inputs)) };
  return when
    .filter(({ value }) => asksOnlyInputs(value, inputs, variables))
    .every(({ value, span }) => {
      try {
        const result: unknown = value.program(context);
        return result !== false;
      } catch (error) {
        const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
        const message = `\`when\` cannot be evaluated: ${reason}`;
        report({ code: "WM4002", severity: "error", message, hint: "Correct the expression, or the inputs.", span });
        return true;
      }
    });
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
