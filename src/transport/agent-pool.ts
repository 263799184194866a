import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionLost } from "../engine/ports.ts";
import { AgentGone, AgentLoop } from "./agent-loop.ts";
import { AGENT_COMMAND, agentStart, loginLine, sudoLine } from "./agent-protocol.ts";
import type { AgentStart } from "./agent-protocol.ts";
import type { Channel, Connection } from "./connection.ts";

/** Agents at once on a connection: sshd allows 10 sessions, and some must be left for other things. */
const AGENTS = 8;
/** For an agent to say that it is ready. */
const START_MS = 20_000;
/** For the login shell to read its profile. */
const LOGIN_MS = 5000;
/** For agents with nothing to do to end. */
const GOODBYE_MS = 1000;

/** sudo would not let the login user be another. */
export class SudoRefused extends Error {
  override readonly name = "SudoRefused";
}

/** What is known of a host once the first agent runs there. */
export interface Login {
  readonly user: string;
  readonly uid: string;
  /** The run's directory on the host. */
  readonly directory: string;
}

/** A program's way of starting: what is written before the agent itself. */
interface Way {
  readonly before?: string;
  readonly deadlineMs: number;
  readonly start: Omit<AgentStart, "nonce" | "name">;
}

/** A new agent, and what it said when it was ready. */
interface Started {
  readonly loop: AgentLoop;
  readonly answer: string;
}

/**
 * The agents on one connection.
 *
 * Owns their channels: at most 8, each doing one thing at a time, as the login user or, inside sudo, as another. They
 * are kept for what comes next. An agent that ends unasked means that the connection is lost.
 */
export class AgentPool {
  readonly #connection: Connection;
  readonly #name: string;
  readonly #nonce = randomBytes(16).toString("hex");
  /** In the order they were started: the first ones do most, and the rest are spared. */
  readonly #agents = new Map<AgentLoop, { readonly user: string; busy: boolean }>();
  readonly #waiting: (() => void)[] = [];
  #starting = 0;
  #login: Login | undefined;
  #startMs = 0;
  #saved = false;
  #lost: string | undefined;

  /** @param name of the run's directory */
  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.#name = name;
    connection.onClose((reason) => {
      this.#lost ??= reason;
      this.#wake();
    });
  }

  /**
   * Starts the first agent. `login`: inside a login shell, so that jobs get the environment it makes; if that prints,
   * ends or hangs instead of starting the agent, without.
   * @param note told why, then
   * @throws {ConnectionLost} when no agent can be started
   */
  async open(login: boolean, note: (text: string) => void, signal: AbortSignal): Promise<Login> {
    const give = this.#startFirst(login, note);
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const begin = performance.now();
      this.#login = await Promise.race([give, aborted.promise]);
      this.#startMs = performance.now() - begin;
      return this.#login;
    } catch (error) {
      give.catch(() => undefined);
      this.#lost ??= "given up";
      for (const loop of this.#agents.keys()) loop.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** How long the first agent took until it was ready. */
  get startMs(): number {
    return this.#startMs;
  }

  /**
   * Does one thing with an agent that has nothing else to do, and keeps the agent.
   * @param user absent: the login user
   * @throws {SudoRefused} when there is no agent for that user
   * @throws {ConnectionLost}
   */
  async with<T>(user: string | undefined, use: (loop: AgentLoop) => Promise<T>): Promise<T> {
    const loop = await this.#take(user === this.#login?.user ? "" : (user ?? ""));
    try {
      return await use(loop);
    } finally {
      this.#release(loop);
    }
  }

  /** Lets idle agents end, and waits for that. */
  async close(): Promise<void> {
    this.#lost ??= "closed";
    const ending = [...this.#agents].flatMap(([loop, { busy }]) => (busy ? [] : [loop]));
    for (const loop of ending) loop.end();
    await Promise.race([Promise.all(ending.map((loop) => loop.closed)), sleep(GOODBYE_MS, undefined, { ref: false })]);
    this.#wake();
  }

  async #take(user: string): Promise<AgentLoop> {
    for (;;) {
      this.#check();
      const idle = [...this.#agents].filter(([, agent]) => !agent.busy);
      const [loop, agent] = idle.find(([, agent]) => agent.user === user) ?? [];
      if (loop !== undefined && agent !== undefined) {
        agent.busy = true;
        return loop;
      }
      if (this.#agents.size + this.#starting < AGENTS) break;
      const [other] = idle[0] ?? [];
      if (other === undefined) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      } else {
        this.#agents.delete(other);
        other.end();
        await other.closed;
      }
    }
    return this.#startAs(user);
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

  async #startFirst(login: boolean, note: (text: string) => void): Promise<Login> {
    const { loop, answer } = login
      ? await this.#startInLogin(note)
      : await this.#start("", { deadlineMs: START_MS, start: {} });
    const known = parseReady(answer);
    this.#release(loop);
    return known;
  }

  async #startInLogin(note: (text: string) => void): Promise<Started> {
    let pid: number | undefined;
    const way: Way = { before: loginLine(this.#nonce), deadlineMs: LOGIN_MS, start: { login: "save" } };
    try {
      const started = await this.#start("", way, (loop) => (pid = loop.pid));
      this.#saved = true;
      return started;
    } catch (error) {
      if (!(error instanceof NotReady || (error instanceof AgentGone && !error.cut))) throw error;
      note(`the login shell's profile did not come to its end (${error.message}): steps run without what it sets`);
      const started = await this.#start("", { deadlineMs: START_MS, start: {} });
      if (pid !== undefined) await started.loop.request(Buffer.from(`wm_hang ${pid}\n`));
      return started;
    }
  }

  async #startAs(user: string): Promise<AgentLoop> {
    const known = this.#login;
    if (known === undefined) throw new Error("the pool was not opened");
    const { directory } = known;
    const own = { uid: known.uid, user: known.user, ...(this.#saved && { login: "load" as const }) };
    const start = { directory, ...(user === "" && own) };
    try {
      const way = { deadlineMs: START_MS, start, ...(user !== "" && { before: sudoLine(user) }) };
      const { loop } = await this.#start(user, way);
      return loop;
    } catch (error) {
      if (user !== "" && error instanceof AgentGone && error.close.code !== undefined) {
        throw new SudoRefused(sudoWords(error));
      }
      throw error;
    }
  }

  /** Resolves once it is ready; it counts as busy then. `late`: told of the loop when it was not ready in time. */
  async #start(
    user: string,
    { before = "", deadlineMs, start }: Way,
    late: (loop: AgentLoop) => void = () => {},
  ): Promise<Started> {
    let ready = false;
    const channel = await this.#open();
    const loop: AgentLoop = new AgentLoop(channel, this.#nonce, (asked) => {
      this.#agents.delete(loop);
      if (ready && !asked) this.#lost ??= "the agent ended";
      this.#wake();
    });
    this.#agents.set(loop, { user, busy: true });
    const lines = agentStart({ ...start, nonce: this.#nonce, name: this.#name });
    const deadline = new AbortController();
    try {
      const answer = await Promise.race([
        loop.request(Buffer.concat([Buffer.from(before), lines])),
        sleep(deadlineMs, undefined, { signal: deadline.signal }).then(() => {
          throw new NotReady(`no answer within ${deadlineMs / 1000} s`);
        }),
      ]);
      ready = true;
      return { loop, answer };
    } catch (error) {
      late(loop);
      this.#agents.delete(loop);
      loop.destroy();
      this.#wake();
      throw error;
    } finally {
      deadline.abort();
    }
  }

  async #open(): Promise<Channel> {
    this.#starting++;
    try {
      return await this.#connection.exec(AGENT_COMMAND);
    } finally {
      this.#starting--;
    }
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #check(): void {
    if (this.#lost !== undefined) throw new ConnectionLost(`Lost ${this.#connection.host.name}: ${this.#lost}`);
  }
}

/** What was started is no agent, or did not say in time that it is ready. */
export class NotReady extends ConnectionLost {}

/** What sudo(8) said, or else the shell that did not find it. */
function sudoWords({ noise, close }: AgentGone): string {
  const own = noise.filter((line) => line.startsWith("sudo: "));
  return (own.length > 0 ? own : noise.slice(-1)).join("; ") || `sudo ended with ${close.code}`;
}

/** `ready UID USER DIRECTORY`; only the directory has slashes. */
function parseReady(answer: string): Login {
  const [, uid, user, directory] = /^ready ([0-9]+) ([^/]*) (\/.*)$/.exec(answer) ?? [];
  if (uid === undefined || user === undefined || directory === undefined) throw new NotReady(`not an agent: ${answer}`);
  return { uid, user, directory };
}
