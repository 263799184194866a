import { groupsOf } from "../inventory/match-hosts.ts";
import { nearest } from "../model/nearest.ts";
import { LOCAL } from "../model/inventory.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Requirement } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";

/** The groups that have fewer or more hosts than the guide's `requires` says. */
export function unmetRequirements(
  requirements: readonly Requirement[],
  inventory: Inventory,
  guide: string,
): readonly Diagnostic[] {
  const groups = groupsOf(inventory);
  return requirements.flatMap(({ group, min, max, span }) => {
    const count = countOf(group, inventory);
    if (count >= min && (max === undefined || count <= max)) return [];
    const like = groups.has(group) ? undefined : nearest(group, groups.keys());
    const advice = count < min ? `Add hosts to the group \`${group}\`.` : `Take hosts out of the group \`${group}\`.`;
    const diagnostic: Diagnostic = {
      code: "WM3101",
      severity: "error",
      message: `The guide needs ${demand(min, max)} in \`${group}\`; the inventory has ${count === 0 ? "none" : count}`,
      hint: like === undefined ? advice : `The inventory has a group \`${like}\`: is it the same?`,
      file: guide,
      span,
    };
    return [diagnostic];
  });
}

function countOf(group: string, inventory: Inventory): number {
  if (group === LOCAL) return 1;
  return group === "all" ? inventory.hosts.length : (groupsOf(inventory).get(group)?.length ?? 0);
}

function demand(min: number, max: number | undefined): string {
  const hosts = (count: number): string => (count === 1 ? "1 host" : `${count} hosts`);
  if (max === undefined) return `at least ${hosts(min)}`;
  return min === max ? `exactly ${hosts(min)}` : `${min} to ${hosts(max)}`;
}
