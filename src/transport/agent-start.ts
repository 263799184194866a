import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionLost } from "../engine/ports.ts";
import { AgentGone, AgentLoop } from "./agent-loop.ts";
import { AGENT_COMMAND, AGENT_PROGRAM_COMES, agentStart, loginLine, quote, sudoLine } from "./agent-protocol.ts";
import type { AgentStart } from "./agent-protocol.ts";
import type { Channel, Connection } from "./connection.ts";
import { type Lease, leaseVariables, type LeaseWish, parseLease, underLease } from "./lease.ts";

import { callSudo } from "./sudo-channel.ts";
import type { HostPasswords } from "./sudo-passwords.ts";
import { SudoRefused, sudoWords, wantsPassword } from "./sudo-refused.ts";

/** For an agent to say that it is ready. */
const START_MS = 20_000;
/** Characters of what is no answer of an agent. */
const ANSWER_SHOWN = 60;
/** For the login shell to read its profile: on a small machine that is busy it takes its time. */
const LOGIN_MS = 10_000;

/** What was started is no agent, or did not say in time that it is ready. */
export class NotReady extends ConnectionLost {}

/** What is known of a host once the first agent runs there. */
export interface Login {
  readonly user: string;
  readonly uid: string;
  /** Names the boot it runs in: the kernel's boot id, and when process 1 was started (containers share kernels). */
  readonly boot: string;
  /** Names the run's directory, and no other that is made in its place; `""` where that cannot be told. */
  readonly folder: string;
  /** The run's directory on the host. */
  readonly directory: string;
  /** Where the host was leased: what everything there works under. */
  readonly lease?: Lease;
}

/** A new agent, and what it said when it was ready. */
export interface Started {
  readonly loop: AgentLoop;
  readonly answer: string;
  /** What it printed before that. */
  readonly said: string;
}

/** A way of starting: what is written before the agent itself, what that knows from the start, and how long it may take. */
interface Way {
  readonly before?: string;
  /** Where it is started; default: in a channel of its own. */
  readonly open?: () => Promise<Channel>;
  readonly deadlineMs?: number;
  readonly start?: Omit<AgentStart, "nonce" | "name">;
}

export interface StartOptions {
  /** Name of the run's directory. */
  readonly name: string;
  /** The first agent leases the host for this run. Absent: nothing is to be changed there. */
  readonly lease?: LeaseWish & { readonly token: string };
  /** Told of every agent as soon as there is one, ready or not, and when its channel has closed; `asked`: by us. */
  readonly onOpen: (loop: AgentLoop, user: string) => void;
  readonly onGone: (loop: AgentLoop, asked: boolean) => void;
  /** What sudo asks for there. */
  readonly passwords: HostPasswords;
  /** Nobody wants any more agents. */
  readonly signal: AbortSignal;
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
   * @throws {HostHeld} where another run has the host
   */
  async first(
    login: boolean,
    note: (text: string) => void,
  ): Promise<{ readonly loop: AgentLoop; readonly login: Login }> {
    const lease = this.#leasing();
    const { loop, answer, said } = login ? await this.#inLogin(note, lease) : await this.#start("", { start: lease });
    const ready = parseReady(answer);
    if (lease.lease === undefined) return { loop, login: ready };
    return { loop, login: { ...ready, lease: parseLease(this.#connection.host.name, said) } };
  }

  /**
   * One more, as the login user (`""`) or another, by name or, behind a `#`, by number.
   * @throws {SudoRefused}
   */
  async another(user: string, login: Login): Promise<{ readonly loop: AgentLoop; readonly uid: string }> {
    const { loop, answer } = await this.#another(user, login);
    return { loop, uid: parseReady(answer).uid };
  }

  async #another(user: string, { directory, uid, user: name, lease: under }: Login): Promise<Started> {
    const lease = underLease(under);
    if (user === "") {
      const login = this.#saved ? { login: "load" as const } : {};
      return this.#start("", { start: { directory, uid, user: name, lease, ...login } });
    }
    const { passwords } = this.#options;
    const start = { directory, lease };
    if (!passwords.asks) {
      try {
        return await this.#start(user, { before: sudoLine(user), start });
      } catch (error) {
        if (!(error instanceof AgentGone) || error.close.code === undefined) throw error;
        if (!wantsPassword(error.noise)) throw new SudoRefused(sudoWords(error.noise, error.close.code));
        passwords.asks = true;
      }
    }
    return this.#start(user, { open: () => this.#insideSudo(user), start });
  }

  async #insideSudo(user: string): Promise<Channel> {
    const { passwords, signal } = this.#options;
    const call = { connection: this.#connection, passwords, signal };
    const channel = await callSudo(call, ["-H", "-u", quote(user)], AGENT_PROGRAM_COMES);
    if (channel === undefined) throw new SudoRefused("sudo began nothing");
    return channel;
  }

  #leasing(): Pick<AgentStart, "lease"> {
    const { lease } = this.#options;
    return lease === undefined ? {} : { lease: leaseVariables(lease.token, this.#connection.host.name, lease) };
  }

  async #inLogin(note: (text: string) => void, lease: Pick<AgentStart, "lease">): Promise<Started> {
    let pid: number | undefined;
    const way: Way = { before: loginLine(this.#nonce), deadlineMs: LOGIN_MS, start: { login: "save", ...lease } };
    try {
      const started = await this.#start("", way, (loop) => (pid = loop.pid));
      this.#saved = true;
      return started;
    } catch (error) {
      if (!(error instanceof NotReady || (error instanceof AgentGone && !error.cut))) throw error;
      note(`the login shell's profile did not come to its end (${error.message}): steps run without what it sets`);
      const started = await this.#start("", { start: lease });
      if (pid !== undefined) await started.loop.request(Buffer.from(`wm_hang ${pid}\n`));
      return started;
    }
  }

  /** Resolves once it is ready. `late`: told of the loop when it was not ready in time. */
  async #start(
    user: string,
    { before = "", open = () => this.#connection.exec(AGENT_COMMAND), deadlineMs = START_MS, start = {} }: Way = {},
    late: (loop: AgentLoop) => void = () => {},
  ): Promise<Started> {
    const { name, onOpen, onGone } = this.#options;
    const channel = await open();
    let ready = false;
    const loop: AgentLoop = new AgentLoop(channel, this.#nonce, (asked) => onGone(loop, asked || !ready));
    onOpen(loop, user);
    const deadline = new AbortController();
    const said: Uint8Array[] = [];
    try {
      const lines = agentStart({ ...start, nonce: this.#nonce, name });
      const answer = await Promise.race([
        loop.request(Buffer.concat([Buffer.from(before), lines]), (_stream, chunk) => void said.push(chunk)),
        sleep(deadlineMs, undefined, { signal: deadline.signal }).then(() => {
          throw new NotReady(`no answer within ${deadlineMs / 1000} s`);
        }),
      ]);
      ready = true;
      return { loop, answer, said: Buffer.concat(said).toString() };
    } catch (error) {
      late(loop);
      loop.destroy();
      throw error;
    } finally {
      deadline.abort();
    }
  }
}

/** `ready UID BOOT FOLDER USER DIRECTORY`; only the directory has slashes. */
function parseReady(answer: string): Login {
  const [, uid, boot, folder, user, directory] = /^ready ([0-9]+) (\S*) (\S*) ([^/]*) (\/.*)$/.exec(answer) ?? [];
  if (
    uid === undefined ||
    boot === undefined ||
    folder === undefined ||
    user === undefined ||
    directory === undefined
  ) {
    throw new NotReady(`what answers is none: ${answer.slice(0, ANSWER_SHOWN)}`);
  }
  return { uid, boot: boot === ":" ? "" : boot, folder, user, directory };
}
