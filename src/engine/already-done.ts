import type { Host } from "../model/inventory.ts";
import type { CarriedOver } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import { carriesOf } from "./carry-over.ts";
import type { HostSessions } from "./host-sessions.ts";
import type { Look } from "./ports.ts";
import type { Values } from "./values.ts";

/** `unless` and `creates` only look; they may not hang the run. */
const LOOK_TIMEOUT_MS = 60_000;

/**
 * Looks, as the step's user and in its directory, with what it takes up from steps before it, whether there is nothing
 * left to do for a step on a host.
 *
 * @param name of the host that the step is for; it is looked at on `host`
 * @returns what says so, for people; undefined when nothing does
 * @throws {ConnectError} when the host is out of reach
 */
export async function alreadyDone(
  step: PlannedStep,
  name: string,
  host: Host,
  { values, sessions }: { readonly values: Values; readonly sessions: HostSessions },
  signal: AbortSignal,
  carried: CarriedOver | undefined,
): Promise<string | undefined> {
  const { creates, unless, user, action } = step;
  if (creates === undefined && unless === undefined) return undefined;
  const own = action.kind === "command" ? action.dir : undefined;
  const dir = own === undefined ? carried?.dir : values.fill(own, name);
  const env = values.environment(step.uses, name);
  const holds = async (code: string, more: Readonly<Record<string, string>> = {}): Promise<boolean> => {
    const look: Look = {
      interpreter: ["sh"],
      code,
      env: { ...env, ...more },
      timeoutMs: LOOK_TIMEOUT_MS,
      ...(user !== undefined && { user }),
      ...(dir !== undefined && { dir }),
      ...carriesOf(carried),
    };
    const { exit } = await sessions.persist(host, signal, (session) => session.look(look, signal));
    return exit === 0;
  };
  if (creates !== undefined) {
    const path = values.fill(creates, name);
    const inHome = path === "~" || path.startsWith("~/");
    const target = inHome ? `"$HOME"/"$WAYMARK_PATH"` : `"$WAYMARK_PATH"`;
    if (await holds(`[ -e ${target} ]\n`, { WAYMARK_PATH: inHome ? path.slice(2) : path })) return `${path} exists`;
  }
  if (unless !== undefined && (await holds(unless))) return `unless holds: ${unless}`;
  return undefined;
}
