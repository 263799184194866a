import { setTimeout as sleep } from "node:timers/promises";
import type ssh2 from "ssh2";
import { ConnectionLost } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { type Channel, type Connection, NoTerminal, type Pty } from "./connection.ts";
import { SshChannel } from "./ssh-channel.ts";
import { ChannelSlots } from "./ssh-channel-slots.ts";
import { placeOf } from "./ssh-errors.ts";
import { Forwarding } from "./ssh-forwarding.ts";
import type { LoggedIn } from "./ssh-handshake.ts";
import type { Line } from "./ssh-line.ts";
import type { SshLimits } from "./ssh-options.ts";

/** Pause before asking a host again that refused a channel although none of ours is open. */
const RETRY_MS = 100;
/** What ssh2 says where the host lets no agent through (`AllowAgentForwarding`). */
const NO_AGENT = "Unable to request agent forwarding";
/** How long a host may take to say goodbye. */
const GOODBYE_MS = 1000;

/**
 * A login on one host over SSH.
 *
 * Owns the line to it, and those to others that go through it. Once it is lost it stays so: every pending `exec` is
 * rejected, every channel closes without a status, lines through it are cut, and nothing is sent any more.
 */
export class SshConnection implements Connection {
  readonly host: Host;
  readonly #client: ssh2.Client;
  readonly #line: Line;
  readonly #limits: SshLimits;
  readonly #slots: ChannelSlots;
  readonly #forwarding: Forwarding;
  readonly #listeners: ((reason: string) => void)[] = [];
  readonly #opening = new Set<(error: Error) => void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  readonly #connectAgain: ConnectAgain | undefined;
  #beside: Promise<SshConnection | undefined> | undefined;
  #forwardsAgent: boolean;
  #lost: string | undefined;
  #leaving = false;

  /** @param again makes one more like it, where the host opens too few channels on one */
  constructor(host: Host, { client, line, forwardsAgent }: LoggedIn, limits: SshLimits, again?: ConnectAgain) {
    this.host = host;
    this.#connectAgain = again;
    this.#client = client;
    this.#line = line;
    this.#forwardsAgent = forwardsAgent;
    this.#forwarding = new Forwarding(client);
    this.#limits = limits;
    this.#slots = new ChannelSlots(limits.channels);
    client.on("error", (error: Error & ssh2.ClientErrorExtensions) => {
      const silentMs = limits.keepaliveMs * limits.keepaliveCount;
      this.#lose(error.level === "client-timeout" ? `no answer for ${silentMs / 1000} s` : error.message);
    });
    client.once("end", () => this.#lose("the host closed the connection"));
    client.once("close", () => this.#lose("the connection was closed"));
  }

  async exec(command: string, pty?: Pty): Promise<Channel> {
    this.#check();
    const beside = this.#slots.isFull ? await this.#another() : undefined;
    if (beside !== undefined) return beside.exec(command, pty);
    let slot = await this.#slots.take();
    const deadline = performance.now() + this.#limits.channelMs;
    for (;;) {
      try {
        return await this.#open(command, pty);
      } catch (error) {
        // Its channel stays open on the host, and keeps its slot.
        if (error instanceof NoTerminal) throw error;
        if (!(error instanceof ChannelRefused)) {
          this.#slots.abandon();
          throw error;
        }
        if (this.#slots.open > 0) {
          // Programs wait for each other: who follows a job, or ends it, cannot wait for its end.
          const beside = await this.#another();
          if (beside !== undefined) {
            this.#slots.elsewhere();
            return beside.exec(command, pty);
          }
          slot = await this.#slots.refused(slot);
        } else if (performance.now() < deadline) {
          // sshd counts a session until its program has ended, whether or not anybody listens to it any more.
          await sleep(RETRY_MS);
        } else {
          this.#slots.abandon();
          throw new ConnectionLost(`${placeOf(this.host)} opens no channel: ${error.message}`);
        }
      }
      this.#check();
    }
  }

  /** Lines to other hosts that are open. */
  get forwarded(): number {
    return this.#forwarding.size;
  }

  /** A line from this host to another one; see {@link Forwarding.open}. */
  async forward(to: Host, deadlineMs: number, signal: AbortSignal): Promise<Line> {
    this.#check();
    return this.#forwarding.open(to, deadlineMs, signal);
  }

  onClose(listener: (reason: string) => void): void {
    if (this.#lost === undefined) this.#listeners.push(listener);
    else listener(this.#lost);
  }

  async close(): Promise<void> {
    if (this.#lost === undefined) {
      this.#leaving = true;
      this.#client.end();
      setTimeout(() => this.#lose("closed"), GOODBYE_MS).unref();
    }
    await this.#closed.promise;
  }

  /** The connection for what the host does not open on this one; undefined if it cannot be had. */
  #another(): Promise<SshConnection | undefined> {
    const again = this.#connectAgain;
    this.#beside ??= again === undefined ? Promise.resolve(undefined) : again(this.#over.signal).catch(() => undefined);
    return this.#beside;
  }

  #open(command: string, pty?: Pty): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#opening.delete(reject);
      };
      const timer = setTimeout(
        () => this.#lose(`it did not open a channel within ${this.#limits.channelMs / 1000} s`),
        this.#limits.channelMs,
      );
      this.#opening.add(reject);
      try {
        const options = {
          ...(pty === undefined ? {} : { pty: { term: pty.type, cols: pty.columns, rows: pty.rows } }),
          ...(this.#forwardsAgent ? { agentForward: true } : {}),
        };
        this.#client.exec(command, options, (error, stream) => {
          settle();
          if (error === undefined) {
            this.#slots.opened();
            resolve(
              new SshChannel(
                stream,
                () => this.#lost !== undefined,
                () => this.#slots.closed(),
              ),
            );
          } else if (this.#lost === undefined && error.message === NO_AGENT) {
            // As ssh(1) does: it goes on without.
            this.#forwardsAgent = false;
            resolve(this.#open(command, pty));
          } else if (this.#lost === undefined && "reason" in error) {
            reject(new ChannelRefused(error.message));
          } else if (this.#lost === undefined && pty !== undefined) {
            reject(new NoTerminal(error.message));
          } else {
            // The channel stays open on the host, and nobody can close it any more.
            this.#lose("it refuses to start programs");
            reject(this.#lostError());
          }
        });
      } catch (error) {
        settle();
        this.#lose(error instanceof Error ? error.message : String(error));
        reject(this.#lostError());
      }
    });
  }

  #check(): void {
    if (this.#lost !== undefined || this.#leaving) throw this.#lostError();
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = this.#leaving ? "closed" : reason;
    this.#over.abort(this.#lostError());
    void this.#beside?.then((beside) => beside?.close());
    this.#line.destroy();
    this.#forwarding.lost(`${this.host.name}, on the way there, was lost: ${this.#lost}`);
    for (const reject of this.#opening) reject(this.#lostError());
    this.#opening.clear();
    this.#slots.dismiss(this.#lostError());
    for (const listener of this.#listeners.splice(0)) listener(this.#lost);
    this.#closed.resolve();
  }

  #lostError(): ConnectionLost {
    return new ConnectionLost(`Lost ${placeOf(this.host)}: ${this.#lost ?? "closed"}`);
  }
}

export type ConnectAgain = (signal: AbortSignal) => Promise<SshConnection>;

/** The host did not open a channel; it may do so later. */
class ChannelRefused extends Error {
  override readonly name = "ChannelRefused";
}
