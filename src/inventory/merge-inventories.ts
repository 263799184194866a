import type { Host, Inventory } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";

/**
 * Adds the hosts of `--host` to an inventory. One that the inventory already has under that name keeps all that is
 * written of it there: it gets the groups, and a user or port where one was given.
 */
export function mergeInventories(
  inventory: Inventory | undefined,
  adHoc: readonly Host[],
): { readonly inventory: Inventory; readonly diagnostics: readonly Diagnostic[] } {
  const hosts = new Map((inventory?.hosts ?? []).map((host) => [host.name, host]));
  for (const host of adHoc) {
    const known = hosts.get(host.name);
    hosts.set(host.name, known === undefined ? host : joined(known, host));
  }
  const merged = { ...(inventory?.path === undefined ? {} : { path: inventory.path }), hosts: [...hosts.values()] };
  return { inventory: merged, diagnostics: clashes(merged, adHoc) };
}

function joined(known: Host, adHoc: Host): Host {
  const { unsaid, ...rest } = known;
  const hasPort = adHoc.unsaid?.includes("port") === false;
  return {
    ...rest,
    ...(adHoc.user === undefined ? {} : { user: adHoc.user }),
    port: hasPort ? adHoc.port : known.port,
    groups: [...new Set([...known.groups, ...adHoc.groups])],
    ...(unsaid === undefined ? {} : { unsaid: unsaid.filter((key) => key !== "port" || !hasPort) }),
  };
}

/** Names that are a host on one side and a group on the other: each side alone has been checked already. */
function clashes(merged: Inventory, adHoc: readonly Host[]): readonly Diagnostic[] {
  const hosts = new Set(merged.hosts.map(({ name }) => name));
  const added = new Set(adHoc.map(({ name }) => name));
  const addedGroups = new Set(adHoc.flatMap(({ groups }) => groups));
  const names = new Set(merged.hosts.flatMap(({ groups }) => groups).filter((group) => hosts.has(group)));
  return [...names]
    .filter((name) => added.has(name) !== addedGroups.has(name))
    .map((name) => ({
      code: "WM2006",
      severity: "error",
      message: `\`--host\` makes \`${name}\` both a group and a host`,
      hint: addedGroups.has(name) ? "Choose another group." : "Choose another address, or rename the group.",
    }));
}
