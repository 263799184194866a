/*
 * One file, since all ways to a session (once, patiently, for as long as there is patience, anew) go over the same map of
 * those that are open, and must not open a host twice.
 */
import type { EventBody, Holder } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import { answerOf, NoAnswer } from "./facts-in-time.ts";
import { openWhenFree } from "./holding.ts";
import { type Clock, ConnectError, ConnectionLost, type Session, type Transport } from "./ports.ts";
import { unlessAborted } from "../model/unless-aborted.ts";

/**
 * How long to go on trying. `connectTries`: in all, before anything ran, and none of them begun later than `connectMs`
 * after the first. `reconnectMs`: while a job may be running there.
 */
export interface Patience {
  readonly connectTries: number;
  readonly connectMs: number;
  readonly retryMs: number;
  readonly reconnectMs: number;
  /** For a host that another run has. Absent: it is not waited for. */
  readonly heldMs?: number;
}

export const PATIENCE: Patience = { connectTries: 3, connectMs: 15_000, retryMs: 1000, reconnectMs: 120_000 };

/** A host that is to go away, and to come back. */
export interface Absence {
  /** How long it may be away. */
  readonly patienceMs: number;
  /** Ends the wait while it is away, and nothing that is going on there. */
  readonly stop: AbortSignal;
}

/** What is lost sooner was no good: a host that drops whoever it has let in must not be tried for ever. */
const STEADY_MS = 5000;
/** Between two tries to reach a host that is away; of one that is expected back. */
const LONGEST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_AWAITED_MS = 5000;

/**
 * Owns the run's sessions: one a host, opened when first needed and kept, opened again after it was lost.
 * Every change is written to the journal through `record` before the session is handed out.
 */
export class HostSessions {
  private readonly transport: Transport;
  private readonly clock: Clock;
  private readonly patience: Patience;
  private readonly record: (...events: readonly EventBody[]) => Promise<void>;
  private readonly open = new Map<string, Promise<Session>>();
  private readonly dead = new WeakSet<Session>();
  /** Whoever has begun to open a session may give up while others wait for it. */
  private readonly closing = new AbortController();
  private readonly interrupted: AbortSignal;

  constructor(
    transport: Transport,
    clock: Clock,
    patience: Patience,
    record: (...events: readonly EventBody[]) => Promise<void>,
    interrupted: AbortSignal = NEVER,
  ) {
    this.interrupted = interrupted;
    this.transport = transport;
    this.clock = clock;
    this.patience = patience;
    this.record = record;
  }

  /** @throws {ConnectError} when the host stays out of reach for as many tries as there is patience. */
  async get(host: Host, signal: AbortSignal): Promise<Session> {
    const begin = this.clock.now().getTime();
    for (let tries = 1; ; tries++) {
      try {
        return await this.once(host, signal);
      } catch (error) {
        const { connectTries, connectMs } = this.patience;
        const patient = tries < connectTries && this.clock.now().getTime() - begin < connectMs;
        if (!patient || !(error instanceof ConnectError) || !error.retryable) throw error;
      }
      await this.clock.sleep(this.patience.retryMs * tries, signal);
    }
  }

  /**
   * Calls `use` with the host's session; when the connection dies under it, opens another and calls it again, for as
   * long as there is patience since it was last of any use. One that was there and refuses logins now is
   * most likely just going down or starting up.
   * @throws {ConnectError} then
   */
  async persist<T>(
    host: Host,
    signal: AbortSignal,
    use: (session: Session) => Promise<T>,
    absence?: Absence,
  ): Promise<T> {
    const patienceMs = absence?.patienceMs ?? this.patience.reconnectMs;
    const stop = absence?.stop;
    const waiting = stop === undefined ? signal : AbortSignal.any([signal, stop]);
    let silentSince = this.clock.now().getTime();
    let wasThere = absence !== undefined;
    for (let tries = 1; ; tries++) {
      waiting.throwIfAborted();
      let session: Session | undefined;
      let begin = 0;
      try {
        session = await this.reach(host, signal, stop);
        begin = this.clock.now().getTime();
        return await use(session);
      } catch (error) {
        if (session !== undefined && error instanceof ConnectionLost) {
          const end = this.clock.now().getTime();
          if (end - begin >= STEADY_MS && !(error instanceof NoAnswer)) silentSince = end;
          wasThere = true;
          await this.lost(host, session, error);
        } else if (!(error instanceof ConnectionLost || (error instanceof ConnectError && mayPass(error, wasThere))))
          throw error;
        const silentMs = this.clock.now().getTime() - silentSince;
        if (silentMs >= patienceMs) {
          const why =
            session === undefined
              ? `connection to ${host.name} lost, and not restored in ${silentMs / 1000} s`
              : `${host.name} lets us in and ${error instanceof NoAnswer ? "does not answer" : "drops every connection"}, for ${silentMs / 1000} s now: ${error.message}`;
          throw new ConnectError("WM5001", why, {
            hint: session === undefined ? "resume the run when the host is back" : "its own logs may say why",
            retryable: false,
            cause: error,
          });
        }
      }
      const longestMs = absence === undefined ? LONGEST_PAUSE_MS : LONGEST_PAUSE_AWAITED_MS;
      await this.clock.sleep(Math.min(this.patience.retryMs * tries, longestMs), waiting);
    }
  }

  /**
   * The host's session, once it has answered on it, or one try to open one.
   * @throws {ConnectError}
   * @throws {ConnectionLost}
   */
  async answering(host: Host, signal: AbortSignal, stop?: AbortSignal): Promise<Session> {
    const session = await this.reach(host, signal, stop);
    return this.asking(host, session, async () => {
      await answerOf(session, this.clock, signal);
      return session;
    });
  }

  /** Asks something of a session; a loss is noted before it is thrown. @throws {ConnectionLost} */
  async asking<T>(host: Host, session: Session, ask: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await ask(session);
    } catch (error) {
      if (error instanceof ConnectionLost) await this.lost(host, session, error);
      throw error;
    }
  }

  /** Whoever needs the host from now on logs in anew. What still goes on there does so as after a lost connection. */
  async renew(host: Host): Promise<void> {
    const session = await this.current(host);
    if (session === undefined) return;
    this.dead.add(session);
    this.open.delete(host.name);
    await session.close().catch(() => undefined);
  }

  /**
   * The host's session, or one try to open it.
   * @param stop ends the wait for it. It is opened all the same: others may wait for it as well
   * @throws {ConnectError}
   */
  async reach(host: Host, signal: AbortSignal, stop?: AbortSignal): Promise<Session> {
    const going = this.once(host, signal);
    if (stop === undefined) return going;
    const stopped = Promise.withResolvers<never>();
    const onStop = (): void => stopped.reject(stop.reason);
    if (stop.aborted) onStop();
    stop.addEventListener("abort", onStop, { once: true });
    try {
      return await Promise.race([going, stopped.promise]);
    } finally {
      stop.removeEventListener("abort", onStop);
    }
  }

  /** The session that is open now, if any. */
  async current(host: Host): Promise<Session | undefined> {
    return this.open.get(host.name)?.catch(() => undefined);
  }

  /**
   * Calls `use` once the run is over and nothing more of it is written down: with the host's session, or with one that is
   * opened for this, where there is none or it dies.
   * @throws {ConnectError}
   * @throws {ConnectionLost}
   */
  async visit(host: Host, signal: AbortSignal, use: (session: Session) => Promise<void>): Promise<void> {
    const open = await this.current(host);
    if (open !== undefined) {
      try {
        return await use(open);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
      }
    }
    const session = await this.transport.open(host, signal);
    try {
      await use(session);
      await session.release();
    } finally {
      await session.close();
    }
  }

  /** Every session that is open. */
  async all(): Promise<readonly Session[]> {
    const sessions = await Promise.allSettled(this.open.values());
    return sessions.flatMap((session) => (session.status === "fulfilled" ? [session.value] : []));
  }

  async close(): Promise<void> {
    this.closing.abort(new Error("the run is over"));
    const sessions = await this.all();
    await Promise.allSettled(
      sessions.map(async (session) => {
        await session.release();
        await session.close();
      }),
    );
    await this.transport.close();
  }

  private once(host: Host, signal: AbortSignal): Promise<Session> {
    const known = this.open.get(host.name);
    if (known !== undefined) return unlessAborted(signal, known);
    if (signal.aborted) return Promise.reject(signal.reason);
    const opening = this.connect(host);
    this.open.set(host.name, opening);
    opening.catch(() => {
      if (this.open.get(host.name) === opening) this.open.delete(host.name);
    });
    return unlessAborted(signal, opening);
  }

  private async connect(host: Host): Promise<Session> {
    const { clock, interrupted } = this;
    const tell = (holder: Holder, until: Date): Promise<void> =>
      this.record({ type: "host-held", host: host.name, holder, until: until.toISOString() });
    const session = await openWhenFree(
      (signal) => this.transport.open(host, signal),
      { clock, patienceMs: this.patience.heldMs ?? 0, interrupted, tell },
      this.closing.signal,
    );
    try {
      const { note, folder } = session;
      const known = { ...(note !== undefined && { note }), ...(folder !== "" && { folder }) };
      await this.record({ type: "host-connected", host: host.name, ...known });
    } catch (error) {
      await session.close().catch(() => undefined);
      throw error;
    }
    return session;
  }

  /** Several calls may have died with one session: the first of them says so, and none takes its successor away. */
  private async lost(host: Host, session: Session, error: ConnectionLost): Promise<void> {
    if (this.dead.has(session)) return;
    this.dead.add(session);
    this.open.delete(host.name);
    await this.record({ type: "host-lost", host: host.name, reason: error.message });
    await session.close().catch(() => undefined);
  }
}

/** Whether the host may be reached a little later. @param wasThere it was there before */
export function mayPass(error: ConnectError, wasThere: boolean): boolean {
  return error.retryable || (wasThere && !error.final);
}

const NEVER = new AbortController().signal;
