import type { Host } from "../model/inventory.ts";

/**
 * The default jumps of one host. A host that is itself a jump is reached through those before it only: with
 * `defaults: { jump: bastion }` the bastion is reached directly.
 */
export function jumpsBefore(name: string, jumps: readonly string[]): readonly string[] {
  const own = jumps.indexOf(name);
  return own === -1 ? jumps : jumps.slice(0, own);
}

/** Hosts that could only be reached by way of themselves, once for each circle. */
export function jumpProblems(
  hosts: ReadonlyMap<string, Host>,
): readonly { readonly host: Host; readonly message: string }[] {
  const problems: { host: Host; message: string }[] = [];
  const settled = new Set<string>();
  const follow = (host: Host, way: readonly string[]): void => {
    if (settled.has(host.name)) return;
    const start = way.indexOf(host.name);
    if (start !== -1) {
      const circle = [...way.slice(start), host.name].join(" → ");
      problems.push({ host, message: `\`${host.name}\` is reached through itself: ${circle}` });
      return;
    }
    for (const jump of host.jump) {
      const next = hosts.get(jump);
      if (next !== undefined) follow(next, [...way, host.name]);
    }
    settled.add(host.name);
  };
  for (const host of hosts.values()) follow(host, []);
  return problems;
}
