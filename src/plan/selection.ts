import { didYouMean } from "../model/nearest.ts";
import { matchHosts, unknownNames } from "../inventory/match-hosts.ts";
import { parsePattern } from "../inventory/pattern.ts";
import { LOCAL, type Inventory } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";
import type { Target } from "./targets.ts";

/** Of `--from`, `--until`, `--only` and `--limit`, as given. Steps are named by id, with or without `#`. */
export interface Selection {
  readonly from?: string;
  readonly until?: string;
  readonly only?: readonly string[];
  /** A host pattern. */
  readonly limit?: string;
}

/** What of each step is left when only a part of the guide is to be run. */
export interface Selector {
  readonly select: (id: string, target: Target) => Target;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the flags that select. `local` is not limited: it is not a host of the inventory.
 *
 * @param ids of the steps that a run goes through, in order
 * @param others why a run does not go through the other steps, by their ids
 */
export function selector(
  { from, until, only = [], limit }: Selection,
  ids: readonly string[],
  inventory: Inventory,
  others: ReadonlyMap<string, string> = new Map(),
): Selector {
  const diagnostics: Diagnostic[] = [];
  const positions = new Map(ids.map((id, index) => [id, index]));
  const position = (flag: string, name: string): number => {
    const index = positions.get(bare(name)) ?? -1;
    if (index === -1) diagnostics.push(unknownStep(flag, name, ids, others.get(bare(name))));
    return index;
  };
  const first = from === undefined ? 0 : position("--from", from);
  const last = until === undefined ? ids.length - 1 : position("--until", until);
  for (const name of only) position("--only", name);
  if (from !== undefined && until !== undefined && first > last && last !== -1) {
    diagnostics.push({
      code: "WM3110",
      severity: "error",
      message: `\`--from ${from}\` stands below \`--until ${until}\``,
      hint: "Exchange them.",
    });
  }
  const chosen = new Set(only.map(bare));
  const hosts = limit === undefined ? undefined : limited(limit, inventory, diagnostics);
  return {
    diagnostics,
    select(id, target) {
      if (target.skip !== undefined) return target;
      const index = positions.get(id) ?? -1;
      if (index < first || index > last || (chosen.size > 0 && !chosen.has(id))) {
        return { hosts: [], skip: "not selected", unselected: target.hosts };
      }
      if (hosts === undefined) return target;
      const kept = target.hosts.filter((host) => hosts.has(host) || host === LOCAL);
      const unselected = target.hosts.filter((host) => !hosts.has(host) && host !== LOCAL);
      if (unselected.length === 0) return target;
      return { hosts: kept, unselected, ...(kept.length === 0 && { skip: "not selected" }) };
    },
  };
}

function bare(name: string): string {
  return name.replace(/^#/, "");
}

function unknownStep(flag: string, name: string, ids: readonly string[], why?: string): Diagnostic {
  const error = { code: "WM3109", severity: "error" } as const;
  if (why !== undefined) {
    return {
      ...error,
      message: `\`${flag} ${name}\`: ${why}`,
      hint: "Choose another step; `waymark plan` lists them.",
    };
  }
  return {
    ...error,
    message: `\`${flag} ${name}\`: the guide has no such step`,
    hint: didYouMean(bare(name), ids, "`waymark plan` lists the steps."),
  };
}

function limited(limit: string, inventory: Inventory, diagnostics: Diagnostic[]): ReadonlySet<string> {
  const parsed = parsePattern(limit);
  const error = (code: string, message: string, hint: string): ReadonlySet<string> => {
    diagnostics.push({ code, severity: "error", message: `\`--limit ${limit}\`: ${message}`, hint });
    return new Set();
  };
  if (!parsed.ok) return error("WM2020", parsed.message, parsed.hint);
  const [unknown] = unknownNames(parsed.pattern, inventory);
  if (unknown !== undefined) return error("WM2021", `no host or group is called \`${unknown.name}\``, unknown.hint);
  const hosts = matchHosts(parsed.pattern, inventory);
  if (hosts.length === 0) return error("WM2022", "no host matches", "`waymark plan` shows the hosts of each step.");
  return new Set(hosts);
}
