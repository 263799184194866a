import { compressHosts } from "../../story/compress-hosts.ts";
import type { RunView, StepView } from "../../story/run-fold.ts";

/** Hosts that have a sign each; of more the exceptions are named. */
export const SIGNED_HOSTS = 12;
/** Exceptions that are named; more are counted. */
const NAMED = 3;

const BAD = ["failed", "unreachable", "unknown"] as const;

/** The hosts of a step that it did not go well on. */
export function badHosts(known: StepView | undefined): ReadonlySet<string> {
  return new Set(BAD.flatMap((status) => [...(known?.hosts.get(status) ?? [])]));
}

/** The hosts that something did not go well on. */
export function badHostsOfAny({ steps }: Pick<RunView, "steps">): ReadonlySet<string> {
  const bad = new Set<string>();
  for (const { hosts } of steps.values()) {
    for (const status of BAD) for (const host of hosts.get(status) ?? []) bad.add(host);
  }
  return bad;
}

/** Many hosts with those before the others that are looked for; few as they are. */
export function exceptionsFirst(hosts: readonly string[], bad: ReadonlySet<string>): readonly string[] {
  if (hosts.length <= SIGNED_HOSTS || bad.size === 0) return hosts;
  return [...hosts.filter((host) => bad.has(host)), ...hosts.filter((host) => !bad.has(host))];
}

/** The names of a few; empty where there are more. */
export function namedExceptions(hosts: ReadonlySet<string>): string {
  return hosts.size > NAMED ? "" : compressHosts([...hosts]);
}
