import { ConnectionLost } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import type { Channel, Connection, Pty } from "./connection.ts";
import type { SshConnection } from "./ssh-connection.ts";

/**
 * A connection that other hosts are reached through, as the host's own session has it. Owns the channels of that
 * session. Once it is closed the connection goes on for the hosts behind it, if there are any.
 */
export class SharedConnection implements Connection {
  readonly host: Host;
  readonly #connection: SshConnection;
  readonly #channels = new Set<Channel>();
  readonly #listeners: ((reason: string) => void)[] = [];
  #closed: string | undefined;

  constructor(connection: SshConnection) {
    this.host = connection.host;
    this.#connection = connection;
    connection.onClose((reason) => this.#end(reason));
  }

  async exec(command: string, pty?: Pty): Promise<Channel> {
    if (this.#closed !== undefined) throw new ConnectionLost(`Lost ${this.host.name}: ${this.#closed}`);
    const channel = await this.#connection.exec(command, pty);
    this.#channels.add(channel);
    return channel;
  }

  onClose(listener: (reason: string) => void): void {
    if (this.#closed === undefined) this.#listeners.push(listener);
    else listener(this.#closed);
  }

  async close(): Promise<void> {
    if (this.#connection.forwarded === 0) return this.#connection.close();
    for (const channel of this.#channels) channel.destroy();
    this.#end("closed");
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#channels.clear();
    for (const listener of this.#listeners.splice(0)) listener(reason);
  }
}
