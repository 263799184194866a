import type { CapsuleRef, EventBody, Holder, RunEvent, ShellLeft, TaskOutput } from "../model/event.ts";
import type { Facts, Host } from "../model/inventory.ts";
import type { InputDeclaration } from "../model/runbook.ts";
import type { FileAccess } from "./copy-port.ts";

/*
 * All that the engine knows of its surroundings. Adapters live in transport/, journal/ and ui/ and are held to
 * these contracts by the suites in test/contract/.
 */

export {
  type FileAccess,
  type FileChange,
  type FileEntry,
  type FileListing,
  type FileQuery,
  FilesRefused,
  type FilesToRead,
  type FilesToWrite,
} from "./copy-port.ts";

/** Reaches hosts. One instance a run. */
export interface Transport {
  /**
   * Connects, checks the host key, logs in and starts the agent. One connection a host: the caller keeps the session.
   * @throws {ConnectError} when the host cannot be used; nothing has run on it then.
   */
  open(host: Host, signal: AbortSignal): Promise<Session>;
  /** Closes what is shared between sessions. */
  close(): Promise<void>;
}

/**
 * Why a host could not be reached. `retryable`: trying again may help (refused, timed out). `final`: it will not, even on
 * a host that is only starting up and refuses logins until it has: a wrong key.
 */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly final: boolean;
  constructor(
    code: string,
    message: string,
    options: { hint: string; retryable: boolean; final?: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable;
    this.final = options.final ?? false;
  }
}

/** What the lease of a host says. Times in milliseconds before now, by the host's clock. */
export interface HeldBy extends Pick<Holder, "run" | "owner" | "state"> {
  readonly takenMs?: number;
  readonly renewedMs?: number;
}

/** Another run has the host: this one may do nothing there, and nothing was done. */
export class HostHeld extends ConnectError {
  readonly host: string;
  readonly by: HeldBy;
  constructor(host: string, by: HeldBy) {
    super("WM6010", `${host} is held by run ${by.run} of ${by.owner}`, {
      hint: "resume when that run is over, or rests; --wait 10m waits for it",
      retryable: false,
      final: true,
    });
    this.host = host;
    this.by = by;
  }
}

/** The connection died under a call. What the call was to do on the host may or may not have happened; jobs go on. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** Names one attempt of one task on one host, for ever. */
export interface JobKey {
  /** The run's random token: names its directory on the host. */
  readonly token: string;
  /** Inventory name of the host: homes and disks may be shared. */
  readonly host: string;
  /** 32 lower-case hex digits. */
  readonly task: string;
  /** From 1. */
  readonly attempt: number;
  /** The user it runs as when that is not the login user (`sudo`). */
  readonly user?: string;
}

export interface Job {
  readonly key: JobKey;
  /** Program and options; the path of the staged script is appended. */
  readonly interpreter: readonly string[];
  /** The script, as it is staged on the host. */
  readonly code: string;
  /** Working directory; a leading `~` is the home of the user that the job runs as. Absent: that home. */
  readonly dir?: string;
  /** Added to the environment; travels as data on stdin, never in argv. */
  readonly env: Readonly<Record<string, string>>;
  /** What it takes up from jobs before it. Absent: nothing. */
  readonly carries?: Carries;
  /** It hands on what its shell exports and where that ends: for interpreters that are POSIX shells. Absent: nothing. */
  readonly keeps?: Keeps;
  /** Enforced on the host, by its own clock. */
  readonly timeoutMs: number;
  /** It goes on until it is cancelled, whatever `timeoutMs` says, or until nobody was there for it for `lapseMs`. */
  readonly background?: {
    readonly lapseMs: number;
    /** Called once it has begun, or is over already. */
    readonly onGoing: () => void;
  };
  /** Tells what it would do, and changes nothing. */
  readonly preview?: Look;
}

/** What a job or a look takes up from jobs before it. */
export interface Carries {
  /** The job, of the same run, host and user, whose exports they are; `env` wins over them. */
  readonly exports?: CapsuleRef;
  /** `dir` is no more than the home of somebody: where it cannot be entered, the user's own home will do. */
  readonly orHome?: boolean;
  /** Of the run that the job is of, for looks. Absent: the session's. */
  readonly token?: string;
}

/** What is never handed on, whatever a script does with it. */
export interface Keeps {
  /** Of variables. */
  readonly except: readonly string[];
  /** Texts, such as secrets: no value that contains one. */
  readonly hide: readonly string[];
  /** What the job prints is such a text. */
  readonly hideOutput: boolean;
}

/** Byte offsets into the job's streams. */
export interface Offsets {
  readonly stdout: number;
  readonly stderr: number;
}

/** Takes what a job prints. Where it answers with a promise, it can do with more once that has settled. */
export type OutputSink = (stream: "stdout" | "stderr", chunk: Uint8Array) => unknown;

export type JobEnd =
  | {
      /** There is a status: the job is over, and every byte from the given offsets on has been delivered. */
      readonly type: "ended";
      readonly end: "exited" | "timeout" | "cancelled";
      /** 0–255; 128 + n after signal n. */
      readonly exit: number;
      /** By the host's clock. */
      readonly durationMs: number;
      /** What a job that {@link Job.keeps} has left to those after it. */
      readonly left?: ShellLeft;
    }
  /** It never ran and never will under this key: it could not be staged (disk full, no interpreter, no sudo), or a tombstone stands. */
  | { readonly type: "refused"; readonly reason: string }
  /** It was started, has no status, and nothing of it is alive. */
  | { readonly type: "unknown"; readonly reason: string };

/** `not-begun`: it needs a terminal to begin. `left`: it may be going on, without its terminal. */
export type InteractEnd = JobEnd | { readonly type: "not-begun" | "left" };

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The operator's terminal while a program has it: what is typed and what is printed passes unread and unchanged. */
export interface LentTerminal {
  /** `$TERM` */
  readonly type: string;
  size(): TerminalSize;
  write(bytes: Uint8Array): void;
  /** Both are set once. */
  onInput(listener: (bytes: Uint8Array) => void): void;
  onResize(listener: (size: TerminalSize) => void): void;
}

/** Lends the terminal until `use` is over, however that ends; then it is as it was. */
export type LendTerminal = (use: (terminal: LentTerminal) => Promise<void>) => Promise<void>;

/** A shell for a person, where a step stands: no job, and nothing of it is kept. */
export interface Shell {
  /** Whose it is, where that is not the login user (`sudo`). */
  readonly user?: string;
  /** As of a job. Where it cannot be entered, the shell says so and begins at home. */
  readonly dir?: string;
  /** As of a job. */
  readonly env: Readonly<Record<string, string>>;
  /** As of a job. Where that is gone, the shell says so and goes without. */
  readonly carries?: Carries;
  /** Token of the run that `carries` is of. Absent: the session's. */
  readonly token?: string;
}

export type ShellEnd =
  | { readonly type: "ended" }
  /** It could not be begun. */
  | { readonly type: "refused"; readonly reason: string };

/** What is left of a job that is not to run, or not to go on. */
export type Settled = "never-ran" | "ended" | "running" | "unknown";

/** What has become of an order to reboot. `going`: the host takes it; `rebooted`: it has booted anew since. */
export type RebootOrder =
  | { readonly type: "going" | "rebooted" }
  /** In the host's own words. */
  | { readonly type: "refused"; readonly reason: string };

/** A login on one host. Every call may throw {@link ConnectionLost}; after that only `close` may be called. */
export interface Session {
  readonly host: Host;
  /** The login user's name on the host. */
  readonly user: string;
  /** What had to be done without when it was opened, in a sentence. */
  readonly note?: string;
  /** Names the boot that the host runs in, and no other of its boots; `""` where it does not say. */
  readonly boot: string;
  /** Names the run's folder on the host, and no other that is made in its place; `""` where that cannot be told. */
  readonly folder: string;
  /** @param signal nobody wants to know any more: rejects with its reason */
  facts(signal?: AbortSignal): Promise<Facts>;
  /** Has the host reboot, as root, if it still runs in that boot: once, however often it is called. */
  reboot(boot: string): Promise<RebootOrder>;
  /**
   * Starts the job, or attaches to it if its key is already claimed: at most once, however often it is called.
   * Delivers what it prints from `from` on, in order per stream, and resolves once it is over.
   * Aborting `signal` stops following it, not the job: rejects with the signal's reason.
   */
  run(job: Job, from: Offsets, sink: OutputSink, signal: AbortSignal): Promise<JobEnd>;
  /**
   * Follows a job that was started earlier and never starts it; an unclaimed key answers `refused` and stands as a
   * tombstone, so that no late starter can run it either.
   */
  attach(key: JobKey, from: Offsets, sink: OutputSink, signal: AbortSignal): Promise<JobEnd>;
  /**
   * The same with the job on the operator's terminal, on a pty of its own; what it prints is not kept. `lend` gives the
   * terminal: it is asked for only if nothing of the job has begun. One that has begun has lost its terminal: it gets
   * HUP, and is followed to its end. Aborting `hangUp` takes the terminal away from it, and waits a moment.
   */
  interact(job: Job, lend: LendTerminal | undefined, hangUp: AbortSignal, signal: AbortSignal): Promise<InteractEnd>;
  /**
   * Has the account's own shell on the operator's terminal, on a pty, until it ends. Nothing of it stays on the host.
   * Aborting `signal` takes the terminal away from it, and rejects with the signal's reason.
   */
  shell(shell: Shell, lend: LendTerminal, signal: AbortSignal): Promise<ShellEnd>;
  /** TERM, a grace of `graceMs`, KILL, then proof. `running` and `unknown` mean: no proof. */
  cancel(key: JobKey, graceMs: number): Promise<Settled>;
  /**
   * Runs something that only looks (`unless`, `creates`), outside any capsule, as `user`.
   * @returns exit status and at most 1 MiB of each stream
   */
  look(command: Look, signal: AbortSignal): Promise<LookResult>;
  /** Its files, for copying. */
  readonly files: FileAccess;
  /** Removes everything the run keeps on this host. Safe to call twice. */
  clean(token: string): Promise<void>;
  /** The same, but for what jobs have handed on, and the originals of files that it changed. */
  settle(token: string): Promise<void>;
  /** Other runs may have the host from now on, unless something that this one began is still at work there. Never throws for a lost connection. */
  release(): Promise<void>;
  close(): Promise<void>;
}

export interface Look {
  readonly interpreter: readonly string[];
  readonly code: string;
  readonly user?: string;
  readonly dir?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly carries?: Carries;
  readonly timeoutMs: number;
}

export interface LookResult {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Of `stdout`, or of `stderr`, there was more. */
  readonly truncated?: boolean;
  /** It took too long, and was ended. */
  readonly timedOut?: boolean;
  /** Why it could not be started at all. */
  readonly refused?: string;
}

/** The run's list of events, on disk. */
export interface Journal {
  /** Stamps the events and resolves with them once they are on disk (fsync); concurrent calls share one. Order of calls is order on disk. */
  append(...events: readonly EventBody[]): Promise<readonly RunEvent[]>;
  /**
   * The log of one task, emptied: bytes are written as they come; already redacted.
   * @param attempt what writes it: what others have written is put aside
   */
  openLog(step: string, host: string, attempt?: CapsuleRef): Promise<TaskLog>;
  close(): Promise<void>;
}

export interface TaskLog {
  /** Where it answers with a promise, the disk is behind, and can do with more once that has settled. */
  write(stream: "stdout" | "stderr", text: string): unknown;
  close(): Promise<void>;
}

/** The person who runs the guide. Off a terminal there is nobody. */
export interface Operator {
  /** @returns undefined where nobody is there, or nobody wants to say */
  confirm(question: Confirmation, signal: AbortSignal): Promise<boolean | undefined>;
  /** A value that passes the declaration's checks; undefined as above. */
  input(declaration: InputDeclaration, signal: AbortSignal): Promise<string | undefined>;
  /** Lends the terminal to a step on a host, and says so before. Absent where there is none. */
  readonly lend?: (to: { readonly title: string; readonly host: string }) => LendTerminal;
}

/** A question that is answered by yes or no. */
export interface Confirmation {
  /** `checkpoint`: go on? `confirm`: run it? `manual`: is it done? `fix`: run `fix`, and then the step again? */
  readonly about: "checkpoint" | "confirm" | "manual" | "fix";
  readonly step: string;
  readonly title: string;
  readonly hosts: readonly string[];
  /** What the guide wants said; filled in. May be empty. */
  readonly text: string;
  /** Of `manual`: one item of its list. */
  readonly item?: string;
  /** Of `fix`: the step that would be run. */
  readonly fix?: { readonly step: string; readonly title: string };
}

/** Where events go besides the journal: plain lines, JSON, a screen. Never throws, never waits. */
export interface Reporter {
  event(event: RunEvent): void;
  /** Where it answers with a promise, the reader is behind, and can do with more once that has settled. */
  output(output: TaskOutput): unknown;
}

export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Hides secret values, whatever form they are printed in: raw, JSON-escaped, base64. */
export interface Redactor {
  /** From now on this value is `«secret»`. */
  add(value: string): void;
  redact(text: string): string;
  /** The texts that give a value away: itself, its lines, and what encodings make of them. */
  forms(value: string): readonly string[];
  /** For output that comes in chunks: a value may lie across their borders, and so may a UTF-8 character. */
  stream(): RedactedStream;
}

export interface RedactedStream {
  /** What may be shown now; the rest is held back until it is clear that it is no secret. */
  push(chunk: Uint8Array): string;
  /** What was held back. */
  end(): string;
}
