import { ConnectError, ConnectionLost } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import type { Connection } from "./connection.ts";
import { ChannelSlots } from "./ssh-channel-slots.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { RESOURCE_SHORTAGE, onTheWay, wayLost, wayRefused } from "./ssh-errors.ts";
import { ForwardRefused } from "./ssh-forwarding.ts";
import type { Line } from "./ssh-line.ts";
import { SharedConnection } from "./ssh-shared-connection.ts";
import { unlessAborted } from "../model/unless-aborted.ts";

/** Handshakes through one host at a time: each is work for it, and sshd drops what comes too fast (`MaxStartups`). */
const HANDSHAKES = 8;
/** Connections to one host, where it allows only so many lines on each. */
const CONNECTIONS = 8;

/** A host behind, and how long a line to it may take. */
export interface Target {
  readonly host: Host;
  readonly connectMs: number;
}

interface Login {
  readonly connecting: Promise<SshConnection>;
  /** Ends connecting. */
  readonly stop: AbortController;
  /** Once it is connected. */
  connection?: SshConnection;
  /** Who wait for that. */
  waiting: number;
  /** The host's own session is on it: who wants another one logs in anew. */
  taken: boolean;
  /** How many lines the host allows on it, as far as it has shown. */
  most: number;
}

/**
 * A host that others are reached through. Owns the connections to it: usually one, which all hosts behind it share, and
 * the host's own session if there is one. They are kept until the end.
 */
export class Bastion {
  readonly #host: Host;
  readonly #connect: (signal: AbortSignal) => Promise<SshConnection>;
  readonly #logins = new Set<Login>();
  readonly #turns = new ChannelSlots(HANDSHAKES);

  constructor(host: Host, connect: (signal: AbortSignal) => Promise<SshConnection>) {
    this.#host = host;
    this.#connect = connect;
  }

  /**
   * Uses a line through the host to log in on another one, so many at a time.
   * @throws {ConnectError} which tells of this host where it is in the way, or the signal's reason, or what `use` throws
   */
  async through<T>({ host: to, connectMs }: Target, signal: AbortSignal, use: (line: Line) => Promise<T>): Promise<T> {
    // Nobody queues at a host that cannot be reached.
    await this.#login(signal);
    await this.#turn(signal);
    try {
      return await use(await this.#line(to, connectMs, signal));
    } finally {
      this.#turns.abandon();
    }
  }

  /** A session of its own on the host. @throws {ConnectError} or the signal's reason */
  async session(signal: AbortSignal): Promise<Connection> {
    const login = [...this.#logins].find(({ taken }) => !taken) ?? this.#open();
    login.taken = true;
    try {
      return new SharedConnection(await this.#wait(login, signal));
    } catch (error) {
      login.taken = false;
      throw error;
    }
  }

  async close(): Promise<void> {
    const logins = [...this.#logins];
    for (const { stop } of logins) stop.abort(new Error("closed"));
    await Promise.allSettled(logins.map(async ({ connecting }) => (await connecting).close()));
  }

  async #line(to: Host, connectMs: number, signal: AbortSignal): Promise<Line> {
    for (;;) {
      const { login, connection } = await this.#login(signal);
      try {
        return await connection.forward(to, connectMs, signal);
      } catch (error) {
        if (error instanceof ConnectionLost) throw wayLost(to, error);
        if (!(error instanceof ForwardRefused)) throw error;
        const isFull = error.reason === RESOURCE_SHORTAGE && connection.forwarded > 0;
        if (!isFull || this.#logins.size >= CONNECTIONS) throw wayRefused(to, this.#host, error);
        login.most = Math.min(login.most, connection.forwarded);
      }
    }
  }

  /** One with room for another line. */
  async #login(signal: AbortSignal): Promise<{ readonly login: Login; readonly connection: SshConnection }> {
    const hasRoom = ({ connection, most }: Login): boolean => (connection?.forwarded ?? 0) < most;
    // The newest: an older one may be dead, and not known to be.
    const login = [...this.#logins].findLast(hasRoom) ?? this.#open();
    try {
      return { login, connection: await this.#wait(login, signal) };
    } catch (error) {
      throw error instanceof ConnectError ? onTheWay(error) : error;
    }
  }

  #open(): Login {
    const stop = new AbortController();
    const connecting = this.#connect(stop.signal);
    const login: Login = { connecting, stop, waiting: 0, taken: false, most: Infinity };
    this.#logins.add(login);
    connecting.then(
      (connection) => {
        login.connection = connection;
        connection.onClose(() => this.#logins.delete(login));
      },
      () => this.#logins.delete(login),
    );
    return login;
  }

  async #wait(login: Login, signal: AbortSignal): Promise<SshConnection> {
    login.waiting++;
    try {
      return await unlessAborted(signal, login.connecting);
    } finally {
      if (--login.waiting === 0 && signal.aborted && login.connection === undefined) {
        this.#logins.delete(login);
        login.stop.abort(signal.reason);
      }
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const turn = this.#turns.take();
    try {
      await unlessAborted(signal, turn);
    } catch (error) {
      turn.then(
        () => this.#turns.abandon(),
        () => undefined,
      );
      throw error;
    }
  }
}
