/*
 * Every call of the engine's port on a host, each a few lines over the agents: one class, since it is one port.
 */
import { dirname } from "node:path/posix";
import { ConnectError, ConnectionLost } from "../engine/ports.ts";
import type {
  InteractEnd,
  Job,
  JobEnd,
  JobKey,
  LendTerminal,
  Look,
  LookResult,
  Offsets,
  OutputSink,
  RebootOrder,
  Session,
  Settled,
  Shell,
  ShellEnd,
} from "../engine/ports.ts";
import { WaymarkError } from "../model/errors.ts";
import type { Facts, Host } from "../model/inventory.ts";
import { AgentGone } from "./agent-loop.ts";
import { AgentPool } from "./agent-pool.ts";
import { encodeRequest, quote } from "./agent-protocol.ts";
import { NotReady } from "./agent-start.ts";
import type { Login } from "./agent-start.ts";
import { type Connection, NoTerminal } from "./connection.ts";
import { interact } from "./terminal-job.ts";
import { openShell } from "./terminal-shell.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { type LeaseWish, runOf } from "./lease.ts";
import { SudoDesk } from "./sudo-desk.ts";
import { HostPasswords } from "./sudo-passwords.ts";
import { SudoRefused } from "./sudo-refused.ts";
import { CopyFiles } from "./copy-files.ts";
import { parseFacts } from "./host-facts.ts";
import { JobFollowing } from "./job-following.ts";
import { JobOutput } from "./job-output.ts";
import { PulseKeeper } from "./pulse-keeper.ts";
import { rebootRequest } from "./reboot-program.ts";
import { asideRequest, cancelRequest, directoryName, lookRequest, parseAnswer, unfit } from "./job-request.ts";

/** Of each stream of a look. The agent sends one byte more where there is more. */
const LOOK_BYTES = 1024 * 1024;
/** What timeout(1) and shells exit with: timed out; could not be started. */
const TIMED_OUT = 124;
const NOT_STARTED = 126;

export interface SessionOptions {
  /** The run's, see {@link JobKey}. */
  readonly token: string;
  /** Gives opening up. */
  readonly signal: AbortSignal;
  /** Whether jobs get the environment that the login shell makes; else that of the connection. Default: they do. */
  readonly login?: boolean;
  /** Leases the host for the run: without that nothing is to be changed there. Default: it is not leased. */
  readonly lease?: LeaseWish;
  /** What sudo asks for there. Default: nobody has an answer. */
  readonly passwords?: HostPasswords;
}

/**
 * Starts the agent on a host and with it a session; the connection is the session's from then on.
 * @throws {ConnectError} when no agent can be started there, or the connection dies meanwhile
 * @throws {HostHeld} when another run has the host
 */
export async function openSession(connection: Connection, options: SessionOptions): Promise<Session> {
  const { token, signal, login = true, lease } = options;
  const { passwords = new HostPasswords(connection.host) } = options;
  const pool = new AgentPool(connection, token, passwords, lease);
  const notes: string[] = [];
  try {
    const known = await pool.open(login, (text) => void notes.push(text), signal);
    return new AgentSession({ connection, passwords, pool, token, notes }, known);
  } catch (error) {
    await connection.close();
    signal.throwIfAborted();
    throw asConnectError(connection.host, error);
  }
}

function asConnectError({ name }: Host, error: unknown): unknown {
  if (!(error instanceof ConnectionLost)) return error;
  const lost = error instanceof AgentGone ? error.cut : !(error instanceof NotReady);
  return lost
    ? new ConnectError("WM6003", `${name}: lost before there was a shell to work with: ${error.message}`, {
        hint: "try again; if it stays so, look at the host's own logs",
        retryable: true,
        cause: error,
      })
    : new ConnectError("WM6000", `${name}: no shell to work with: ${error.message}`, {
        hint: "the login shell must be able to start sh, and the account must be allowed to run commands",
        retryable: false,
        cause: error,
      });
}

interface SessionParts {
  readonly connection: Connection;
  readonly passwords: HostPasswords;
  readonly pool: AgentPool;
  readonly token: string;
  readonly notes: readonly string[];
}

interface Answered {
  readonly answer: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** A login, as the engine sees it. Owns the connection and the agents on it. */
class AgentSession implements Session {
  readonly host: Host;
  readonly user: string;
  readonly boot: string;
  readonly folder: string;
  readonly note?: string;
  readonly files: CopyFiles;
  readonly #connection: Connection;
  readonly #pool: AgentPool;
  readonly #token: string;
  readonly #directory: string;
  readonly #desk: SudoDesk;
  readonly #lease: LeaseKeeper | undefined;
  #pulse: PulseKeeper | undefined;

  constructor(
    { connection, passwords, pool, token, notes: [note] }: SessionParts,
    { user, uid, boot, folder, directory, lease }: Login,
  ) {
    this.host = connection.host;
    this.user = user;
    this.boot = boot;
    this.folder = folder;
    if (note !== undefined) this.note = note;
    this.#connection = connection;
    this.#pool = pool;
    this.files = new CopyFiles(pool);
    const onLost = (): void => void this.close().catch(() => undefined);
    if (lease !== undefined && "folder" in lease) this.#lease = new LeaseKeeper(pool, onLost);
    this.#token = token;
    this.#directory = directory;
    this.#desk = new SudoDesk({ pool, connection, passwords, user, uid });
  }

  async facts(signal?: AbortSignal): Promise<Facts> {
    const { stdout } = await this.#ask(undefined, encodeRequest(["facts"]), signal);
    return parseFacts(stdout.toString(), this.user);
  }

  async reboot(boot: string): Promise<RebootOrder> {
    try {
      const { answer } = await this.#ask("root", rebootRequest(boot));
      if (answer === "going" || answer === "rebooted") return { type: answer };
      return { type: "refused", reason: answer.replace(/^refused /, "") };
    } catch (error) {
      if (error instanceof SudoRefused) return { type: "refused", reason: error.message };
      throw error;
    }
  }

  async run(job: Job, from: Offsets, sink: OutputSink, signal: AbortSignal): Promise<JobEnd> {
    const reason = unfit(job);
    if (reason !== undefined) return { type: "refused", reason };
    if (job.background !== undefined) this.#pulse ??= new PulseKeeper(this.#pool);
    const follow = (): Promise<JobEnd> => this.#follow(job.key, from, sink, signal, (following) => following.run(job));
    return job.key.user === undefined ? this.#desk.during(job.code, follow) : follow();
  }

  async attach(key: JobKey, from: Offsets, sink: OutputSink, signal: AbortSignal): Promise<JobEnd> {
    const follow = (): Promise<JobEnd> => this.#follow(key, from, sink, signal, (following) => following.attach());
    return key.user === undefined ? this.#desk.during(undefined, follow) : follow();
  }

  async interact(
    job: Job,
    lend: LendTerminal | undefined,
    hangUp: AbortSignal,
    signal: AbortSignal,
  ): Promise<InteractEnd> {
    this.#checkToken(job.key);
    const reason = unfit(job);
    if (reason !== undefined) return { type: "refused", reason };
    try {
      return await interact({ pool: this.#pool, connection: this.#connection }, job, lend, hangUp, signal);
    } catch (error) {
      if (error instanceof SudoRefused || error instanceof NoTerminal) return this.#setAside(job.key, error.message);
      throw error;
    }
  }

  async shell(shell: Shell, lend: LendTerminal, signal: AbortSignal): Promise<ShellEnd> {
    const reason = unfit({ ...shell, code: "" });
    if (reason !== undefined) return { type: "refused", reason };
    const around = { pool: this.#pool, connection: this.#connection, desk: this.#desk, token: this.#token };
    try {
      return await openShell(around, shell, lend, signal);
    } catch (error) {
      if (error instanceof SudoRefused || error instanceof NoTerminal) {
        return { type: "refused", reason: error.message };
      }
      throw error;
    }
  }

  async cancel(key: JobKey, graceMs: number): Promise<Settled> {
    this.#checkToken(key);
    try {
      const { answer } = await this.#ask(key.user, cancelRequest(key, graceMs));
      return answer === "never-ran" || answer === "ended" || answer === "running" ? answer : "unknown";
    } catch (error) {
      if (!(error instanceof SudoRefused)) throw error;
      const end = await this.#setAside(key, error.message);
      return end.type === "refused" ? "never-ran" : "unknown";
    }
  }

  /** A look that cannot be started at all is one that exits with 126 and says why on its stderr. */
  async look(command: Look, signal: AbortSignal): Promise<LookResult> {
    const not = (refused: string): LookResult => ({
      exit: NOT_STARTED,
      stdout: "",
      stderr: `${refused}\n`,
      refused,
    });
    const reason = unfit(command);
    if (reason !== undefined) return not(reason);
    try {
      const ask = (): Promise<Answered> => this.#ask(command.user, lookRequest(command, this.host.name), signal);
      const { answer, stdout, stderr } = await (command.user === undefined
        ? this.#desk.during(command.code, ask)
        : ask());
      const end = parseAnswer(answer);
      if (end.type === "refused") return not(end.reason);
      if (end.type !== "ended") throw new Error(`a look is ${end.type}`);
      const timedOut = end.end === "timeout";
      return {
        exit: timedOut ? TIMED_OUT : end.exit,
        stdout: stdout.subarray(0, LOOK_BYTES).toString(),
        stderr: stderr.subarray(0, LOOK_BYTES).toString(),
        ...(timedOut && { timedOut }),
        ...(Math.max(stdout.length, stderr.length) > LOOK_BYTES && { truncated: true }),
      };
    } catch (error) {
      if (error instanceof SudoRefused) return not(error.message);
      throw error;
    }
  }

  clean(token: string): Promise<void> {
    return this.#remove(token, "clean");
  }

  settle(token: string): Promise<void> {
    return this.#remove(token, "tidy");
  }

  /** Everybody removes what is theirs: nobody else may. */
  async #remove(token: string, call: "clean" | "tidy"): Promise<void> {
    const directory = `${dirname(this.#directory)}/${directoryName(token, this.host.name)}`;
    const request = encodeRequest([call, quote(directory), ...(call === "clean" ? [runOf(token)] : [])]);
    await this.#pool.allStarted();
    const { answer } = await this.#ask(undefined, request);
    const [left, ...others] = answer.split(" ");
    if (others.length === 0 && left !== "left") return;
    let why = "";
    for (const uid of others) {
      try {
        await this.#ask(`#${uid}`, encodeRequest(["own", call, quote(directory)]));
      } catch (error) {
        if (!(error instanceof SudoRefused)) throw error;
        why = `: ${error.message}`;
      }
    }
    const { answer: end } = await this.#ask(undefined, request);
    if (why === "" && !end.startsWith("left")) return;
    throw new WaymarkError("WM6002", `${directory} on ${this.host.name} cannot be removed entirely${why}`, {
      hint: "steps ran as other users there: remove it as root",
    });
  }

  async release(): Promise<void> {
    await this.#lease?.release();
  }

  async close(): Promise<void> {
    this.#lease?.stop();
    this.#desk.close();
    this.#pulse?.stop();
    await this.#pool.close();
    await this.#connection.close();
  }

  async #follow(
    key: JobKey,
    from: Offsets,
    sink: OutputSink,
    signal: AbortSignal,
    use: (following: JobFollowing) => Promise<JobEnd>,
  ): Promise<JobEnd> {
    this.#checkToken(key);
    signal.throwIfAborted();
    const following = new JobFollowing(this.#pool, key, new JobOutput(from, sink));
    try {
      return await unlessAborted(signal, use(following), () => following.stop());
    } catch (error) {
      if (error instanceof SudoRefused) return this.#setAside(key, error.message);
      throw error;
    }
  }

  /** sudo denies access to the key's user: it may still be certain that the job never ran. */
  async #setAside(key: JobKey, reason: string): Promise<JobEnd> {
    const { answer } = await this.#ask(undefined, asideRequest(key, reason));
    const end = parseAnswer(answer);
    return end.type === "refused" ? end : { type: "unknown", reason };
  }

  async #ask(user: string | undefined, request: Uint8Array, signal?: AbortSignal): Promise<Answered> {
    signal?.throwIfAborted();
    const chunks: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
    const bytes = { stdout: 0, stderr: 0 };
    const asked = this.#pool.with(user, (loop) => {
      const data = (stream: "stdout" | "stderr", chunk: Uint8Array): void => {
        // No agent prints more; what has its place may.
        if (bytes[stream] <= LOOK_BYTES) chunks[stream].push(chunk);
        bytes[stream] += chunk.length;
      };
      return unlessAborted(signal, loop.request(request, data), () => loop.destroy());
    });
    const answer = await unlessAborted(signal, asked, () => {});
    return { answer, stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) };
  }

  #checkToken(key: JobKey): void {
    if (key.token !== this.#token) throw new Error("a key of another run");
  }
}

/** Rejects with the signal's reason as soon as it is aborted, and leaves what was going on to itself. */
async function unlessAborted<T>(signal: AbortSignal | undefined, going: Promise<T>, onAbort: () => void): Promise<T> {
  if (signal === undefined) return going;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    onAbort();
    aborted.reject(signal.reason);
  };
  going.catch(() => undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([going, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
