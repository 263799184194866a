import { randomBytes } from "node:crypto";
import { ConnectionLost, FilesRefused } from "../engine/ports.ts";
import type { AgentLoop, DataListener } from "./agent-loop.ts";
import { copyRequest, refusal, textOf } from "./copy-request.ts";

/** The host is made to wait while more than this lies here unread. */
const UNREAD_BYTES = 4 * 1024 * 1024;
const STDERR_BYTES = 16 * 1024;

/**
 * One program of copy-programs.ts at work, and what it has printed that nobody has read yet.
 *
 * Has the agent to itself until the program is over.
 */
export class CopyConversation {
  readonly #loop: AgentLoop;
  readonly #mark = Buffer.from(`${randomBytes(16).toString("hex")}\n`);
  readonly #chunks: Uint8Array[] = [];
  #unread = 0;
  #paused = false;
  #changed = Promise.withResolvers<void>();
  #end: { readonly error?: unknown } | undefined;
  readonly #ended = new AbortController();
  /** Resolves once it is over, however. */
  readonly over: Promise<void>;

  /** @param variables byte strings; `wm_p` is what is said to be wrong */
  constructor(
    loop: AgentLoop,
    program: string,
    variables: Readonly<Record<string, string>> & { readonly wm_p: string },
  ) {
    this.#loop = loop;
    const stderr: Uint8Array[] = [];
    const token = this.#mark.toString().trim();
    const listen: DataListener = (stream, chunk) => {
      if (stream === "stdout") this.#push(chunk);
      else stderr.push(chunk);
    };
    const request = loop.request(
      copyRequest(program, { ...variables, wm_z: token }),
      listen,
      (status) => status !== "0",
    );
    this.over = request.then(
      (status) => {
        if (status === "unleased") return this.#finish({ error: new ConnectionLost("its lease is over") });
        const text = Buffer.concat(stderr).subarray(0, STDERR_BYTES).toString();
        this.#finish(
          status === "0" && text === "" ? {} : { error: new FilesRefused(refusal(text, textOf(variables.wm_p))) },
        );
      },
      (error: unknown) => this.#finish({ error }),
    );
  }

  /** Aborted once it is over. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** What it prints next; undefined at its end. @throws what went wrong, or the signal's reason */
  async next(signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#unread -= chunk.byteLength;
        if (this.#paused && this.#unread < UNREAD_BYTES / 2) {
          this.#paused = false;
          this.#loop.resume();
        }
        return chunk;
      }
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return undefined;
      }
      await orAborted(this.#changed.promise, signal);
    }
  }

  /** What it prints until it says that it waits for input. */
  async untilItWaits(signal: AbortSignal): Promise<Buffer> {
    let text = Buffer.alloc(0);
    for (;;) {
      const chunk = await this.next(signal);
      if (chunk === undefined) throw new FilesRefused("it came to its end too early");
      const from = Math.max(0, text.length - this.#mark.length);
      text = Buffer.concat([text, chunk]);
      const at = text.indexOf(this.#mark, from);
      if (at < 0) continue;
      const rest = text.subarray(at + this.#mark.length);
      if (rest.length > 0) {
        this.#chunks.unshift(rest);
        this.#unread += rest.length;
      }
      return text.subarray(0, at);
    }
  }

  /** What it prints from now on. */
  async rest(signal: AbortSignal): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for (let chunk; (chunk = await this.next(signal)) !== undefined;) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** Resolves when it can do with more. @throws what went wrong, if it is over, or the signal's reason */
  async send(chunks: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#ended.signal.throwIfAborted();
    await orAborted(Promise.all(chunks.map((chunk) => this.#loop.send(chunk))), signal);
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#unread += chunk.byteLength;
    if (!this.#paused && this.#unread > UNREAD_BYTES) {
      this.#paused = true;
      this.#loop.pause();
    }
    this.#wake();
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end = end;
    this.#ended.abort(end.error ?? new FilesRefused("it came to its end too early"));
    this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}

/** Rejects with the signal's reason as soon as it is aborted. */
export async function orAborted<T>(going: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  going.catch(() => undefined);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([going, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
