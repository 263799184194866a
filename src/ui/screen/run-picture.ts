import type { LogPiece } from "../../journal/read-log-piece.ts";
import type { RunEvent, TaskOutput } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { Prose } from "../../model/prose.ts";
import type { CapturedValues } from "../../plan/variables.ts";
import type { OutputTail } from "../output-tail.ts";
import { RunFold, type RunView } from "../../story/run-fold.ts";
import type { StepTimes } from "../../story/step-times.ts";
import { DryLook } from "./dry-look.ts";
import { JournalRing } from "./journal-ring.ts";
import { LogWindow } from "./log-window.ts";
import type { ScreenQuestion } from "./question.ts";
import type { Journal, ScreenSource } from "./screen-source.ts";
import { type ReadLog, StepOutputs } from "./step-outputs.ts";

/** Between two drawings: what a flood of output does in between is seen in one. */
const PAUSE_MS = 100;
/** Of the time between two drawings, at most that part is spent on drawing, up to a pause that is still lively. */
const SHARE = 1 / 8;
const LONGEST_PAUSE_MS = 500;
/** So long nobody is hurried who reads what is told, such as how the guide was edited. */
const READ_MS = 10_000;

export interface PictureOptions {
  readonly plan: Plan;
  readonly prose: Prose;
  readonly now: () => Date;
  /** Values of inputs that are not secret, before the run has begun. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly readLog: ReadLog;
}

/**
 * The run as the screen shows it. Owns the fold of its events, what is asked and told beside them, and how often
 * all of that is drawn. Holds nothing that is not in journal and logs.
 */
export class RunPicture implements ScreenSource {
  readonly plan: Plan;
  readonly prose: Prose;
  live = true;
  version = 0;
  notice: readonly string[] = [];
  #toldAt = 0;
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
  readonly #outputs: StepOutputs;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  /** What the last drawing took. */
  #drawnMs = 0;
  /** The log that is read in now. */
  #log: { readonly of: string; readonly window: LogWindow } | undefined;

  constructor(options: PictureOptions) {
    this.plan = options.plan;
    this.prose = options.prose;
    this.#options = options;
    this.#outputs = new StepOutputs(
      () => this.view,
      options.readLog,
      () => this.#changed(),
    );
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
    if (this.#isPast(event)) this.notice = [];
    // The log begins anew.
    if (event.type === "attempt-started") this.#log = undefined;
    this.#outputs.event(event);
    this.#changed();
  }

  /** What was told has been read by now, or matters less than what there is to be seen. */
  #isPast(event: RunEvent): boolean {
    if (event.type === "checkpoint-reached" || event.type === "run-paused" || event.type === "task-unknown")
      return true;
    if (event.type === "task-finished") return event.status === "failed" || event.status === "unreachable";
    if (event.type !== "step-finished") return false;
    return event.status === "failed" || this.now().getTime() - this.#toldAt >= READ_MS;
  }

  output(output: TaskOutput): void {
    this.#outputs.output(output);
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
    this.#toldAt = this.now().getTime();
    this.#changed();
  }

  /** How long its steps took in earlier runs. */
  remember(earlier: readonly StepTimes[]): void {
    this.earlier = earlier;
    this.#changed();
  }

  outputs(step: string): ReadonlyMap<string, OutputTail> {
    return this.#outputs.of(step);
  }

  /** Takes what a step has printed from its logs, which are complete. */
  reread(step: string): void {
    this.#outputs.reread(step);
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
