import { matchHosts, unknownNames } from "../inventory/match-hosts.ts";
import { parsePattern } from "../inventory/pattern.ts";
import { LOCAL } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";

/** The hosts that a pattern matches, or what is wrong with it: one line. */
export type Matching = { readonly hosts: readonly string[] } | { readonly problem: string };

/** Names of a plan's hosts that a host pattern (FORMAT.md, as in `on=`) matches. */
export function hostsMatching(plan: Pick<Plan, "hosts">, pattern: string): Matching {
  const parsed = parsePattern(pattern);
  if (!parsed.ok) return { problem: `${parsed.message}. ${parsed.hint}` };
  const inventory = { hosts: plan.hosts.filter(({ name }) => name !== LOCAL) };
  const [unknown] = unknownNames(parsed.pattern, inventory);
  if (unknown !== undefined) return { problem: `No host or group is called \`${unknown.name}\`. ${unknown.hint}` };
  return { hosts: matchHosts(parsed.pattern, inventory) };
}
