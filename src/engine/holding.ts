import type { EventBody, Holder, TaskRef } from "../model/event.ts";
import { type Clock, HostHeld, type Session } from "./ports.ts";

/** Between two looks whether a host is free. */
const LOOK_MS = 5000;

/** @param now when the host was asked */
export function holderOf({ by: { takenMs, renewedMs, ...by } }: HostHeld, now: Date): Holder {
  return {
    ...by,
    ...(takenMs !== undefined && { since: new Date(now.getTime() - takenMs).toISOString() }),
    ...(renewedMs !== undefined && { renewedMs }),
  };
}

/** A task that is not begun, or gone on with, because a host is held that it needs. */
export function heldBack({ step, host }: TaskRef, error: HostHeld, now: Date): EventBody {
  const where = error.host === host ? {} : { where: error.host };
  return { type: "task-deferred", step, host, reason: "held", ...where, holder: holderOf(error, now) };
}

/** How hosts that are held are waited for. */
export interface Waiting {
  readonly clock: Clock;
  /** For how long. 0: not at all. */
  readonly patienceMs: number;
  /** The operator wants to stop. */
  readonly interrupted: AbortSignal;
  /** Told when a wait begins, and when another run has taken the host meanwhile. */
  readonly tell: (holder: Holder, until: Date) => Promise<void>;
}

/**
 * Opens a session, and waits for a host that is held, as long as there is patience: two runs that wait for each other
 * do so for a while, and then both rest.
 * @throws {HostHeld} then
 */
export async function openWhenFree(
  open: (signal: AbortSignal) => Promise<Session>,
  { clock, patienceMs, interrupted, tell }: Waiting,
  signal: AbortSignal,
): Promise<Session> {
  // From when it is known to be held: how long it took to reach the host is no part of it.
  let until: number | undefined;
  let told: string | undefined;
  for (;;) {
    try {
      return await open(signal);
    } catch (error) {
      if (!(error instanceof HostHeld)) throw error;
      const now = clock.now();
      until ??= now.getTime() + patienceMs;
      const leftMs = until - now.getTime();
      if (leftMs <= 0 || interrupted.aborted) throw error;
      const holder = holderOf(error, now);
      if (told !== holder.run) await tell(holder, new Date(until));
      told = holder.run;
      await clock.sleep(Math.min(LOOK_MS, leftMs), AbortSignal.any([signal, interrupted])).catch(() => undefined);
      if (interrupted.aborted) throw error;
      signal.throwIfAborted();
    }
  }
}
