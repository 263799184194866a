import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Job, JobEnd, JobKey, Look, Offsets, OutputSink, Session } from "../../src/engine/ports.ts";
import { openSession } from "../../src/transport/agent-session.ts";
import type { Connection } from "../../src/transport/connection.ts";
import { PATIENCE_MS, eventually, processesWith } from "./session-processes.ts";

export interface HostUnderTest {
  readonly connect: () => Promise<Connection>;
  /** Cuts a connection as a broken link does: nobody says goodbye. */
  readonly cut: (connection: Connection) => Promise<void>;
  /** Whether jobs get the environment of a login shell. */
  readonly login: boolean;
  /** A user that sudo lets the login user be; none where there is no sudo. */
  readonly other?: string;
}

export const START: Offsets = { stdout: 0, stderr: 0 };
export const within = (ms: number): AbortSignal => AbortSignal.timeout(ms);

/** A job that is followed, and what of it has been delivered so far. */
export interface Followed {
  readonly end: Promise<JobEnd>;
  /** Resolves once the text that is waited for has come on stdout. */
  readonly seen: Promise<void>;
  readonly stdout: () => Buffer;
  readonly stderr: () => Buffer;
}

/** Keeps what `start` delivers. `text`: what {@link Followed.seen} waits for. */
export function follow(start: (sink: OutputSink) => Promise<JobEnd>, text = ""): Followed {
  const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  const bytes = (stream: "stdout" | "stderr"): Buffer => Buffer.concat(chunks[stream]);
  const seen = Promise.withResolvers<void>();
  const end = start((stream, chunk) => {
    chunks[stream].push(Buffer.from(chunk));
    if (text !== "" && bytes("stdout").includes(text)) seen.resolve();
  });
  end.then(
    () => seen.reject(new Error(`it ended without printing ${text}`)),
    () => seen.reject(new Error(`it failed without printing ${text}`)),
  );
  seen.promise.catch(() => undefined);
  return { end, seen: seen.promise, stdout: () => bytes("stdout"), stderr: () => bytes("stderr") };
}

/** A run of its own on a host that is this machine: its sessions, its jobs, and what it leaves, seen from outside. */
export class SessionWorld {
  readonly token = randomBytes(8).toString("hex");
  readonly #host: HostUnderTest;
  readonly #opened: Session[] = [];
  #session: Session | undefined;
  #connection: Connection | undefined;
  /** Where the host keeps the directories of runs. */
  #place = "";
  readonly #held = join(tmpdir(), `waymark-held-${this.token}`);

  constructor(host: HostUnderTest) {
    this.#host = host;
  }

  /** Opens one more, which is `session` from then on. */
  async open(): Promise<Session> {
    const connection = await this.#host.connect();
    const session = await openSession(connection, {
      token: this.token,
      signal: within(PATIENCE_MS),
      login: this.#host.login,
    });
    this.#opened.push(session);
    this.#connection = connection;
    this.#session = session;
    if (this.#place === "") {
      const { stdout } = await session.look(this.looking('echo "$0"'), within(PATIENCE_MS));
      this.#place = dirname(dirname(dirname(stdout)));
    }
    return session;
  }

  /** Closes everything, and fails if something is left. */
  async end(): Promise<void> {
    this.release();
    await Promise.all(this.#opened.map((each) => each.close()));
    await eventually("no process of a job is left", () => this.jobProcesses().length === 0);
    const left = await this.directory();
    if (left !== undefined) await rm(left, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @returns what a job waits with until `release`: on a busy machine nobody knows how much happens in a second */
  hold(): string {
    writeFileSync(this.#held, "");
    return `while [ -e '${this.#held}' ]; do sleep 0.05; done`;
  }

  release(): void {
    rmSync(this.#held, { force: true });
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error("nothing is open");
    return this.#session;
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new Error("nothing is open");
    return this.#connection;
  }

  key(more: Partial<JobKey> = {}): JobKey {
    const task = randomBytes(16).toString("hex");
    return { token: this.token, host: this.connection.host.name, task, attempt: 1, ...more };
  }

  job(code: string, { env, ...more }: Partial<Job> = {}): Job {
    return {
      key: this.key(),
      interpreter: ["sh", "-e"],
      code,
      timeoutMs: PATIENCE_MS,
      ...more,
      env: { WAYMARK_TEST_RUN: this.token, ...env },
    };
  }

  looking(code: string, { env, ...more }: Partial<Look> = {}): Look {
    return {
      interpreter: ["sh"],
      code,
      timeoutMs: PATIENCE_MS,
      ...more,
      env: { WAYMARK_TEST_RUN: this.token, ...env },
    };
  }

  running(work: Job, text = "", signal = within(PATIENCE_MS), from = START): Followed {
    return follow((sink) => this.session.run(work, from, sink, signal), text);
  }

  attached(of: JobKey, from = START): Followed {
    return follow((sink) => this.session.attach(of, from, sink, within(PATIENCE_MS)));
  }

  async run(
    code: string,
    more: Partial<Job> = {},
  ): Promise<{ readonly end: JobEnd; readonly stdout: string; readonly stderr: string }> {
    const { end, stdout, stderr } = this.running(this.job(code, more));
    return { end: await end, stdout: stdout().toString(), stderr: stderr().toString() };
  }

  /** The run's directory on the host, while there is one. */
  async directory(): Promise<string | undefined> {
    const found = (await readdir(this.#place)).find((entry) => entry.startsWith(`waymark-${this.token}-`));
    return found === undefined ? undefined : join(this.#place, found);
  }

  /** Where the login user's own files are. */
  async ownFiles(): Promise<string> {
    return join((await this.directory()) ?? "", `u${process.getuid?.()}`);
  }

  /** The process that supervises a job. */
  async supervisor({ task, attempt }: JobKey): Promise<number> {
    const record = await eventually("a record", async () => {
      const text = await readFile(join((await this.directory()) ?? "", `${task}.${attempt}`), "utf8").catch(() => "");
      return text.endsWith(" .\n") && text;
    });
    return Number(record.split(" ")[1]);
  }

  jobProcesses(): readonly number[] {
    return processesWith("WAYMARK_TEST_RUN", this.token);
  }
}
