import type { CheckFinished } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";

/**
 * Names of the guide's secrets that nobody could hide, were they printed: inputs that were not given this time; and what
 * steps have captured or printed in secret, where that was not read back.
 * @param inputs those that were given
 * @param recalled what was captured is known
 */
export function unknownSecrets(
  { variables, steps }: Pick<Plan, "variables" | "steps">,
  inputs: Readonly<Record<string, string>>,
  recalled: boolean,
): readonly string[] {
  const unknown = variables.filter(
    ({ name, secret, capturedBy }) => secret && !Object.hasOwn(inputs, name) && !(recalled && capturedBy.length > 0),
  );
  const printed = recalled ? [] : steps.filter(({ secret, capture }) => secret && capture === undefined);
  return [...unknown.map(({ name }) => name), ...printed.map(({ id }) => `#${id}`)];
}

/** The same without what hosts have printed, where that may hold what nobody could hide. */
export function withheld(check: CheckFinished, unknown: readonly string[]): CheckFinished {
  if (unknown.length === 0) return check;
  const why = `what was printed is not shown: ${unknown.join(", ")} may be in it, and would not be hidden`;
  return {
    ...check,
    expectations: check.expectations.map((one) => (one.explanation === undefined ? one : { ...one, explanation: why })),
  };
}
