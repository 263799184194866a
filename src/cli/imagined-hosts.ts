import { parsePattern } from "../inventory/pattern.ts";
import { type Host, type Inventory, LOCAL } from "../model/inventory.ts";
import type { Runbook } from "../model/runbook.ts";

/** Unless the guide says otherwise: as many as a subscript such as `worker[0:2]` usually asks for. */
const HOSTS_OF_A_GROUP = 3;

/**
 * Hosts for a guide that is checked without an inventory: every name in its patterns is a group, with as many hosts
 * as the guide requires of it. They have no addresses; nothing can connect to them.
 */
export function imaginedHosts({ steps, settings }: Runbook): Inventory {
  const groups = new Set(settings.requires.map(({ group }) => group));
  const places = new Set<string>();
  for (const { options, action } of steps) {
    const copies = action.kind === "copy" ? action.lines : [];
    for (const name of namesIn(options.on.value)) groups.add(name);
    for (const { target } of copies) for (const name of namesIn(target.host)) groups.add(name);
    // Where something is run for others, or copied from, there is one host.
    const at = options.at === undefined ? [] : [options.at.value];
    for (const pattern of [...at, ...copies.map(({ source }) => source.host)]) {
      for (const name of namesIn(pattern)) places.add(name);
    }
  }
  for (const name of places) groups.add(name);
  groups.delete(LOCAL);
  groups.delete("all");
  if (groups.size === 0) groups.add("host");
  return {
    hosts: [...groups].flatMap((group) => hostsOf(group, places.has(group) ? 1 : HOSTS_OF_A_GROUP, settings)),
  };
}

/** The plain names in a pattern; none in one that cannot be read. */
function namesIn(pattern: string): readonly string[] {
  const parsed = parsePattern(pattern);
  return parsed.ok ? parsed.pattern.terms.flatMap(({ name, glob }) => (glob === undefined ? [name] : [])) : [];
}

function hostsOf(group: string, usual: number, { requires }: Runbook["settings"]): readonly Host[] {
  const { min = 1, max = Infinity } = requires.find((requirement) => requirement.group === group) ?? {};
  const count = Math.min(Math.max(min, usual), max);
  return Array.from({ length: count }, (_, index) => ({
    name: `${group}-${index + 1}`,
    address: "",
    port: 22,
    identity: [],
    knownHosts: [],
    jump: [],
    groups: [group],
    vars: {},
    transport: "ssh",
  }));
}
