import type { RunEvent } from "../../model/event.ts";

/** Events kept: the journal has all of them. */
const KEPT = 5000;

/** Owns the newest events of a run, for whoever reads them as they come: memory is bounded, however long it runs. */
export class JournalRing {
  #events: RunEvent[] = [];
  #dropped = 0;

  add(event: RunEvent): void {
    this.#events.push(event);
    if (this.#events.length <= 1.2 * KEPT) return;
    const over = this.#events.length - KEPT;
    this.#dropped += over;
    this.#events = this.#events.slice(over);
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** How many came before those. */
  get dropped(): number {
    return this.#dropped;
  }
}
