import type ssh2 from "ssh2";
import type { Channel, ChannelClose, Pty } from "./connection.ts";

/**
 * One program on the host.
 *
 * Owns an ssh2 channel. It has closed once the host closed it *and* both streams were read to their end; if the
 * connection was lost before, the status is withheld even if one had come: output after it may be missing.
 */
export class SshChannel implements Channel {
  readonly #stream: ssh2.ClientChannel;
  readonly #isLost: () => boolean;
  #outputTo: ((chunk: Uint8Array) => void) | undefined;
  #errorsTo: ((chunk: Uint8Array) => void) | undefined;
  #closeTo: ((close: ChannelClose) => void) | undefined;
  #close: ChannelClose | undefined;
  #paused = false;

  /**
   * @param isLost whether the connection is gone
   * @param released called once, when the host has given the channel up
   */
  constructor(stream: ssh2.ClientChannel, isLost: () => boolean, released: () => void) {
    this.#stream = stream;
    this.#isLost = isLost;
    let open = 2;
    let exit: ChannelClose = {};
    const part = () => {
      if (--open > 0) return;
      released();
      this.#finish(this.#isLost() ? {} : exit);
    };
    stream.once("exit", (code: number | null, signal?: string) => {
      exit = code === null ? { signal: (signal ?? "").replace(/^SIG/, "") } : { code };
    });
    stream.once("close", part);
    stream.stderr.once("end", part);
    // Writing to a channel that the host is closing; its `close` follows.
    stream.on("error", () => {});
    // Output that nobody asked for must not keep the channel from closing.
    setImmediate(() => {
      if (!this.#paused) this.resume();
    });
  }

  write(data: string | Uint8Array, taken?: () => void): void {
    if (this.#close === undefined && !this.#isLost() && this.#stream.writable) this.#stream.write(data, taken);
  }

  end(): void {
    if (this.#close === undefined && !this.#isLost() && this.#stream.writable) this.#stream.end();
  }

  onStdout(listener: (chunk: Uint8Array) => void): void {
    this.#outputTo = listener;
    this.#stream.on("data", (chunk: Buffer) => this.#outputTo?.(chunk));
  }

  onStderr(listener: (chunk: Uint8Array) => void): void {
    this.#errorsTo = listener;
    this.#stream.stderr.on("data", (chunk: Buffer) => this.#errorsTo?.(chunk));
  }

  onClose(listener: (close: ChannelClose) => void): void {
    this.#closeTo = listener;
    if (this.#close !== undefined) listener(this.#close);
  }

  pause(): void {
    this.#paused = true;
    this.#stream.pause();
    this.#stream.stderr.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream.resume();
    this.#stream.stderr.resume();
  }

  resize({ columns, rows }: Pick<Pty, "columns" | "rows">): void {
    if (this.#close === undefined && !this.#isLost()) this.#stream.setWindow(rows, columns, 0, 0);
  }

  destroy(): void {
    if (this.#close !== undefined) return;
    this.#outputTo = undefined;
    this.#errorsTo = undefined;
    if (!this.#isLost()) this.#stream.close();
    this.resume();
    queueMicrotask(() => this.#finish({}));
  }

  #finish(close: ChannelClose): void {
    if (this.#close !== undefined) return;
    this.#close = close;
    this.#closeTo?.(close);
  }
}
