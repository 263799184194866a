import type { Host, Inventory } from "../../src/model/inventory.ts";

/** A host with nothing but what is given. */
export function hostOf(name: string, given: Partial<Host> = {}): Host {
  return {
    name,
    address: name,
    port: 22,
    identity: [],
    knownHosts: [],
    jump: [],
    groups: [],
    vars: {},
    transport: "ssh",
    ...given,
  };
}

/** `inventoryOf({ a: ["web"], b: [] })`: hosts and their groups. */
export function inventoryOf(hosts: Readonly<Record<string, readonly string[]>>): Inventory {
  return { hosts: Object.entries(hosts).map(([name, groups]) => hostOf(name, { groups })) };
}
