import { ConnectionLost } from "../engine/ports.ts";
import type { AgentPool } from "./agent-pool.ts";
import { encodeRequest } from "./agent-protocol.ts";

/** A lease is good for 60 s: one renewal may be late, or two. */
const RENEW_MS = 15_000;
/** For giving it up. What hangs is left to its end. */
const RELEASE_MS = 10_000;

/**
 * Renews the lease that a session works under, for as long as the session is open: Waymark stopped, suspended or cut off
 * renews nothing. Owns the timer.
 */
export class LeaseKeeper {
  readonly #pool: AgentPool;
  readonly #timer: NodeJS.Timeout;
  #renewing = false;

  /** @param onLost called once, when the lease has been over for a while, and the host may be another run's */
  constructor(pool: AgentPool, onLost: () => void) {
    this.#pool = pool;
    this.#timer = setInterval(() => {
      if (this.#renewing) return;
      this.#renewing = true;
      this.#ask("renew")
        .then((answer) => {
          if (answer !== "lost") return;
          this.stop();
          onLost();
        })
        // The connection is lost: whoever uses it will see that.
        .catch(() => this.stop())
        .finally(() => (this.#renewing = false));
    }, RENEW_MS).unref();
  }

  /** Others may have the host from now on. */
  async release(): Promise<void> {
    this.stop();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, RELEASE_MS);
    const released = this.#ask("release").then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof ConnectionLost)) throw error;
      },
    );
    await Promise.race([released, late.promise]).finally(() => clearTimeout(timer));
  }

  /** It is over 60 s from its last renewal. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #ask(request: "renew" | "release"): Promise<string> {
    return this.#pool.with(undefined, (loop) => loop.request(encodeRequest([request])));
  }
}
