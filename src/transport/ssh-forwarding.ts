import type ssh2 from "ssh2";
import { ConnectionLost } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { timedOut } from "./ssh-errors.ts";
import { forwardedLine } from "./ssh-line.ts";
import type { Line } from "./ssh-line.ts";
import { unlessAborted } from "../model/unless-aborted.ts";

/** What comes from a line when the host that it goes through was lost. */
export class WayLost extends Error {
  override readonly name = "WayLost";
}

/** The host between did not connect. `reason`: the number of RFC 4254, 5.1; the message is what the host said. */
export class ForwardRefused extends Error {
  override readonly name = "ForwardRefused";
  readonly reason: number;
  constructor(reason: number, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Lines through one host. Owns them: they are cut when its connection is lost. */
export class Forwarding {
  readonly #client: ssh2.Client;
  readonly #lines = new Set<Line>();
  readonly #lost = new AbortController();

  constructor(client: ssh2.Client) {
    this.#client = client;
  }

  /** How many are open. */
  get size(): number {
    return this.#lines.size;
  }

  /**
   * Has the host connect to another one.
   * @throws {ForwardRefused} when it does not, {ConnectionLost}, {ConnectError} after `deadlineMs`, the signal's reason
   */
  async open(to: Host, deadlineMs: number, signal: AbortSignal): Promise<Line> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(timedOut(to, "connecting", deadlineMs)), deadlineMs);
    const asked = this.#ask(to);
    try {
      return await unlessAborted(AbortSignal.any([signal, late.signal, this.#lost.signal]), asked);
    } catch (error) {
      // It cannot be taken back; if it comes, nobody waits for it any more.
      asked.then(
        (line) => line.destroy(),
        () => undefined,
      );
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Cuts every line at once. @param reason in words */
  lost(reason: string): void {
    this.#lost.abort(new ConnectionLost(reason));
    for (const line of this.#lines) line.emit("error", new WayLost(reason));
    this.#lines.clear();
  }

  #ask({ address, port }: Host): Promise<Line> {
    return new Promise((resolve, reject) => {
      try {
        // Where OpenSSH says that such connections come from.
        this.#client.forwardOut("127.0.0.1", 65_535, address, port, (error, channel) => {
          if (error === undefined) resolve(this.#keep(forwardedLine(channel)));
          else reject(refusal(error));
        });
      } catch (error) {
        reject(refusal(error instanceof Error ? error : new Error(String(error))));
      }
    });
  }

  #keep(line: Line): Line {
    this.#lines.add(line);
    // Until somebody else listens.
    line.on("error", () => undefined);
    line.once("close", () => this.#lines.delete(line));
    return line;
  }
}

function refusal(error: Error & { readonly reason?: unknown }): Error {
  if (typeof error.reason !== "number") return new ConnectionLost(error.message);
  return new ForwardRefused(error.reason, error.message.replace(/^\(SSH\) Channel open failure: ?/, ""));
}
