import { type LogPiece, NO_LOG } from "../../journal/read-log-piece.ts";
import type { RunEvent, TaskOutput } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { Prose } from "../../model/prose.ts";
import type { CapturedValues } from "../../plan/variables.ts";
import { OutputTail } from "../output-tail.ts";
import { RunFold, type RunView } from "../../story/run-fold.ts";
import type { StepTimes } from "../../story/step-times.ts";
import { DryLook } from "./dry-look.ts";
import { JournalRing } from "./journal-ring.ts";
import { firstLine } from "./log-lines.ts";
import { LogWindow } from "./log-window.ts";
import type { ScreenQuestion } from "./question.ts";
import type { Journal, ScreenSource } from "./screen-source.ts";

/** Steps whose outputs are at hand: the one at work, and those that were looked at last. */
const KEPT_STEPS = 4;
/** How much of what a task has printed is looked at: more than is shown. */
const TAIL_BYTES = 256 * 1024;
/** Between two drawings: what a flood of output does in between is seen in one. */
const PAUSE_MS = 100;
/** Of the time between two drawings, at most that part is spent on drawing, up to a pause that is still lively. */
const SHARE = 1 / 8;
const LONGEST_PAUSE_MS = 500;

export interface PictureOptions {
  readonly plan: Plan;
  readonly prose: Prose;
  readonly now: () => Date;
  /** Values of inputs that are not secret, before the run has begun. */
  readonly inputs?: Readonly<Record<string, string>>;
  /**
   * A part of what a task has printed, from its log.
   * @param from in bytes; less than 0: counted from its end
   * @param length bytes, at most
   */
  readonly readLog: (step: string, host: string, from: number, length: number) => Promise<LogPiece>;
}

/**
 * The run as the screen shows it. Owns the fold of its events and the outputs of a few steps: memory is bounded, whatever
 * hosts print. Holds nothing that is not in journal and logs.
 */
export class RunPicture implements ScreenSource {
  readonly plan: Plan;
  readonly prose: Prose;
  live = true;
  version = 0;
  notice: readonly string[] = [];
  earlier: readonly StepTimes[] = [];
  look: DryLook | undefined;
  question: ScreenQuestion | undefined;
  /** Settled once the question that stands there is over. */
  #asked: Promise<void> = Promise.resolve();
  #answered: ((answer: string | boolean | undefined) => void) | undefined;
  readonly #options: PictureOptions;
  readonly #fold = new RunFold();
  readonly #ring = new JournalRing();
  readonly #captures: Record<string, Record<string, string>> = Object.create(null) as Record<string, never>;
  /** By step, the one used last at the end. */
  readonly #outputs = new Map<string, Map<string, OutputTail>>();
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  /** What the last drawing took. */
  #drawnMs = 0;
  #current: string | undefined;
  /** The log that is read in now. */
  #log: { readonly of: string; readonly window: LogWindow } | undefined;

  constructor(options: PictureOptions) {
    this.plan = options.plan;
    this.prose = options.prose;
    this.#options = options;
  }

  get view(): RunView {
    return this.#fold.view;
  }

  get journal(): Journal {
    return this.#ring;
  }

  get captures(): CapturedValues {
    return this.#captures;
  }

  get inputs(): Readonly<Record<string, string>> {
    const known = this.plan.variables.flatMap(({ name, input, secret }): readonly [string, string][] =>
      input?.default === undefined || secret ? [] : [[name, input.default]],
    );
    return { ...Object.fromEntries(known), ...this.#options.inputs, ...this.view.inputs };
  }

  /** Looks at the hosts of a step; undefined: at none any more. */
  looks(step: string | undefined): DryLook | undefined {
    this.look = step === undefined ? undefined : new DryLook(step, () => this.#changed());
    this.#changed();
    return this.look;
  }

  now(): Date {
    return this.#options.now();
  }

  event(event: RunEvent): void {
    this.#fold.add(event);
    this.#ring.add(event);
    if (event.type === "variable-captured") {
      const { name, host, value = "" } = event;
      // Names are the guide's: `constructor` is one like any other.
      (this.#captures[name] ??= Object.create(null) as Record<string, string>)[host] = value;
    }
    if (event.type === "step-started") this.#current = event.step;
    // By now it has been read, or will not be.
    if (event.type === "step-finished") this.notice = [];
    // Only the last attempt counts, as in the log.
    if (event.type === "attempt-started") {
      this.#outputs.get(event.step)?.delete(event.host);
      this.#log = undefined;
    }
    if (event.type === "guide-changed") this.#outputs.clear();
    this.#changed();
  }

  output({ step, host, stream, text }: TaskOutput): void {
    this.#tail(step, host).add(stream, text);
    this.#changed();
  }

  /** Nobody works on the run any more. */
  rests(): void {
    this.live = false;
    this.#changed();
  }

  /** Asks the reader, who has one question at a time. @returns undefined once `signal` takes it back */
  async ask(question: ScreenQuestion, signal: AbortSignal): Promise<string | boolean | undefined> {
    if (signal.aborted) return undefined;
    const answer = Promise.withResolvers<string | boolean | undefined>();
    const takeBack = (): void => answer.resolve(undefined);
    signal.addEventListener("abort", takeBack, { once: true });
    const over = Promise.withResolvers<void>();
    try {
      // A run may ask while its reader is asked for a shell.
      while (this.#answered !== undefined) {
        await Promise.race([this.#asked, answer.promise]);
        if (signal.aborted) return undefined;
      }
      this.question = question;
      this.#answered = answer.resolve;
      this.#asked = over.promise;
      this.#changed();
      try {
        return await answer.promise;
      } finally {
        this.question = undefined;
        this.#answered = undefined;
        this.#changed();
      }
    } finally {
      signal.removeEventListener("abort", takeBack);
      over.resolve();
    }
  }

  answer(answer: string | boolean): void {
    this.#answered?.(answer);
  }

  /** Replaces what is told besides the events. */
  tell(notice: readonly string[]): void {
    this.notice = notice;
    this.#changed();
  }

  /** How long its steps took in earlier runs. */
  remember(earlier: readonly StepTimes[]): void {
    this.earlier = earlier;
    this.#changed();
  }

  outputs(step: string): ReadonlyMap<string, OutputTail> {
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

  log(step: string, host: string): LogWindow {
    const of = JSON.stringify([step, host]);
    if (this.#log?.of === of) return this.#log.window;
    const name = this.view.steps.get(step)?.tasks.get(host)?.loggedAs ?? step;
    const read = (from: number, length: number): Promise<LogPiece> => this.#options.readLog(name, host, from, length);
    this.#log = { of, window: new LogWindow(read, () => this.#changed()) };
    return this.#log.window;
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #tail(step: string, host: string): OutputTail {
    const tails = this.#outputs.get(step) ?? this.#keep(step);
    const tail = tails.get(host) ?? new OutputTail();
    tails.set(host, tail);
    return tail;
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
    const tasks = [...(this.view.steps.get(step)?.tasks.values() ?? [])];
    for (const { host, loggedAs } of tasks) {
      const { bytes, from } = await this.#options.readLog(loggedAs, host, -TAIL_BYTES, TAIL_BYTES).catch(() => NO_LOG);
      // What comes by itself meanwhile is all there is.
      if (bytes.length === 0 || tails.has(host)) continue;
      const whole = from === 0 ? 0 : firstLine(bytes) % bytes.length;
      const tail = new OutputTail(from + whole);
      tail.add("stdout", Buffer.from(bytes.subarray(whole)).toString());
      tails.set(host, tail);
    }
    this.#changed();
  }

  #changed(): void {
    this.version++;
    if (this.#timer !== undefined || this.#listeners.size === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const begin = performance.now();
        for (const listener of this.#listeners) listener();
        // Drawn in a microtask that comes before this one.
        queueMicrotask(() => {
          this.#drawnMs = performance.now() - begin;
        });
      },
      Math.min(LONGEST_PAUSE_MS, Math.max(PAUSE_MS, this.#drawnMs / SHARE)),
    );
  }
}
