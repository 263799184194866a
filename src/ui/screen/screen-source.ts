import type { RunEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { Prose } from "../../model/prose.ts";
import type { CapturedValues } from "../../plan/variables.ts";
import type { OutputTail } from "../output-tail.ts";
import type { RunView } from "../../story/run-fold.ts";
import type { StepTimes } from "../../story/step-times.ts";
import type { DryLook } from "./dry-look.ts";
import type { LogWindow } from "./log-window.ts";
import type { ScreenQuestion } from "./question.ts";

/** What has happened, the newest last: as much as is kept of it. */
export interface Journal {
  readonly events: readonly RunEvent[];
  /** How many came before those. */
  readonly dropped: number;
}

/** Everything that the screen shows. It is one picture that changes: `version` tells one state of it from the next. */
export interface ScreenSource {
  readonly plan: Plan;
  readonly prose: Prose;
  readonly view: RunView;
  /** How long steps took in earlier runs of the guide; empty until that has been read. */
  readonly earlier: readonly StepTimes[];
  readonly journal: Journal;
  readonly version: number;
  /** What the reader should know that is no event of the run: why it cannot go on with the guide as it is. */
  readonly notice: readonly string[];
  /** What a look at the hosts of a step says that it would do, if somebody wants to know. */
  readonly look: DryLook | undefined;
  /** Values that steps have captured; of secrets nothing but that they have. */
  readonly captures: CapturedValues;
  /** Values of inputs that are not secret, as far as they are known. */
  readonly inputs: Readonly<Record<string, string>>;
  /** What the reader is asked. */
  readonly question: ScreenQuestion | undefined;
  answer(answer: string | boolean): void;
  /** Somebody works on the run now: time goes on. */
  readonly live: boolean;
  /** The ends of what a step's tasks have printed, by host, as far as they are at hand. */
  outputs(step: string): ReadonlyMap<string, OutputTail>;
  /** The log of a task, which has all of that. */
  log(step: string, host: string): LogWindow;
  /** Called when something has changed, at most a few times a second. @returns what ends that */
  subscribe(changed: () => void): () => void;
  now(): Date;
}
