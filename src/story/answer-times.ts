import type { OperatorDecided, PauseReason, RunEvent } from "../model/event.ts";

/** A time in which a run waited for somebody to answer, and nothing else. ISO 8601. */
export interface AskedTime {
  /** Absent: the question was taken back. */
  readonly about?: "checkpoint" | "confirm" | "manual" | "fix" | "input";
  readonly step?: string;
  readonly from: string;
  readonly to: string;
}

/** What was answered beforehand is answered sooner than that. */
const AT_ONCE_MS = 200;

const ANSWERS: Readonly<Partial<Record<OperatorDecided["decision"], AskedTime["about"]>>> = {
  continue: "checkpoint",
  confirm: "confirm",
  tick: "manual",
  done: "manual",
  fix: "fix",
  "no-fix": "fix",
  input: "input",
};

const LEFT_UNANSWERED: Readonly<Partial<Record<PauseReason, AskedTime["about"]>>> = {
  checkpoint: "checkpoint",
  confirm: "confirm",
  manual: "manual",
  input: "input",
};

/** They happen while somebody thinks as well, and nothing follows from them before there is an answer. */
const MEANWHILE: ReadonlySet<RunEvent["type"]> = new Set([
  "host-connected",
  "host-lost",
  "host-held",
  "background-ended",
]);

/**
 * Owns since when a run can only have been waiting for an answer. A question is put where nothing is at work any more, so
 * it was open from the event before its answer on.
 */
export class AnswerTimes {
  #times: AskedTime[] = [];
  /** When the last event was that could have led to a question. */
  #since = "";
  /** Somebody works on the run: what is decided between two sittings answers nothing. */
  #isOn = false;
  #ms = 0;

  get times(): readonly AskedTime[] {
    return this.#times;
  }

  /** All of them together. */
  get ms(): number {
    return this.#ms;
  }

  /** @param goneOn when the last event was that cannot be a preparation to go on */
  add(event: RunEvent, goneOn: string): void {
    const { at, type } = event;
    if (type === "run-started" || type === "run-resumed") {
      // Whoever worked on it before was killed, and those were no answers.
      while ((this.#times.at(-1)?.to ?? "") > goneOn) this.#ms -= lengthOf(this.#times.pop());
      this.#isOn = true;
    }
    if (this.#isOn) this.#take(answerIn(event), at);
    if (type === "run-paused" || type === "run-finished") this.#isOn = false;
    const isAside = type === "operator-decided" && ANSWERS[event.decision] === undefined;
    if (!isAside && !MEANWHILE.has(type)) this.#since = at;
  }

  /** @param renamed old step ids → new ones */
  rename(renamed: Readonly<Record<string, string>>): void {
    this.#times = this.#times.map((time) => {
      const step = renamed[time.step ?? ""];
      return step === undefined ? time : { ...time, step };
    });
  }

  #take(answer: Omit<AskedTime, "from" | "to"> | undefined, to: string): void {
    if (answer === undefined) return;
    const time = { ...answer, from: this.#since, to };
    if (lengthOf(time) < AT_ONCE_MS) return;
    this.#times.push(time);
    this.#ms += lengthOf(time);
  }
}

function answerIn(event: RunEvent): Omit<AskedTime, "from" | "to"> | undefined {
  if (event.type !== "operator-decided" && event.type !== "run-paused") return undefined;
  const of = event.step === undefined ? {} : { step: event.step };
  const about = event.type === "run-paused" ? LEFT_UNANSWERED[event.reason] : ANSWERS[event.decision];
  if (about !== undefined) return { about, ...of };
  // Without a question the operator interrupts the run, and no step.
  const isTakenBack = event.type === "run-paused" && event.reason === "interrupted" && event.step !== undefined;
  return isTakenBack ? of : undefined;
}

function lengthOf(time: AskedTime | undefined): number {
  return time === undefined ? 0 : Math.max(0, Date.parse(time.to) - Date.parse(time.from));
}
