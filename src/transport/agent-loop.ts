import { ConnectionLost } from "../engine/ports.ts";
import { FrameReader } from "./agent-protocol.ts";
import type { Channel, ChannelClose } from "./connection.ts";

/** What was printed that belongs to no request is kept to say why an agent did not start. */
const NOISE_CHARACTERS = 4000;

/** Where it answers with a promise, the agent's output is not read on before that has settled. */
export type DataListener = (stream: "stdout" | "stderr", chunk: Uint8Array) => unknown;

/** The channel closed under a request, or before the agent was ready. */
export class AgentGone extends ConnectionLost {
  readonly close: ChannelClose;
  /** Lines that the program printed outside of its answers. */
  readonly noise: readonly string[];
  constructor(close: ChannelClose, noise: readonly string[]) {
    const { code, signal } = close;
    const end = code !== undefined ? ` with ${code}` : signal !== undefined ? ` by ${signal}` : "";
    super(`the agent ended${end}${noise.length === 0 ? "" : `: ${noise.at(-1) ?? ""}`}`);
    this.close = close;
    this.noise = noise;
  }

  /** Nothing is known of the program: the connection went, not it. */
  get cut(): boolean {
    return this.close.code === undefined && this.close.signal === undefined;
  }
}

/**
 * One agent on a host: a shell that does one request at a time.
 *
 * Owns its channel. Once that has closed every request, pending or new, is rejected.
 */
export class AgentLoop {
  readonly #channel: Channel;
  readonly #closed = Promise.withResolvers<void>();
  readonly #sending = new Set<() => void>();
  #noise = "";
  /** Listeners that cannot do with more yet. */
  #waiting = 0;
  #request:
    | {
        readonly data: DataListener;
        readonly isLast: (answer: string) => boolean;
        readonly answer: PromiseWithResolvers<string>;
      }
    | undefined;
  #gone: ChannelClose | undefined;
  #givenUp = false;
  #pid: number | undefined;

  /** @param onGone called once, when the channel has closed; `asked`: by us */
  constructor(channel: Channel, nonce: string, onGone: (asked: boolean) => void) {
    this.#channel = channel;
    const reader = new FrameReader(nonce, (frame) => {
      switch (frame.type) {
        case "data":
          if (frame.stream === "noise") this.#hear(frame.chunk);
          else this.#wait(this.#request?.data(frame.stream, frame.chunk));
          break;
        case "pid":
          this.#pid = frame.pid;
          break;
        case "answer": {
          const request = this.#request;
          this.#request = undefined;
          // Now: its channel may close before anybody is told.
          if (request?.isLast(frame.text) === true) this.#givenUp = true;
          request?.answer.resolve(frame.text);
        }
      }
    });
    channel.onStdout((chunk) => reader.push(chunk));
    channel.onStderr((chunk) => this.#hear(chunk));
    channel.onClose((close) => {
      this.#gone = close;
      this.#request?.answer.reject(this.#goneError());
      this.#request = undefined;
      this.#closed.resolve();
      for (const taken of this.#sending) taken();
      onGone(this.#givenUp);
    });
  }

  /** The login shell's process on the host, where one was started and told it. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Resolves once the channel has closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Sends a request and resolves with its answer. `data` gets what comes before that; `isLast` says whether the agent
   * ends itself behind it.
   */
  request(
    bytes: Uint8Array,
    data: DataListener = () => {},
    isLast: (answer: string) => boolean = () => false,
  ): Promise<string> {
    if (this.#gone !== undefined) return Promise.reject(this.#goneError());
    if (this.#request !== undefined) throw new Error("the agent is busy");
    const answer = Promise.withResolvers<string>();
    this.#request = { data, isLast, answer };
    this.#channel.write(bytes);
    return answer.promise;
  }

  /** Input for the request that is going on. Resolves when it can do with more, or has gone. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#gone !== undefined) return;
    await new Promise<void>((resolve) => {
      const taken = (): void => {
        this.#sending.delete(taken);
        resolve();
      };
      this.#sending.add(taken);
      this.#channel.write(bytes, taken);
    });
  }

  /** Back-pressure: stops and restarts reading what it prints. */
  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  /** Whether it waits for a request. */
  get free(): boolean {
    return !this.#givenUp && this.#gone === undefined && this.#request === undefined;
  }

  /** Lets the agent end when it has nothing more to do. */
  end(): void {
    this.#givenUp = true;
    this.#channel.end();
  }

  destroy(): void {
    this.#givenUp = true;
    this.#channel.destroy();
  }

  /** Back-pressure: what a host prints is read as fast as it can be taken. */
  #wait(taken: unknown): void {
    if (!(taken instanceof Promise)) return;
    if (this.#waiting++ === 0) this.#channel.pause();
    const goOn = (): void => {
      if (--this.#waiting === 0) this.#channel.resume();
    };
    taken.then(goOn, goOn);
  }

  #hear(chunk: Uint8Array): void {
    this.#noise = (this.#noise + Buffer.from(chunk).toString()).slice(-NOISE_CHARACTERS);
  }

  #goneError(): AgentGone {
    const lines = this.#noise.split("\n").map((line) => line.trim());
    return new AgentGone(
      this.#gone ?? {},
      lines.filter((line) => line !== ""),
    );
  }
}
