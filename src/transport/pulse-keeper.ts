import type { AgentPool } from "./agent-pool.ts";
import { encodeRequest } from "./agent-protocol.ts";

/** What goes on in the background ends 60 s after the last pulse: one may be late, or two. */
const PULSE_MS = 15_000;

/**
 * Says to a host, for as long as the session is open, that what goes on there in the background is wanted: Waymark
 * stopped, suspended or cut off says nothing. Owns the timer.
 */
export class PulseKeeper {
  readonly #timer: NodeJS.Timeout;
  #asking = false;

  constructor(pool: AgentPool) {
    const beat = (): void => {
      if (this.#asking) return;
      this.#asking = true;
      pool
        .with(undefined, (loop) => loop.request(encodeRequest(["pulse"])))
        // The connection is lost: whoever uses it will see that.
        .catch(() => this.stop())
        .finally(() => (this.#asking = false));
    };
    this.#timer = setInterval(beat, PULSE_MS).unref();
    // One that was started by an earlier connection may have waited for long.
    beat();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
