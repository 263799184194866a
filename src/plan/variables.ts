import type { Host } from "../model/inventory.ts";
import type { Plan, PlannedStep, Variable } from "../model/plan.ts";

/** The variable that every host has: its own name. */
export const HOST_NAME = "WAYMARK_HOST";

/** Values of captured variables, by name, then by host. */
export type CapturedValues = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface VariableSources {
  readonly plan: Plan;
  /** Secret ones included. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly captures: CapturedValues;
}

/** A value, or one sentence (no full stop) that says who would set it. */
export type Resolved = { readonly value: string } | { readonly missing: string };

/**
 * What a declared variable is on one host (FORMAT.md, section 6): the host's own capture, else the only one there is,
 * else the input, else the host's own `vars`.
 */
export function resolveVariable(name: string, host: string, sources: VariableSources): Resolved {
  if (name === HOST_NAME) return { value: host };
  const { plan, inputs } = sources;
  const index = indexOf(plan);
  const variable = index.variables.get(name);
  if (variable === undefined) return { missing: `\`${name}\` is not a variable of this guide` };

  const captured = Object.hasOwn(sources.captures, name) ? (sources.captures[name] ?? {}) : {};
  const own = ownValue(captured, host) ?? onlyValue(captured);
  if (own !== undefined) return { value: own };
  const capturedOn = Object.keys(captured);
  if (capturedOn.length > 0) {
    const message = `\`${name}\` was captured on ${listed(capturedOn)} by ${stepNames(variable)}, but not on \`${host}\``;
    return { missing: message };
  }
  const value = ownValue(inputs, name) ?? ownValue(index.hosts.get(host)?.vars ?? {}, name);
  return value === undefined ? { missing: whoSets(variable, host, index.steps) } : { value };
}

/** `$NAME` and `${NAME}`: never a part of a longer name. */
const REFERENCE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/** Replaces `$NAME` and `${NAME}` by what `lookup` gives; where that is undefined the text is left alone. */
export function substitute(text: string, lookup: (name: string) => string | undefined): string {
  return text.replaceAll(REFERENCE, (whole, braced?: string, plain?: string) => lookup(braced ?? plain ?? "") ?? whole);
}

/** What {@link substitute} would look up, in the order of the text. */
export function referencesIn(
  text: string,
): readonly { readonly name: string; readonly offset: number; readonly length: number }[] {
  return [...text.matchAll(REFERENCE)].map((match) => ({
    name: match[1] ?? match[2] ?? "",
    offset: match.index,
    length: match[0].length,
  }));
}

function whoSets(variable: Variable, host: string, steps: ReadonlyMap<string, PlannedStep>): string {
  const { name, capturedBy, hostVars } = variable;
  const skips = capturedBy.map((id) => steps.get(id)?.skip);
  const skip = skips.every((reason) => reason !== undefined) ? skips[0] : undefined;
  if (skip !== undefined)
    return `\`${name}\` is not set: ${stepNames(variable)} would set it, and is skipped (${skip})`;
  if (capturedBy.length > 0) return `\`${name}\` is not set: ${stepNames(variable)} would set it, and has not`;
  if (variable.input !== undefined) return `\`${name}\` is not set: the input has no value`;
  return `\`${name}\` is not set for \`${host}\`: it is a variable of ${listed(hostVars)} only`;
}

function stepNames({ capturedBy }: Variable): string {
  return `step ${capturedBy.map((id) => `\`${id}\``).join(" or ")}`;
}

/** At most three names, then how many more. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `\`${name}\``);
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function ownValue(values: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function onlyValue(values: Readonly<Record<string, string>>): string | undefined {
  let found: string | undefined;
  for (const host in values) {
    if (found !== undefined) return undefined;
    found = values[host];
  }
  return found;
}

interface PlanIndex {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly steps: ReadonlyMap<string, PlannedStep>;
}

/** Plans are never changed, and are asked once for every task. */
const indexes = new WeakMap<Plan, PlanIndex>();

function indexOf(plan: Plan): PlanIndex {
  const known = indexes.get(plan);
  if (known !== undefined) return known;
  const index = {
    hosts: new Map(plan.hosts.map((host) => [host.name, host])),
    variables: new Map(plan.variables.map((variable) => [variable.name, variable])),
    steps: new Map(plan.steps.map((step) => [step.id, step])),
  };
  indexes.set(plan, index);
  return index;
}
