import type { Diagnostic } from "../model/source.ts";
import { spanOfWord } from "./expressions.ts";
import { secretsAskedFor, undeclaredNames } from "./expression-names.ts";
import type { StepInPlan } from "./plan-step.ts";
import { whyUnset } from "./unset.ts";
import type { Use } from "./uses.ts";
import type { VariableTable } from "./variable-table.ts";

type Problem = Omit<Diagnostic, "file">;

/**
 * Everything wrong with the names that steps use: what nothing declares, what is not set yet, secrets in `when`. A step
 * that is skipped has no hosts, and may use what another skipped one would have set.
 */
export function checkNames(
  planned: readonly StepInPlan[],
  variables: VariableTable,
  groups: ReadonlySet<string>,
  captured: ReadonlySet<string> = new Set(),
): readonly Problem[] {
  const steps = new Map(planned.map(({ step }) => [step.id, step]));
  return planned.flatMap(({ step, expressions, uses }) => {
    const all = [...expressions.when, ...expressions.expect];
    const problems: Problem[] = [
      ...all.flatMap((located) => undeclaredNames(located, variables, groups)),
      ...expressions.when.flatMap((located) => secretsAskedFor(located, variables)),
    ];
    const askedFor = all.flatMap((located) => {
      const { vars, captures } = located.value;
      return [...vars, ...captures].map((name) => ({ name, span: spanOfWord(located, name) }));
    });
    const unset = ({ name, span }: Use, guarded: boolean): readonly Problem[] => {
      const variable = variables.get(name);
      const why = variable && !captured.has(name) && whyUnset(variable, { ...step, step: step.id, guarded }, steps);
      return why === undefined || why === false ? [] : [{ code: "WM3104", severity: "error", ...why, span }];
    };
    return [
      ...problems,
      ...uses.flatMap((use) => unset(use, step.when.length > 0)),
      ...askedFor.flatMap((use) => unset(use, true)),
    ];
  });
}
