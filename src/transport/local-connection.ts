import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { ConnectionLost } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { type Channel, type ChannelClose, type Connection, NoTerminal, type Pty } from "./connection.ts";
import { onTerminal, resizeTerminal } from "./local-terminal.ts";

/**
 * The machine Waymark runs on, as a connection. Programs get a session of their own: what the terminal does to
 * Waymark does not reach them. `env`: Waymark's own where absent.
 */
export class LocalConnection implements Connection {
  readonly host: Host;
  readonly #env: Readonly<Record<string, string>> | undefined;
  readonly #channels = new Set<LocalChannel>();
  readonly #listeners: ((reason: string) => void)[] = [];
  #closed = false;

  constructor(host: Host, env?: Readonly<Record<string, string>>) {
    this.host = host;
    this.#env = env;
  }

  async exec(command: string, pty?: Pty): Promise<Channel> {
    if (this.#closed) throw new ConnectionLost(`${this.host.name}: closed`);
    const [program, args] = pty === undefined ? (["/bin/sh", ["-c", command]] as const) : onTerminal(command, pty);
    const child = spawn(program, args, {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      ...(this.#env !== undefined && { env: this.#env }),
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", ({ message }) => {
        const why = `cannot start ${program}: ${message}`;
        reject(pty === undefined ? new ConnectionLost(why) : new NoTerminal(why));
      });
    });
    const channel: LocalChannel = new LocalChannel(child, () => this.#channels.delete(channel), pty !== undefined);
    if (this.#closed) {
      channel.destroy();
      throw new ConnectionLost(`${this.host.name}: closed`);
    }
    this.#channels.add(channel);
    return channel;
  }

  onClose(listener: (reason: string) => void): void {
    if (this.#closed) listener("closed");
    else this.#listeners.push(listener);
  }

  /** Programs that still run are left alone; they only lose their pipes. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const channel of this.#channels) channel.destroy();
    for (const listener of this.#listeners.splice(0)) listener("closed");
  }
}

class LocalChannel implements Channel {
  readonly #child: ChildProcessWithoutNullStreams;
  #close: ChannelClose | undefined;
  #closeTo: ((close: ChannelClose) => void) | undefined;
  #released: () => void;
  readonly #onTerminal: boolean;

  constructor(child: ChildProcessWithoutNullStreams, released: () => void, onTerminal: boolean) {
    this.#child = child;
    this.#onTerminal = onTerminal;
    this.#released = released;
    // A program that has gone reads nothing: its `close` follows.
    child.stdin.on("error", () => {});
    child.once("close", (code, signal) => {
      this.#finish(code === null ? { signal: (signal ?? "").replace(/^SIG/, "") } : { code });
    });
  }

  write(data: string | Uint8Array, taken?: () => void): void {
    if (this.#close === undefined && this.#child.stdin.writable) this.#child.stdin.write(data, taken);
  }

  end(): void {
    this.#child.stdin.end();
  }

  onStdout(listener: (chunk: Uint8Array) => void): void {
    this.#child.stdout.on("data", listener);
  }

  onStderr(listener: (chunk: Uint8Array) => void): void {
    this.#child.stderr.on("data", listener);
  }

  onClose(listener: (close: ChannelClose) => void): void {
    this.#closeTo = listener;
    if (this.#close !== undefined) listener(this.#close);
  }

  pause(): void {
    this.#child.stdout.pause();
    this.#child.stderr.pause();
  }

  resume(): void {
    this.#child.stdout.resume();
    this.#child.stderr.resume();
  }

  resize(size: Pick<Pty, "columns" | "rows">): void {
    if (this.#close === undefined && this.#onTerminal) void resizeTerminal(this.#child, size);
  }

  destroy(): void {
    if (this.#close !== undefined) return;
    // The terminal goes away with what has made it.
    if (this.#onTerminal) this.#child.kill("SIGKILL");
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#child.unref();
    queueMicrotask(() => this.#finish({}));
  }

  #finish(close: ChannelClose): void {
    if (this.#close !== undefined) return;
    this.#close = close;
    this.#released();
    this.#closeTo?.(close);
  }
}
