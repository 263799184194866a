import { parsePattern } from "../inventory/pattern.ts";
import { type Host, type Inventory, LOCAL } from "../model/inventory.ts";
import type { Runbook } from "../model/runbook.ts";

/** As many as a subscript such as `worker[0:2]` usually asks for. */
const HOSTS_OF_A_GROUP = 3;

/**
 * Hosts for a guide that is checked without an inventory: every name in its patterns is a group, with as many hosts
 * as the guide requires of it. They have no addresses; nothing can connect to them.
 */
export function imaginedHosts({ steps, settings }: Runbook): Inventory {
  const groups = new Set(settings.requires.map(({ group }) => group));
  for (const { options } of steps) {
    const parsed = parsePattern(options.on.value);
    for (const { name, glob } of parsed.ok ? parsed.pattern.terms : []) if (glob === undefined) groups.add(name);
  }
  groups.delete(LOCAL);
  groups.delete("all");
  if (groups.size === 0) groups.add("host");
  return { hosts: [...groups].flatMap((group) => hostsOf(group, settings)) };
}

function hostsOf(group: string, { requires }: Runbook["settings"]): readonly Host[] {
  const { min = 1, max = Infinity } = requires.find((requirement) => requirement.group === group) ?? {};
  const count = Math.min(Math.max(min, HOSTS_OF_A_GROUP), max);
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
