import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../engine/ports.ts";

/** The longest that a timer of Node can be. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    for (let left = ms; left > 0; left -= LONGEST_MS) {
      await sleep(Math.min(left, LONGEST_MS), undefined, { signal }).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : error;
      });
    }
    signal.throwIfAborted();
  },
};
