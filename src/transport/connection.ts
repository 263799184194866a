import type { Host } from "../model/inventory.ts";

/*
 * What the agent and the job capsule need of a way to a host, and nothing more. `ssh-connection.ts` gives it over
 * SSH, `local-connection.ts` with child processes; the session on top of it is the same for both.
 */

/** How a channel ended. Neither field: it was cut, and nothing is known of the program behind it. */
export interface ChannelClose {
  /** Exit status 0–255. */
  readonly code?: number;
  /** Name of the signal that ended it, `TERM`. */
  readonly signal?: string;
}

/** A terminal for a program. */
export interface Pty {
  /** `$TERM` */
  readonly type: string;
  readonly columns: number;
  readonly rows: number;
}

/** A program was to have a terminal, and the host gives none. */
export class NoTerminal extends Error {
  override readonly name = "NoTerminal";
}

/** One running program: bytes in, bytes out. */
export interface Channel {
  /**
   * Queues bytes for its stdin. After the channel closed this does nothing. `taken` is called when it can do with more,
   * and never if it closes before.
   */
  write(data: string | Uint8Array, taken?: () => void): void;
  /** Closes its stdin. */
  end(): void;
  /** Set once, before the first turn of the event loop after `exec` resolved; nothing is lost until then. */
  onStdout(listener: (chunk: Uint8Array) => void): void;
  onStderr(listener: (chunk: Uint8Array) => void): void;
  /** Called once, after the last output. */
  onClose(listener: (close: ChannelClose) => void): void;
  /** Back-pressure: stops and restarts reading its output. */
  pause(): void;
  resume(): void;
  /** Gives the channel up at once: a program on a terminal gets HUP. */
  destroy(): void;
  /** Of a program on a terminal, whose window has another size now. */
  resize(size: Pick<Pty, "columns" | "rows">): void;
}

/** A login on a host: authenticated, host key checked. */
export interface Connection {
  readonly host: Host;
  /**
   * Starts a program through the login shell, which may be fish or csh: keep `command` to what they all read alike.
   * Waits where the host's limit of channels is reached.
   * @param pty the terminal that it is to have. Absent: none
   * @throws {ConnectionLost} when the connection is gone or does not answer in time.
   * @throws {NoTerminal}
   */
  exec(command: string, pty?: Pty): Promise<Channel>;
  /** Called once, when the connection is lost or closed. */
  onClose(listener: (reason: string) => void): void;
  close(): Promise<void>;
}
