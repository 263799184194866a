import type { EventBody } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import { type Clock, ConnectError, ConnectionLost, type Session, type Transport } from "./ports.ts";

/**
 * How long to go on trying. `connectTries`: in all, before anything ran, and none of them begun later than `connectMs`
 * after the first. `reconnectMs`: while a job may be running there.
 */
export interface Patience {
  readonly connectTries: number;
  readonly connectMs: number;
  readonly retryMs: number;
  readonly reconnectMs: number;
}

export const PATIENCE: Patience = { connectTries: 3, connectMs: 15_000, retryMs: 1000, reconnectMs: 120_000 };

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

  constructor(
    transport: Transport,
    clock: Clock,
    patience: Patience,
    record: (...events: readonly EventBody[]) => Promise<void>,
  ) {
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
   * long as there is patience since anything was last heard of the host.
   * @throws {ConnectError} then
   */
  async persist<T>(host: Host, signal: AbortSignal, use: (session: Session) => Promise<T>): Promise<T> {
    let silentSince = this.clock.now().getTime();
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      let session: Session | undefined;
      try {
        session = await this.once(host, signal);
        return await use(session);
      } catch (error) {
        if (session !== undefined && error instanceof ConnectionLost) {
          // However long it was used: silence begins here.
          silentSince = this.clock.now().getTime();
          await this.lost(host, session, error);
        } else if (!(error instanceof ConnectionLost || (error instanceof ConnectError && error.retryable)))
          throw error;
        const silentMs = this.clock.now().getTime() - silentSince;
        if (silentMs >= this.patience.reconnectMs) {
          throw new ConnectError(
            "WM5001",
            `connection to ${host.name} lost, and not restored in ${silentMs / 1000} s`,
            {
              hint: "resume the run when the host is back",
              retryable: false,
              cause: error,
            },
          );
        }
      }
      await this.clock.sleep(Math.min(this.patience.retryMs * tries, 10_000), signal);
    }
  }

  /** The host's session, or one try to open it. @throws {ConnectError} */
  async reach(host: Host, signal: AbortSignal): Promise<Session> {
    return this.once(host, signal);
  }

  /** The session that is open now, if any. */
  async current(host: Host): Promise<Session | undefined> {
    return this.open.get(host.name)?.catch(() => undefined);
  }

  /** Every session that is open. */
  async all(): Promise<readonly Session[]> {
    const sessions = await Promise.allSettled(this.open.values());
    return sessions.flatMap((session) => (session.status === "fulfilled" ? [session.value] : []));
  }

  async close(): Promise<void> {
    const sessions = await this.all();
    await Promise.allSettled(sessions.map((session) => session.close()));
    await this.transport.close();
  }

  private once(host: Host, signal: AbortSignal): Promise<Session> {
    const known = this.open.get(host.name);
    if (known !== undefined) return known;
    const opening = this.connect(host, signal);
    this.open.set(host.name, opening);
    opening.catch(() => this.open.delete(host.name));
    return opening;
  }

  private async connect(host: Host, signal: AbortSignal): Promise<Session> {
    const session = await this.transport.open(host, signal);
    try {
      await this.record({ type: "host-connected", host: host.name });
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
