import type { Host } from "../model/inventory.ts";
import { nearest } from "../model/nearest.ts";
import { parseDestination } from "./destination.ts";
import { hostNameProblem } from "./names.ts";
import type { Problem } from "./names.ts";

/**
 * The default jumps of one host. A host that is itself a jump is reached through those before it only: with
 * `defaults: { jump: bastion }` the bastion is reached directly.
 */
export function jumpsBefore(name: string, jumps: readonly string[]): readonly string[] {
  const own = jumps.indexOf(name);
  return own === -1 ? jumps : jumps.slice(0, own);
}

/** A host that could only be reached by way of itself, and that way. */
export interface Circle {
  readonly host: Host;
  readonly way: readonly string[];
}

/** Hosts that could only be reached by way of themselves, once for each circle. */
export function jumpProblems(hosts: ReadonlyMap<string, Host>): readonly Circle[] {
  const problems: Circle[] = [];
  const settled = new Set<string>();
  const follow = (host: Host, way: readonly string[]): void => {
    if (settled.has(host.name)) return;
    const start = way.indexOf(host.name);
    if (start !== -1) {
      problems.push({ host, way: [...way.slice(start), host.name] });
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

export function circleProblem({ host, way }: Circle): Problem & { readonly host: Host } {
  const message = `\`${host.name}\` is reached through itself: ${way.join(" → ")}`;
  return { host, code: "WM2011", message, hint: "Leave this host out of the jumps that lead to it." };
}

/** What is wrong with the name of a jump. One that is no host here may still be one for the network or ssh config. */
export function jumpNameProblem(jump: string, hosts: ReadonlyMap<string, Host>): Problem | undefined {
  const host = hosts.get(jump);
  if (host?.transport === "local") {
    const message = `\`${jump}\` is this very machine: there is nothing to jump through`;
    return { code: "WM2012", message, hint: "Leave it out." };
  }
  if (host !== undefined) return undefined;
  const parsed = parseDestination(jump);
  const unfit = parsed.ok ? hostNameProblem(parsed.destination.address) : undefined;
  if (!parsed.ok || unfit !== undefined) {
    const message = `\`${jump}\` is nothing to jump through${parsed.ok ? "" : `: ${parsed.message}`}`;
    const hint = (parsed.ok ? undefined : parsed.hint) ?? "Write the name of a host, or `[user@]address[:port]`.";
    return { code: "WM2012", message, hint };
  }
  // Short names are near to too many others.
  const meant = /[.@:]|^..?$/.test(jump) ? undefined : nearest(jump, hosts.keys());
  if (meant === undefined) return undefined;
  const hint = `Did you mean \`${meant}\`? Otherwise it must be a name for the network or your ssh config.`;
  return { code: "WM2013", severity: "warning", message: `\`${jump}\` is no host of this file`, hint };
}
