import type { RunPicture } from "../ui/screen/run-picture.ts";
import type { ScreenQuestion } from "../ui/screen/question.ts";
import { type AnswerCheck, type Prompter, Unanswered } from "./prompter.ts";

/** Asks on the screen, in place. Owns what is said before a question until it is put. */
export class ScreenPrompter implements Prompter {
  readonly #picture: () => RunPicture | undefined;
  readonly #closed: AbortSignal;
  readonly #instead: () => Prompter | undefined;
  readonly #decline: (() => void) | undefined;
  #lines: string[] = [];

  /**
   * @param picture the one that is shown now
   * @param closed aborted when its reader has closed the screen
   * @param instead who asks where the screen has failed
   * @param decline called when a reader does not want to answer. Absent: they have to
   */
  constructor(
    picture: () => RunPicture | undefined,
    closed: AbortSignal,
    instead: () => Prompter | undefined = () => undefined,
    decline?: () => void,
  ) {
    this.#decline = decline;
    this.#picture = picture;
    this.#closed = closed;
    this.#instead = instead;
  }

  say(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  async yes(message: string, preset: boolean, signal: AbortSignal): Promise<boolean> {
    const elsewhere = (other: Prompter): Promise<boolean> => other.yes(message, preset, signal);
    return (await this.#ask({ kind: "yes", preset, message }, signal, elsewhere)) === true;
  }

  async choose(message: string, choices: readonly string[], signal: AbortSignal): Promise<string> {
    const elsewhere = (other: Prompter): Promise<string> => other.choose(message, choices, signal);
    return String(await this.#ask({ kind: "choose", choices, message }, signal, elsewhere));
  }

  async text(message: string, check: AnswerCheck, signal: AbortSignal): Promise<string> {
    const elsewhere = (other: Prompter): Promise<string> => other.text(message, check, signal);
    return String(await this.#ask({ kind: "text", check, message }, signal, elsewhere));
  }

  async secret(message: string, check: AnswerCheck, signal: AbortSignal): Promise<string> {
    const elsewhere = (other: Prompter): Promise<string> => other.secret(message, check, signal);
    return String(await this.#ask({ kind: "secret", check, message }, signal, elsewhere));
  }

  async #ask(
    question: DistributiveOmit<ScreenQuestion, "lines">,
    signal: AbortSignal,
    elsewhere: (other: Prompter) => Promise<string | boolean>,
  ): Promise<string | boolean> {
    const lines = this.#lines;
    this.#lines = [];
    if (this.#instead() === undefined) {
      const picture = this.#picture();
      if (picture === undefined) throw new Unanswered("closed");
      const decline = this.#decline;
      const asked = { ...question, lines, ...(decline !== undefined && { decline }) };
      const answer = await picture.ask(asked, AbortSignal.any([signal, this.#closed]));
      if (answer !== undefined) return answer;
    }
    // Also where the screen has failed while the question stood on it.
    const other = this.#instead();
    if (other === undefined || signal.aborted) throw new Unanswered(signal.aborted ? "withdrawn" : "interrupted");
    other.say(...lines);
    return elsewhere(other);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
