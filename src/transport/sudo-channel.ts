import { randomBytes } from "node:crypto";
import { ConnectionLost } from "../engine/ports.ts";
import { AGENT_COMMAND, quote } from "./agent-protocol.ts";
import { AnswerFailed } from "./asker.ts";
import type { Channel, ChannelClose, Connection } from "./connection.ts";
import type { HostPasswords } from "./sudo-passwords.ts";
import {
  SudoRefused,
  isLate,
  isWrong,
  passwordMissing,
  passwordWrong,
  questionUnknown,
  sudoWords,
} from "./sudo-refused.ts";

/** Without a prompt, an end or a start; a finger reader gives up after 30 s, and the password is asked for then. */
const SILENCE_MS = 40_000;
/** For sudo to end once it knows that no password comes. */
const GOODBYE_MS = 3000;
/** What is kept of what it prints. */
const SAID_CHARACTERS = 8000;
/** What is listened to before the program begins: a host may print without end. */
const STRAY_BYTES = 1024 * 1024;

/** How one way of calling sudo went that asks on its stdin. */
export interface SudoCall {
  readonly connection: Connection;
  readonly passwords: HostPasswords;
  /** Gives up: nobody wants it any more. */
  readonly signal: AbortSignal;
  /** Tests wait less. */
  readonly silenceMs?: number;
}

/**
 * Starts a program inside `sudo -S` (sudo(8)), and gives it the password if it asks for one: only at the very prompt that
 * was made up for this call, so that nothing else can get it. sudo reads its line byte by byte and nothing behind it.
 * @param options of sudo
 * @param program shell text that runs inside sudo; it inherits the channel. Absent: sudo does something by itself, and ends
 * @returns the channel, from where the program has begun; or undefined without one, where sudo has ended well
 * @throws {SudoRefused} and nothing of the program has run
 */
export async function callSudo(
  call: SudoCall,
  options: readonly string[],
  program?: string,
): Promise<Channel | undefined> {
  return call.passwords.inTurn(async () => {
    for (;;) {
      const channel = await converse(call, options, program);
      if (channel !== "late") return channel;
    }
  });
}

/** One call. `late`: sudo did not wait for the answer; the next one has it at once. */
async function converse(
  call: SudoCall,
  options: readonly string[],
  program: string | undefined,
): Promise<Channel | undefined | "late"> {
  const [prompt, mark] = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
  const channel = new HeldChannel(await call.connection.exec(AGENT_COMMAND), mark);
  // `%p`: whose password it is, which sudoers may make another's than the login user's.
  const words = ["sudo", "-S", "-p", quote(`${prompt}:%p:`), ...options];
  const inside = program === undefined ? [] : ["--", "sh", "-c", quote(`echo ${mark}; ${program}`)];
  channel.write(`export LC_ALL=C; exec ${[...words, ...inside].join(" ")}\n`);
  try {
    const end = await answerPrompts(call, channel, new RegExp(`${prompt}:([^:\\n]*):`, "g"));
    if (end === "begun") return channel.release();
    return end === "late" ? end : undefined;
  } catch (error) {
    channel.end();
    setTimeout(() => channel.destroy(), GOODBYE_MS).unref();
    throw error;
  }
}

/** Answers until the program inside has begun, or sudo has ended well. `asked`: what its prompts look like. */
async function answerPrompts(
  { connection, passwords, signal, silenceMs = SILENCE_MS }: SudoCall,
  channel: HeldChannel,
  asked: RegExp,
): Promise<"begun" | "ended" | "late"> {
  const prompts = (): readonly string[] => [...channel.said.matchAll(asked)].map(([, user = ""]) => user);
  const lines = (): readonly string[] => {
    const plain = channel.said.replace(asked, "\n").split("\n");
    return plain.map((line) => line.trim()).filter((line) => line !== "");
  };
  let given: { readonly user: string; readonly password: string } | undefined;
  for (let answered = 0; ; answered++) {
    const hasNews = (): boolean =>
      channel.begun || channel.floods || channel.close !== undefined || prompts().length > answered;
    if (!(await channel.until(hasNews, silenceMs, signal))) throw questionUnknown(lines().at(-1) ?? "");
    if (channel.floods) throw new SudoRefused("sudo printed more than 1 MiB instead of beginning");
    const user = prompts()[answered];
    if (channel.begun || user === undefined) break;
    if (given !== undefined) passwords.wrong(given.user, given.password);
    const password = await answer(passwords, user, signal);
    if (password === undefined) {
      throw passwords.wasWrong(user) ? passwordWrong(user, lines()) : passwordMissing(user);
    }
    given = { user, password };
    channel.write(`${password}\n`);
  }
  if (channel.begun || channel.close?.code === 0) {
    if (given !== undefined) passwords.right(given.user, given.password);
    return channel.begun ? "begun" : "ended";
  }
  const code = channel.close?.code;
  if (code === undefined) throw new ConnectionLost(`Lost ${connection.host.name} while sudo was about to start`);
  if (isLate(lines()) && given !== undefined) return "late";
  if (given === undefined || !isWrong(lines())) throw new SudoRefused(sudoWords(lines(), code));
  passwords.wrong(given.user, given.password);
  throw passwordWrong(given.user, lines());
}

async function answer(passwords: HostPasswords, user: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await passwords.next(user, signal);
  } catch (error) {
    if (error instanceof AnswerFailed) throw new SudoRefused(`${error.message} (${error.hint})`);
    throw error;
  }
}

/**
 * A channel whose output is looked at first and handed on later. Owns what has come until then: handed on is of stdout
 * what stands behind the mark, of stderr nothing.
 */
class HeldChannel implements Channel {
  readonly #channel: Channel;
  readonly #mark: string;
  #stdout: Buffer = Buffer.alloc(0);
  #begun = false;
  /** Bytes, of both streams. */
  #heard = 0;
  #stderr = "";
  #close: ChannelClose | undefined;
  #wake: () => void = () => {};
  #toStdout: ((chunk: Uint8Array) => void) | undefined;
  #toStderr: ((chunk: Uint8Array) => void) | undefined;
  #toClose: ((close: ChannelClose) => void) | undefined;

  /** @param mark the line that the program begins with */
  constructor(channel: Channel, mark: string) {
    this.#channel = channel;
    this.#mark = `${mark}\n`;
    channel.onStdout((chunk) => {
      if (this.#toStdout !== undefined) return this.#toStdout(chunk);
      this.#heard += chunk.length;
      if (this.floods) return this.#wake();
      this.#stdout = Buffer.concat([this.#stdout, chunk]);
      this.#begun ||= this.#stdout.includes(this.#mark);
      this.#wake();
    });
    channel.onStderr((chunk) => {
      if (this.#toStderr !== undefined) return this.#toStderr(chunk);
      this.#heard += chunk.length;
      this.#stderr = (this.#stderr + Buffer.from(chunk).toString()).slice(-SAID_CHARACTERS);
      this.#wake();
    });
    channel.onClose((close) => {
      this.#close = close;
      this.#toClose?.(close);
      this.#wake();
    });
  }

  /** What came on stderr, as far as it is kept. */
  get said(): string {
    return this.#stderr;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** It has not begun, and prints so much that nobody listens any more. */
  get floods(): boolean {
    return !this.#begun && this.#heard > STRAY_BYTES;
  }

  get close(): ChannelClose | undefined {
    return this.#close;
  }

  /** Waits until that is so; false after so long without anything new. Rejects with the signal's reason. */
  async until(isSo: () => boolean, silenceMs: number, signal: AbortSignal): Promise<boolean> {
    while (!isSo()) {
      signal.throwIfAborted();
      const news = Promise.withResolvers<boolean>();
      this.#wake = () => news.resolve(true);
      const timer = setTimeout(() => news.resolve(false), silenceMs);
      const abort = (): void => news.reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      try {
        if (!(await news.promise)) return false;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      }
    }
    return true;
  }

  /** As it is from behind the mark on; whoever gets it listens before the next turn of the event loop. */
  release(): Channel {
    const rest = this.#stdout.subarray(this.#stdout.indexOf(this.#mark) + this.#mark.length);
    this.#stdout = rest;
    return this;
  }

  write(data: string | Uint8Array, taken?: () => void): void {
    this.#channel.write(data, taken);
  }

  end(): void {
    this.#channel.end();
  }

  onStdout(listener: (chunk: Uint8Array) => void): void {
    this.#toStdout = listener;
    if (this.#stdout.length > 0) listener(this.#stdout);
  }

  onStderr(listener: (chunk: Uint8Array) => void): void {
    this.#toStderr = listener;
  }

  onClose(listener: (close: ChannelClose) => void): void {
    this.#toClose = listener;
    if (this.#close !== undefined) listener(this.#close);
  }

  resize(size: Parameters<Channel["resize"]>[0]): void {
    this.#channel.resize(size);
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  destroy(): void {
    this.#channel.destroy();
  }
}
