import type { EventBody } from "../model/event.ts";
import type { JobEnd, Session } from "./ports.ts";

/** One attempt of a task. */
interface Attempt {
  readonly task: string;
  readonly attempt: number;
}

/**
 * Tells what has never run on a host from what ran there and has left no trace, since the run's folder is gone: on
 * hosts that keep /var/tmp in memory, a reboot takes it away. The former may be begun, the latter must not.
 *
 * Owns which attempts this process has begun, and the folder of the session on which each was put to its host first.
 */
export class AttemptTraces {
  private readonly begun = new Set<string>();
  private readonly first = new Map<string, string>();

  /** Sees every event before it is written down. */
  note(event: EventBody): void {
    if (event.type === "attempt-started") this.begun.add(nameOf(event));
  }

  /**
   * How the attempt has ended, where it may have run and no trace is left of it. Asked before it is put to a host.
   * @param began the run's folder when it was started, according to the journal
   */
  lost(attempt: Attempt, session: Session, began: string | undefined): JobEnd | undefined {
    const name = nameOf(attempt);
    const first = this.first.get(name);
    if (first === undefined) this.first.set(name, session.folder);
    // What an earlier process has begun may have run by then; what this one has, not before it was put to its host.
    const ranIn = first ?? (this.begun.has(name) ? undefined : began);
    if (ranIn === undefined || ranIn === "" || ranIn === session.folder) return undefined;
    const reason = `nothing is left on ${session.host.name} of what was begun there: is /var/tmp in memory?`;
    return { type: "unknown", reason };
  }

  /** It is over. */
  forget(attempt: Attempt): void {
    this.first.delete(nameOf(attempt));
    this.begun.delete(nameOf(attempt));
  }
}

function nameOf({ task, attempt }: Attempt): string {
  return `${task}.${attempt}`;
}
