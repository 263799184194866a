import type { Host } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import type { HostSessions } from "./host-sessions.ts";
import type { Session } from "./ports.ts";
import type { RunState } from "./state.ts";
import { unlessAborted } from "../model/unless-aborted.ts";

/** For a host that is to be reached once more for this. */
const REACH_MS = 10_000;
/** For all that is to be removed on a host, which may be much, and slow: whoever runs the guide waits for it. */
const TIDY_MS = 60_000;

/**
 * Scripts, outputs and secrets of a passed run leave the hosts that it has been on, also where only an earlier process
 * was, and everything that runs before it have left there. What is needed to look again stays. A host that is out of
 * reach by now is left to `waymark clean`, as is one that takes too long.
 * @param superseded tokens of the runs before it
 */
export async function tidyHosts(
  plan: Plan,
  state: RunState,
  sessions: HostSessions,
  superseded: readonly string[],
  limitMs = TIDY_MS,
): Promise<void> {
  const needed = plan.undoes === true ? new Set() : placesNeeded(plan, state);
  const tidy = async (session: Session): Promise<void> => {
    // Its own last: what cleans up has a place there.
    for (const token of superseded) await session.clean(token);
    await (needed.has(session.host.name) ? session.settle(state.token) : session.clean(state.token));
  };
  const open = await sessions.all();
  const used = placesUsed(state);
  const hosts = new Map(
    [...plan.hosts.filter(({ name }) => used.has(name)), ...open.map(({ host }) => host)].map(
      (host): [string, Host] => [host.name, host],
    ),
  );
  await Promise.allSettled(
    [...hosts.values()].map((host) =>
      unlessAborted(AbortSignal.timeout(limitMs), sessions.visit(host, AbortSignal.timeout(REACH_MS), tidy)),
    ),
  );
}

/** Where tasks have run. */
function placesUsed({ tasks }: RunState): ReadonlySet<string> {
  const places = [...tasks.values()].flatMap((hosts) =>
    [...hosts].flatMap(([host, { attempt, where }]) => (attempt > 0 ? [where ?? host] : [])),
  );
  return new Set(places);
}

/**
 * Where `verify` and `undo` steps take up exports, which they are to find later as well, and where the originals of
 * changed files are.
 */
function placesNeeded({ steps }: Plan, { tasks }: RunState): ReadonlySet<string> {
  const places = steps.flatMap(({ id, verify, action }) =>
    [...(tasks.get(id) ?? [])].flatMap(([host, { carries, where, status }]) => {
      const isNeeded = (verify && carries?.exports !== undefined) || (action.kind === "file" && status === "ok");
      return isNeeded ? [where ?? host] : [];
    }),
  );
  // What reverts a step finds what the terminal had.
  const undos = steps.flatMap(({ role, at, hosts }) => (role !== "undo" ? [] : at === undefined ? hosts : [at]));
  return new Set([...places, ...undos]);
}
