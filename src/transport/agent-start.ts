import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionLost } from "../engine/ports.ts";
import { AgentGone, AgentLoop } from "./agent-loop.ts";
import { AGENT_COMMAND, agentStart, loginLine, sudoLine } from "./agent-protocol.ts";
import type { AgentStart } from "./agent-protocol.ts";
import type { Connection } from "./connection.ts";

/** For an agent to say that it is ready. */
const START_MS = 20_000;
/** For the login shell to read its profile. */
const LOGIN_MS = 5000;

/** sudo would not let the login user be another. */
export class SudoRefused extends Error {
  override readonly name = "SudoRefused";
}

/** What was started is no agent, or did not say in time that it is ready. */
export class NotReady extends ConnectionLost {}

/** What is known of a host once the first agent runs there. */
export interface Login {
  readonly user: string;
  readonly uid: string;
  /** The run's directory on the host. */
  readonly directory: string;
}

/** A new agent, and what it said when it was ready. */
export interface Started {
  readonly loop: AgentLoop;
  readonly answer: string;
}

/** A way of starting: what is written before the agent itself, what that knows from the start, and how long it may take. */
interface Way {
  readonly before?: string;
  readonly deadlineMs?: number;
  readonly start?: Omit<AgentStart, "nonce" | "name">;
}

export interface StartOptions {
  /** Name of the run's directory. */
  readonly name: string;
  /** Told of every agent as soon as there is one, ready or not, and when its channel has closed; `asked`: by us. */
  readonly onOpen: (loop: AgentLoop, user: string) => void;
  readonly onGone: (loop: AgentLoop, asked: boolean) => void;
}

/** Starts the agents of one connection. Owns what they have in common: the nonce, and how they get their environment. */
export class AgentStarter {
  readonly #connection: Connection;
  readonly #options: StartOptions;
  readonly #nonce = randomBytes(16).toString("hex");
  #saved = false;

  constructor(connection: Connection, options: StartOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * The first one. `login`: inside a login shell, so that jobs get the environment it makes; if that prints, ends or
   * hangs instead of starting the agent, without.
   * @param note told why, then
   */
  async first(
    login: boolean,
    note: (text: string) => void,
  ): Promise<{ readonly loop: AgentLoop; readonly login: Login }> {
    const { loop, answer } = login ? await this.#inLogin(note) : await this.#start("");
    return { loop, login: parseReady(answer) };
  }

  /**
   * One more, as the login user (`""`) or another.
   * @throws {SudoRefused}
   */
  async another(user: string, { directory, uid, user: name }: Login): Promise<AgentLoop> {
    if (user === "") {
      const login = this.#saved ? { login: "load" as const } : {};
      return (await this.#start("", { start: { directory, uid, user: name, ...login } })).loop;
    }
    try {
      return (await this.#start(user, { before: sudoLine(user), start: { directory } })).loop;
    } catch (error) {
      if (error instanceof AgentGone && error.close.code !== undefined) throw new SudoRefused(sudoWords(error));
      throw error;
    }
  }

  async #inLogin(note: (text: string) => void): Promise<Started> {
    let pid: number | undefined;
    const way: Way = { before: loginLine(this.#nonce), deadlineMs: LOGIN_MS, start: { login: "save" } };
    try {
      const started = await this.#start("", way, (loop) => (pid = loop.pid));
      this.#saved = true;
      return started;
    } catch (error) {
      if (!(error instanceof NotReady || (error instanceof AgentGone && !error.cut))) throw error;
      note(`the login shell's profile did not come to its end (${error.message}): steps run without what it sets`);
      const started = await this.#start("");
      if (pid !== undefined) await started.loop.request(Buffer.from(`wm_hang ${pid}\n`));
      return started;
    }
  }

  /** Resolves once it is ready. `late`: told of the loop when it was not ready in time. */
  async #start(
    user: string,
    { before = "", deadlineMs = START_MS, start = {} }: Way = {},
    late: (loop: AgentLoop) => void = () => {},
  ): Promise<Started> {
    const { name, onOpen, onGone } = this.#options;
    const channel = await this.#connection.exec(AGENT_COMMAND);
    let ready = false;
    const loop: AgentLoop = new AgentLoop(channel, this.#nonce, (asked) => onGone(loop, asked || !ready));
    onOpen(loop, user);
    const deadline = new AbortController();
    try {
      const lines = agentStart({ ...start, nonce: this.#nonce, name });
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
      loop.destroy();
      throw error;
    } finally {
      deadline.abort();
    }
  }
}

/** What sudo(8) said, or else the shell that did not find it. */
function sudoWords({ noise, close }: AgentGone): string {
  const own = noise.filter((line) => line.startsWith("sudo: "));
  return (own.length > 0 ? own : noise.slice(-1)).join("; ") || `sudo ended with ${close.code}`;
}

/** `ready UID USER DIRECTORY`; only the directory has slashes. */
function parseReady(answer: string): Login {
  const [, uid, user, directory] = /^ready ([0-9]+) ([^/]*) (\/.*)$/.exec(answer) ?? [];
  if (uid === undefined || user === undefined || directory === undefined) {
    throw new NotReady(`not an agent: ${answer}`);
  }
  return { uid, user, directory };
}
