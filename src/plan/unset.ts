import type { Variable } from "../model/plan.ts";

/** Where a variable is used. */
export interface UsePlace {
  readonly step: string;
  /** Position of the step. */
  readonly index: number;
  readonly hosts: readonly string[];
  /** The use may be guarded, by `when` or `has(…)`: then it is enough that some of the hosts have the variable. */
  readonly guarded: boolean;
}

/** What is known of a step that captures. */
export interface CapturingStep {
  readonly index: number;
  readonly skip?: string;
}

/** Why a variable cannot have a value where it is used; undefined when it may have one, or no host would look. */
export function whyUnset(
  { name, input, capturedBy, hostVars }: Variable,
  { step, index, hosts, guarded }: UsePlace,
  steps: ReadonlyMap<string, CapturingStep>,
): { readonly message: string; readonly hint: string } | undefined {
  if (input !== undefined) return undefined;
  const above = capturedBy.filter((id) => (steps.get(id)?.index ?? index) < index);
  if (above.some((id) => steps.get(id)?.skip === undefined)) return undefined;
  const having = new Set(hostVars);
  const lacking = hosts.filter((host) => !having.has(host));
  if (lacking.length === 0 || (guarded && lacking.length < hosts.length)) return undefined;

  const uses = `Step \`${step}\` uses \`${name}\``;
  const [skipped] = above;
  if (skipped !== undefined) {
    const reason = steps.get(skipped)?.skip ?? "";
    const message = `${uses}, but step \`${skipped}\`, which would set it, is skipped (${reason})`;
    const hint =
      reason === "not selected"
        ? `Select \`${skipped}\` too, or resume a run in which it has passed.`
        : "Give both steps the same condition, or set the variable another way.";
    return { message, hint };
  }
  if (capturedBy.includes(step)) {
    const message = `${uses} before it is set: this step captures it once it has passed`;
    return { message, hint: "Use `stdout` to judge what is captured." };
  }
  const below = capturedBy.find((id) => steps.has(id));
  if (below !== undefined) {
    const message = `${uses} before it is set: step \`${below}\` captures it further down`;
    return { message, hint: `Move \`${below}\` above \`${step}\`, or name the variable differently here.` };
  }
  const more = lacking.length > 1 ? ` and ${lacking.length - 1} more of its hosts` : "";
  const message = `${uses}, which is not set for \`${lacking[0] ?? ""}\`${more}`;
  return { message, hint: "Give it to these hosts in the inventory, under `vars`." };
}
