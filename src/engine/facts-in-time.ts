import type { Facts } from "../model/inventory.ts";
import type { Clock, Session } from "./ports.ts";

/** For a host to say what it is. */
const FACTS_MS = 5000;

/**
 * What a host says of itself where nothing depends on that: nobody waits long for it.
 * @returns undefined where it has not answered in time, or nobody wants to know any more
 */
export async function factsInTime(
  session: Session,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
): Promise<Facts | undefined> {
  if (signal.aborted) return undefined;
  const over = new AbortController();
  const enough = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(FACTS_MS, enough).catch(() => undefined);
  const facts = session.facts(enough);
  facts.catch(() => undefined);
  try {
    return await Promise.race([facts, late.then(() => undefined)]);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    over.abort(new Error("nobody waits for it any more"));
  }
}
