import { matchHosts, unknownNames } from "../inventory/match-hosts.ts";
import { parsePattern } from "../inventory/pattern.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Diagnostic, Located } from "../model/source.ts";
import { spanWithin } from "./span-within.ts";

/** How a guide says that there need be no such hosts. */
const MAY_BE_EMPTY = "If it may be empty, list it under `requires`, as `0..`.";

/** The hosts of a step, or why it has none although nothing is wrong. */
export interface Target {
  readonly hosts: readonly string[];
  readonly skip?: string;
  /** Those it would have but for what was selected. */
  readonly unselected?: readonly string[];
}

type Problem = Omit<Diagnostic, "file">;
type Resolution = Target & { readonly problems: readonly Problem[] };

/**
 * A finder of the hosts that `on` patterns match; every pattern is matched once, however many steps have it.
 *
 * An `optional` step may also name groups that do not exist: a hosts file has no way to list an empty one. Only what
 * looks like a typing mistake is then worth a warning.
 *
 * @param declared groups that exist even when they are empty
 */
export function targetFinder(
  inventory: Inventory,
  declared: readonly string[],
): (on: Located<string>, optional: boolean) => Resolution {
  const matches = new Map<string, readonly string[]>();
  return (on, optional) => {
    const parsed = parsePattern(on.value);
    if (!parsed.ok) {
      const { message, hint, offset } = parsed;
      return {
        hosts: [],
        problems: [{ code: "WM2020", severity: "error", message, hint, span: spanWithin(on, offset) }],
      };
    }
    const problems = unknownNames(parsed.pattern, inventory, declared)
      .filter(({ nearMiss }) => nearMiss || !optional)
      .map(({ name, offset, hint, nearMiss }): Problem => ({
        code: "WM2021",
        severity: optional ? "warning" : "error",
        message: `No host or group is called \`${name}\``,
        hint: nearMiss || name.includes(":") ? hint : `${hint} ${MAY_BE_EMPTY}`,
        span: spanWithin(on, offset, name.length),
      }));
    const hosts = matches.get(on.value) ?? matchHosts(parsed.pattern, inventory);
    matches.set(on.value, hosts);
    if (hosts.length > 0) return { hosts, problems };
    if (optional) return { hosts, skip: "no host matches", problems };
    if (problems.length > 0) return { hosts, problems };
    const message = `No host matches \`${on.value}\``;
    const hint = "Add hosts to the inventory, or mark the step `optional`.";
    return { hosts, problems: [{ code: "WM2022", severity: "error", message, hint, span: on.span }] };
  };
}
