import type { Facts } from "../model/inventory.ts";
import { type Clock, ConnectionLost, type Session } from "./ports.ts";

/** For a host to say what it is. */
const FACTS_MS = 5000;
/** The same where something depends on it: a busy one may take as long to let anybody in. */
const ANSWER_MS = 20_000;

/** The connection stands, and nobody is there who would answer. */
export class NoAnswer extends ConnectionLost {}

/**
 * What a host says of itself where nothing depends on that: nobody waits long for it.
 * @returns undefined where it has not answered in time, or nobody wants to know any more
 */
export async function factsInTime(
  session: Session,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
  limitMs = FACTS_MS,
): Promise<Facts | undefined> {
  if (signal.aborted) return undefined;
  const over = new AbortController();
  const enough = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(limitMs, enough).catch(() => undefined);
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

/**
 * What a host says of itself where something depends on that, if only that it answers.
 * @throws {NoAnswer} where it has not in time; else as the session, or the signal's reason
 */
export async function answerOf(session: Session, clock: Pick<Clock, "sleep">, signal: AbortSignal): Promise<Facts> {
  const facts = await factsInTime(session, clock, signal, ANSWER_MS);
  if (facts !== undefined) return facts;
  signal.throwIfAborted();
  throw new NoAnswer(`${session.host.name} has not answered for ${ANSWER_MS / 1000} s`);
}
