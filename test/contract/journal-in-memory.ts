import type { Clock, Journal } from "../../src/engine/ports.ts";
import type { RunEvent } from "../../src/model/event.ts";

/** A journal that forgets, for tests of what is above it. `events` and `logs` may be looked at any time. */
export interface MemoryJournal extends Journal {
  readonly events: readonly RunEvent[];
  /** By `step host`. */
  readonly logs: ReadonlyMap<string, string>;
}

/** @param past events of an earlier journal that this one goes on from */
export function memoryJournal(clock: Pick<Clock, "now">, past: readonly RunEvent[] = []): MemoryJournal {
  const events = [...past];
  const logs = new Map<string, string>();
  let closed = false;
  return {
    events,
    logs,
    append(...bodies) {
      if (closed) return Promise.reject(new Error("the journal is closed"));
      const at = clock.now().toISOString();
      const stamped = bodies.map((body, index): RunEvent => ({ v: 1, seq: events.length + index + 1, at, ...body }));
      events.push(...stamped);
      return Promise.resolve(stamped);
    },
    openLog(step, host) {
      const key = `${step} ${host}`;
      logs.set(key, "");
      return Promise.resolve({
        write: (_stream, text) => void logs.set(key, (logs.get(key) ?? "") + text),
        close: () => Promise.resolve(),
      });
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}
