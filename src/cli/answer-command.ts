import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { AnswerFailed } from "../transport/asker.ts";
import type { Surroundings } from "./terminal.ts";

/** How long a command may take: a password manager may ask its user first. */
const TIMEOUT_MS = 120_000;

/** What a command may answer by, as variables of its environment. */
export interface AnswerFor {
  readonly WAYMARK_HOST?: string;
  readonly WAYMARK_USER?: string;
  readonly WAYMARK_KEY?: string;
}

/** A command line that answers questions, and the flag that named it. */
export interface AnswerCommand {
  readonly flag: string;
  readonly command: string;
}

/**
 * Runs the commands that answer questions: each once, or once for each value of the variables that its text names. Owns
 * what they have answered, which is kept in memory only.
 */
export class AnswerCommands {
  readonly #around: Pick<Surroundings, "cwd" | "env">;
  readonly #timeoutMs: number;
  readonly #answers = new Map<string, Promise<string>>();

  constructor(around: Pick<Surroundings, "cwd" | "env">, timeoutMs = TIMEOUT_MS) {
    this.#around = around;
    this.#timeoutMs = timeoutMs;
  }

  /** The first line that it prints. @throws {AnswerFailed} each time, when it has failed once */
  answer(command: AnswerCommand, about: AnswerFor): Promise<string> {
    // What its text does not name it does not get either: it could not be told that it answers for others as well.
    const named = Object.entries(about).filter(([name]) => new RegExp(`\\b${name}\\b`).test(command.command));
    const id = JSON.stringify([command.flag, named]);
    const known = this.#answers.get(id);
    if (known !== undefined) return known;
    const answer = this.#run(command, Object.fromEntries(named));
    answer.catch(() => undefined);
    this.#answers.set(id, answer);
    return answer;
  }

  async #run({ flag, command }: AnswerCommand, about: AnswerFor): Promise<string> {
    const failed = (what: string): AnswerFailed =>
      new AnswerFailed(`${flag}: \`${command}\` ${what}`, `Run that command by itself, and mend what ${flag} says.`);
    const child = spawn("sh", ["-c", command], {
      cwd: this.#around.cwd,
      env: { ...this.#around.env, ...about },
      stdio: ["ignore", "pipe", "inherit"],
      timeout: this.#timeoutMs,
    });
    try {
      const [printed, [exit, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
      if (signal === "SIGTERM") throw failed(`was not over after ${this.#timeoutMs / 1000} s`);
      if (exit !== 0) throw failed(signal === null ? `ended with ${exit}` : `was ended by ${String(signal)}`);
      const [line = ""] = printed.split(/\r?\n/);
      if (line === "") throw failed("printed nothing");
      return line;
    } catch (error) {
      if (error instanceof AnswerFailed) throw error;
      throw failed(`could not be started: ${(error as Error).message}`);
    }
  }
}
