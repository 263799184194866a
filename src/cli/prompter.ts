import type * as prompts from "@inquirer/prompts";
import type { Surroundings } from "./terminal.ts";

type Prompts = typeof prompts;

/** Why a question went without an answer: Ctrl-C, a terminal that is closed (or Ctrl-D), or nobody wants to know any more. */
export type WhyUnanswered = "interrupted" | "closed" | "withdrawn";

export class Unanswered extends Error {
  override readonly name = "Unanswered";
  readonly why: WhyUnanswered;

  constructor(why: WhyUnanswered) {
    super(`no answer: ${why}`);
    this.why = why;
  }
}

/** What is wrong with an answer, in one line; undefined when it will do. */
export type AnswerCheck = (answer: string) => string | undefined;

/** Questions on the operator's terminal, one at a time. Each rejects with {@link Unanswered} where there is no answer. */
export interface Prompter {
  /** Lines above a question. */
  say(...lines: readonly string[]): void;
  /** @param preset what Enter alone means */
  yes(message: string, preset: boolean, signal: AbortSignal): Promise<boolean>;
  choose(message: string, choices: readonly string[], signal: AbortSignal): Promise<string>;
  text(message: string, check: AnswerCheck, signal: AbortSignal): Promise<string>;
  /** Nothing of the answer is shown, not even its length. */
  secret(message: string, check: AnswerCheck, signal: AbortSignal): Promise<string>;
}

/** The operator's terminal; undefined where nobody sits at one: in CI, behind a pipe, for programs that read `--json`. */
export function terminalPrompter(
  around: Surroundings,
  { json = false }: { readonly json?: boolean },
): Prompter | undefined {
  if (around.prompter !== undefined) return around.prompter;
  const { stdin, stderr, env } = around;
  const inCi = !["", "0", "false"].includes(env["CI"] ?? "");
  // What cannot move its cursor cannot show these questions either.
  if (!stdin.isTTY || !stderr.isTTY || json || inCi || env["TERM"] === "dumb") return undefined;
  return new TerminalPrompter(stdin, stderr);
}

/** Owns the terminal while a question is open. */
class TerminalPrompter implements Prompter {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  say(...lines: readonly string[]): void {
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
  }

  yes(message: string, preset: boolean, signal: AbortSignal): Promise<boolean> {
    return this.#ask(signal, ({ confirm }, context) => confirm({ message, default: preset }, context));
  }

  choose(message: string, choices: readonly string[], signal: AbortSignal): Promise<string> {
    const offered = choices.map((value) => ({ value, name: value === "" ? "(empty)" : value }));
    return this.#ask(signal, ({ select }, context) => select({ message, choices: offered, loop: false }, context));
  }

  text(message: string, check: AnswerCheck, signal: AbortSignal): Promise<string> {
    const validate = (answer: string): string | true => check(answer) ?? true;
    return this.#ask(signal, ({ input }, context) => input({ message, validate }, context));
  }

  secret(message: string, check: AnswerCheck, signal: AbortSignal): Promise<string> {
    const validate = (answer: string): string | true => check(answer) ?? true;
    const theme = { style: { maskedText: "(not shown)" } };
    return this.#ask(signal, ({ password }, context) =>
      password({ message, validate, theme, mask: false, toggleMask: false }, context),
    );
  }

  async #ask<T>(
    signal: AbortSignal,
    ask: (
      prompts: Prompts,
      context: { input: NodeJS.ReadStream; output: NodeJS.WriteStream; signal: AbortSignal },
    ) => Promise<T>,
  ): Promise<T> {
    const prompts = await import("@inquirer/prompts");
    const closed = new AbortController();
    // Readline pauses its input at Ctrl-D, and the question would stay open for ever.
    const close = (): void => closed.abort();
    const events = ["pause", "end", "close", "error"] as const;
    for (const event of events) this.#input.on(event, close);
    try {
      const context = { input: this.#input, output: this.#output, signal: AbortSignal.any([signal, closed.signal]) };
      return await ask(prompts, context);
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name === "ExitPromptError") throw new Unanswered("interrupted");
      if (name !== "AbortPromptError") throw error;
      throw new Unanswered(signal.aborted ? "withdrawn" : "closed");
    } finally {
      for (const event of events) this.#input.off(event, close);
    }
  }
}
