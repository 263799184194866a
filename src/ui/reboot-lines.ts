import type { EventBody } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import { formatDuration } from "../story/format-time.ts";
import { sign } from "./style.ts";
import type { Style } from "./style.ts";

/** Tells of hosts that go away on purpose. Owns which of them are away, and since when. */
export class RebootLines {
  readonly #style: Style;
  readonly #since = new Map<string, number>();

  constructor(style: Style) {
    this.#style = style;
  }

  /**
   * @param step at work
   * @param at when it happened, ISO
   * @returns lines; undefined where the event has nothing to do with it
   */
  tell(event: EventBody, step: PlannedStep | undefined, at: string): readonly string[] | undefined {
    const now = Date.parse(at);
    switch (event.type) {
      case "reboot-started":
        return this.#goes(event.host, now);
      case "host-lost":
        // The block has taken it away while it was at work.
        if (step?.reboot === "during" && step.hosts.includes(event.host)) return this.#goes(event.host, now);
        return this.#since.has(event.host) ? [] : undefined;
      case "host-connected":
        return this.#since.has(event.host) ? [] : undefined;
      case "host-rebooted": {
        const since = this.#since.get(event.host);
        this.#since.delete(event.host);
        const after = since === undefined ? "" : ` after ${formatDuration(now - since)}`;
        return [`  ${sign(this.#style, "reboot")} ${event.host}  is back${after}`];
      }
      case "task-finished":
      case "task-unknown":
      case "attempt-started":
        this.#since.delete(event.host);
        return undefined;
      default:
        return undefined;
    }
  }

  #goes(host: string, now: number): readonly string[] {
    if (this.#since.has(host)) return [];
    this.#since.set(host, now);
    return [`  ${sign(this.#style, "reboot")} ${host}  reboots`];
  }
}
