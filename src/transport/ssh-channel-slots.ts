/** The right to have one channel open. */
export interface Slot {
  readonly ticket: number;
}

interface Waiting extends Slot {
  readonly resolve: (slot: Slot) => void;
  readonly reject: (error: Error) => void;
}

/**
 * How many channels a connection may have open, and who is next.
 *
 * Owns the slots and the queue for them. Whoever asked first is served first, even after the host refused them once.
 * The host's own limit cannot be asked for: a refusal while others are open shows it, and is believed from then on.
 */
export class ChannelSlots {
  #limit: number;
  #tickets = 0;
  /** The limit is the host's. */
  #limited = false;
  /** Slots given out, open or about to be. */
  #taken = 0;
  /** Channels that the host did open. */
  #open = 0;
  readonly #queue: Waiting[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get open(): number {
    return this.#open;
  }

  /** The host has shown its limit, and that is reached. */
  get isFull(): boolean {
    return this.#limited && this.#taken >= this.#limit;
  }

  take(): Promise<Slot> {
    return this.#wait(++this.#tickets);
  }

  /** The host opened the slot's channel. */
  opened(): void {
    this.#open++;
  }

  /** The slot's channel is closed. */
  closed(): void {
    this.#open--;
    this.abandon();
  }

  /** The slot's channel was never opened, and will not be. */
  abandon(): void {
    this.#taken--;
    this.#serve();
  }

  /** The host refused to open the slot's channel while others are open: waits for one of them to close. */
  refused(slot: Slot): Promise<Slot> {
    this.#lower();
    this.#taken--;
    return this.#wait(slot.ticket);
  }

  /** The same, and nobody waits: the channel is opened elsewhere. */
  elsewhere(): void {
    this.#lower();
    this.abandon();
  }

  /** Turns all that wait away. */
  dismiss(error: Error): void {
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
  }

  #lower(): void {
    this.#limited = true;
    this.#limit = Math.max(1, Math.min(this.#limit, this.#open));
  }

  #wait(ticket: number): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const later = this.#queue.findIndex((waiting) => waiting.ticket > ticket);
      this.#queue.splice(later === -1 ? this.#queue.length : later, 0, { ticket, resolve, reject });
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#taken < this.#limit) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#taken++;
      next.resolve({ ticket: next.ticket });
    }
  }
}
