import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionLost } from "../engine/ports.ts";
import { AgentGone, type AgentLoop } from "./agent-loop.ts";
import { AgentStarter } from "./agent-start.ts";
import { encodeRequest } from "./agent-protocol.ts";
import type { Login } from "./agent-start.ts";
import type { Connection } from "./connection.ts";
import { directoryName } from "./job-request.ts";
import { type LeaseWish, runOf } from "./lease.ts";
import type { HostPasswords } from "./sudo-passwords.ts";

/** Agents at once on a connection: sshd allows 10 sessions, and some must be left for other things. */
const AGENTS = 8;
/** For one that is not wanted any more to say that it is there, and to give its host free. */
const GIVE_UP_MS = 3000;
/** For agents with nothing to do to end. */
const GOODBYE_MS = 1000;

/**
 * The agents on one connection.
 *
 * Owns their channels: at most 8, each doing one thing at a time, as the login user or, inside sudo, as another. They
 * are kept for what comes next. An agent that ends unasked means that the connection is lost.
 */
export class AgentPool {
  readonly #connection: Connection;
  readonly #starter: AgentStarter;
  readonly #run: string;
  /** In the order they were started: the first ones do most, and the rest are spared. */
  readonly #agents = new Map<AgentLoop, { readonly user: string; uid?: string; busy: boolean }>();
  readonly #waiting: (() => void)[] = [];
  #starting = 0;
  #login: Login | undefined;
  #startMs = 0;
  #lost: string | undefined;
  readonly #ending = new AbortController();

  /** @param token the run's */
  constructor(connection: Connection, token: string, passwords: HostPasswords, lease?: LeaseWish) {
    this.#connection = connection;
    this.#run = runOf(token);
    this.#starter = new AgentStarter(connection, {
      name: directoryName(token, connection.host.name),
      passwords,
      signal: this.#ending.signal,
      ...(lease !== undefined && { lease: { ...lease, token } }),
      onOpen: (loop, user) => {
        this.#agents.set(loop, { user, busy: true });
      },
      onGone: (loop, asked) => {
        this.#agents.delete(loop);
        if (!asked) this.#lost ??= "the agent ended";
        this.#wake();
      },
    });
    connection.onClose((reason) => {
      this.#lost ??= reason;
      this.#ending.abort(new ConnectionLost(`Lost ${connection.host.name}: ${reason}`));
      this.#wake();
    });
  }

  /**
   * Starts the first agent, see {@link AgentStarter.first}.
   * @throws {ConnectionLost} when no agent can be started
   */
  async open(login: boolean, note: (text: string) => void, signal: AbortSignal): Promise<Login> {
    signal.throwIfAborted();
    const begin = performance.now();
    const first = this.#starter.first(login, note);
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { loop, login: known } = await Promise.race([first, aborted.promise]);
      this.#login = known;
      this.#startMs = performance.now() - begin;
      this.#release(loop);
      return known;
    } catch (error) {
      await Promise.race([this.#takeBack(first), sleep(GIVE_UP_MS, undefined, { ref: false })]);
      this.#lost ??= "given up";
      for (const loop of this.#agents.keys()) loop.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** It may have made its folder there by now, and leased its host, for which others would wait until that has lapsed. Never rejects. */
  async #takeBack(first: ReturnType<AgentStarter["first"]>): Promise<void> {
    try {
      const { loop } = await first;
      await loop.request(encodeRequest(["leave", this.#run]));
    } catch {
      // There is no agent, and with it nothing that could be given back.
    }
  }

  /** How long the first agent took until it was ready. */
  get startMs(): number {
    return this.#startMs;
  }

  /**
   * Does one thing with an agent that has nothing else to do, and keeps the agent.
   * @param user absent: the login user; `#0`: whoever has that number
   * @throws {SudoRefused} when there is no agent for that user
   * @throws {ConnectionLost}
   */
  async with<T>(user: string | undefined, use: (loop: AgentLoop) => Promise<T>): Promise<T> {
    const loop = await this.#take(user === this.#login?.user ? "" : (user ?? ""));
    try {
      return await use(loop);
    } catch (error) {
      // Why the connection went says more than that the agent went with it.
      if (error instanceof AgentGone && error.cut) this.#ending.signal.throwIfAborted();
      throw error;
    } finally {
      this.#release(loop);
    }
  }

  /** Sees to it that a channel more can be opened beside those of the agents. */
  async makeRoom(): Promise<void> {
    for (;;) {
      this.#check();
      if (this.#agents.size + this.#starting < AGENTS) return;
      await this.#freeOne();
    }
  }

  /** Waits until no agent is about to start: the first thing it does is to make the run's directory where there is none. */
  async allStarted(): Promise<void> {
    while (this.#starting > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Lets idle agents end, and waits for that. */
  async close(): Promise<void> {
    this.#lost ??= "closed";
    this.#ending.abort(new ConnectionLost(`Lost ${this.#connection.host.name}: closed`));
    const ending = [...this.#agents].flatMap(([loop, { busy }]) => (busy ? [] : [loop]));
    for (const loop of ending) loop.end();
    await Promise.race([Promise.all(ending.map((loop) => loop.closed)), sleep(GOODBYE_MS, undefined, { ref: false })]);
    this.#wake();
  }

  async #take(user: string): Promise<AgentLoop> {
    for (;;) {
      const login = this.#check();
      const idle = [...this.#agents].filter(([, agent]) => !agent.busy);
      const [loop, agent] = idle.find(([, agent]) => agent.user === user || `#${agent.uid}` === user) ?? [];
      if (loop !== undefined && agent !== undefined) {
        agent.busy = true;
        return loop;
      }
      if (this.#agents.size + this.#starting < AGENTS) return this.#startAs(user, login);
      await this.#freeOne();
    }
  }

  /** Ends an agent that has nothing to do, or waits for something to change. */
  async #freeOne(): Promise<void> {
    const [other] = [...this.#agents].find(([, agent]) => !agent.busy) ?? [];
    if (other === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#agents.delete(other);
      other.end();
      await other.closed;
    }
  }

  async #startAs(user: string, login: Login): Promise<AgentLoop> {
    this.#starting++;
    try {
      const { loop, uid } = await this.#starter.another(user, login);
      const agent = this.#agents.get(loop);
      if (agent !== undefined) agent.uid = uid;
      return loop;
    } finally {
      this.#starting--;
      this.#wake();
    }
  }

  #release(loop: AgentLoop): void {
    const agent = this.#agents.get(loop);
    if (agent === undefined) return;
    agent.busy = false;
    if (this.#lost !== undefined || !loop.free) {
      this.#agents.delete(loop);
      loop.end();
    }
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #check(): Login {
    if (this.#lost !== undefined || this.#login === undefined) {
      throw new ConnectionLost(`Lost ${this.#connection.host.name}: ${this.#lost ?? "not open yet"}`);
    }
    return this.#login;
  }
}
