import type { Host } from "../model/inventory.ts";

/**
 * The hosts that a connection goes through, the nearest first. As with `ssh -J a,b`: it is for `a` to say how `a` is
 * reached, while `b` is reached from `a` whatever `b` says. `Host.jump` of each names those before it on this way.
 *
 * @param find all hosts that a `jump` names
 */
export function wayTo(host: Host, find: (name: string) => Host | undefined): readonly Host[] {
  const [first, ...others] = host.jump.map((name) => find(name) ?? missing(name, host));
  if (first === undefined) return [];
  const way = [...wayTo(first, find), first];
  for (const next of others) way.push({ ...next, jump: way.map(({ name }) => name) });
  return way;
}

function missing(name: string, host: Host): never {
  throw new Error(`${name}, on the way to ${host.name}, is no host that was resolved`);
}
