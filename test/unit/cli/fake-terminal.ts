import { type AnswerCheck, type Prompter, Unanswered, type WhyUnanswered } from "../../../src/cli/prompter.ts";
import type { Surroundings } from "../../../src/cli/terminal.ts";

/** What somebody types: Enter alone is `""`. */
export type Typed = string | { readonly leaves: WhyUnanswered };

/** A terminal at which somebody types what a test says. `shown`: everything that stands on it. */
export class FakePrompter implements Prompter {
  readonly shown: string[] = [];
  readonly #typed: Typed[];

  constructor(...typed: readonly Typed[]) {
    this.#typed = [...typed];
  }

  /** What nobody has asked for. */
  get left(): readonly Typed[] {
    return this.#typed;
  }

  say(...lines: readonly string[]): void {
    this.shown.push(...lines);
  }

  async yes(message: string, preset: boolean): Promise<boolean> {
    this.shown.push(`${message} (${preset ? "Y/n" : "y/N"})`);
    const typed = this.#next();
    return typed === "" ? preset : typed.startsWith("y");
  }

  async choose(message: string, choices: readonly string[]): Promise<string> {
    this.shown.push(`${message} [${choices.join(", ")}]`);
    const typed = this.#next();
    if (!choices.includes(typed)) throw new Error(`${typed} cannot be chosen`);
    return typed;
  }

  async text(message: string, check: AnswerCheck): Promise<string> {
    this.shown.push(message);
    return this.#until(check);
  }

  async secret(message: string, check: AnswerCheck): Promise<string> {
    this.shown.push(`${message} (no echo)`);
    return this.#until(check);
  }

  #until(check: AnswerCheck): string {
    for (;;) {
      const typed = this.#next();
      const problem = check(typed);
      if (problem === undefined) return typed;
      this.shown.push(`> ${problem}`);
    }
  }

  #next(): string {
    const typed = this.#typed.shift();
    if (typed === undefined) throw new Error(`nobody answers: ${this.shown.at(-1)}`);
    if (typeof typed === "string") return typed;
    throw new Unanswered(typed.leaves);
  }
}

/** Surroundings whose output is collected; nobody sits at a terminal. */
export function fakeSurroundings(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Surroundings & { readonly printed: { out: string; err: string } } {
  const printed = { out: "", err: "" };
  const stream = (name: "out" | "err") =>
    ({
      isTTY: false,
      columns: 100,
      write(text: string) {
        printed[name] += text;
        return true;
      },
    }) as unknown as NodeJS.WriteStream;
  const around = { cwd, env: { PATH: process.env["PATH"] ?? "", ...env }, home: cwd, user: "ada" };
  const stdin = { isTTY: false } as NodeJS.ReadStream;
  return { ...around, stdin, stdout: stream("out"), stderr: stream("err"), printed };
}
