import { type LogPiece, NO_LOG } from "../../journal/read-log-piece.ts";
import type { RunEvent, TaskOutput } from "../../model/event.ts";
import type { RunView } from "../../story/run-fold.ts";
import { OutputTail } from "../output-tail.ts";
import { firstLine } from "./log-lines.ts";

/** Steps whose outputs are at hand: the one at work, and those that were looked at last. */
const KEPT_STEPS = 4;
/** How much of what a task has printed is looked at: more than is shown. */
const TAIL_BYTES = 256 * 1024;

/**
 * A part of what a task has printed, from its log.
 * @param from in bytes; less than 0: counted from its end
 * @param length bytes, at most
 */
export type ReadLog = (step: string, host: string, from: number, length: number) => Promise<LogPiece>;

/** Owns the ends of what the tasks of a few steps have printed: memory is bounded, whatever hosts print. */
export class StepOutputs {
  /** By step, the one used last at the end. */
  readonly #outputs = new Map<string, Map<string, OutputTail>>();
  readonly #view: () => RunView;
  readonly #readLog: ReadLog;
  readonly #changed: () => void;
  #current: string | undefined;

  /** @param changed called once logs have been read */
  constructor(view: () => RunView, readLog: ReadLog, changed: () => void) {
    this.#view = view;
    this.#readLog = readLog;
    this.#changed = changed;
  }

  event(event: RunEvent): void {
    if (event.type === "step-started") this.#current = event.step;
    // Only the last attempt counts, as in the log.
    if (event.type === "attempt-started") this.#outputs.get(event.step)?.delete(event.host);
    if (event.type === "guide-changed") this.#outputs.clear();
  }

  output({ step, host, stream, text }: TaskOutput): void {
    const tails = this.#outputs.get(step) ?? this.#keep(step);
    const tail = tails.get(host) ?? new OutputTail();
    tails.set(host, tail);
    tail.add(stream, text);
  }

  /** By host. What is not at hand comes from the logs, a little later. */
  of(step: string): ReadonlyMap<string, OutputTail> {
    const known = this.#outputs.get(step);
    if (known !== undefined) {
      this.#outputs.delete(step);
      this.#outputs.set(step, known);
      return known;
    }
    const kept = this.#keep(step);
    void this.#load(step, kept);
    return kept;
  }

  /** Takes what a step has printed from its logs, which are complete. */
  reread(step: string): void {
    const tails = this.#outputs.get(step);
    if (tails === undefined) return;
    tails.clear();
    void this.#load(step, tails);
  }

  #keep(step: string): Map<string, OutputTail> {
    for (const old of this.#outputs.keys()) {
      if (this.#outputs.size < KEPT_STEPS) break;
      if (old !== this.#current) this.#outputs.delete(old);
    }
    const tails = new Map<string, OutputTail>();
    this.#outputs.set(step, tails);
    return tails;
  }

  async #load(step: string, tails: Map<string, OutputTail>): Promise<void> {
    const tasks = [...(this.#view().steps.get(step)?.tasks.values() ?? [])];
    for (const { host, loggedAs } of tasks) {
      const { bytes, from } = await this.#readLog(loggedAs, host, -TAIL_BYTES, TAIL_BYTES).catch(() => NO_LOG);
      // What comes by itself meanwhile is all there is.
      if (bytes.length === 0 || tails.has(host)) continue;
      const whole = from === 0 ? 0 : firstLine(bytes) % bytes.length;
      const tail = new OutputTail(from + whole);
      tail.add("stdout", Buffer.from(bytes.subarray(whole)).toString());
      tails.set(host, tail);
    }
    this.#changed();
  }
}
