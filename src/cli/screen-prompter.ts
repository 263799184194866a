import type { RunPicture } from "../ui/screen/run-picture.ts";
import type { ScreenQuestion } from "../ui/screen/question.ts";
import { type Prompter, Unanswered } from "./prompter.ts";

/** Asks on the screen, in place. Owns what is said before a question until it is put. */
export class ScreenPrompter implements Prompter {
  readonly #picture: () => RunPicture | undefined;
  readonly #closed: AbortSignal;
  #lines: string[] = [];

  /**
   * @param picture the one that is shown now
   * @param closed aborted when its reader has closed the screen
   */
  constructor(picture: () => RunPicture | undefined, closed: AbortSignal) {
    this.#picture = picture;
    this.#closed = closed;
  }

  say(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  async yes(message: string, preset: boolean, signal: AbortSignal): Promise<boolean> {
    return (await this.#ask({ kind: "yes", preset, message }, signal)) === true;
  }

  async choose(message: string, choices: readonly string[], signal: AbortSignal): Promise<string> {
    return String(await this.#ask({ kind: "choose", choices, message }, signal));
  }

  async text(message: string, check: (answer: string) => string | undefined, signal: AbortSignal): Promise<string> {
    return String(await this.#ask({ kind: "text", check, message }, signal));
  }

  async secret(message: string, check: (answer: string) => string | undefined, signal: AbortSignal): Promise<string> {
    return String(await this.#ask({ kind: "secret", check, message }, signal));
  }

  async #ask(question: DistributiveOmit<ScreenQuestion, "lines">, signal: AbortSignal): Promise<string | boolean> {
    const picture = this.#picture();
    if (picture === undefined) throw new Unanswered("closed");
    const lines = this.#lines;
    this.#lines = [];
    const answer = await picture.ask({ ...question, lines }, AbortSignal.any([signal, this.#closed]));
    if (answer !== undefined) return answer;
    throw new Unanswered(this.#closed.aborted ? "interrupted" : "withdrawn");
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
