import type ssh2 from "ssh2";
import type { Host } from "../model/inventory.ts";
import type { Asker, SecretQuestion } from "./asker.ts";

/** What sshd(8) allows in one login and ssh(1) asks (`NumberOfPasswordPrompts`). */
const TRIES = 3;
/** Of one server that never has enough. */
const QUESTIONS = 20;

export interface TypedLoginOptions {
  readonly host: Host;
  readonly user: string;
  readonly asker: Asker;
  readonly signal: AbortSignal;
  /** Told when the server waits for somebody to answer, and when it does no longer. */
  readonly onWaiting: (waits: boolean) => void;
  /** The server asks what nobody answers: something else is to be tried. */
  readonly giveUp: (error?: Error) => void;
}

type Method = "keyboard-interactive" | "password";
type LoginQuestion = SecretQuestion & { readonly about: "login" | "sudo" };

/**
 * A login by what people know: a password (RFC 4252, 8), or answers to what the server asks (keyboard-interactive,
 * RFC 4256). Owns which answer is on trial. A password is sent only where the server asks for one; whatever else it asks
 * goes to the operator word for word.
 */
export class TypedLogin {
  readonly #options: TypedLoginOptions;
  readonly #question: LoginQuestion;
  readonly #tries: Record<Method, number> = { "keyboard-interactive": 0, password: 0 };
  #questions = 0;
  /** The password is on trial; `alone`: with nothing else that may be wrong. */
  #trial: "none" | "alone" | "among others" = "none";
  #tried = false;
  #refused: Method | undefined;

  constructor(options: TypedLoginOptions) {
    this.#options = options;
    this.#question = { about: "login", host: options.host, user: options.user };
  }

  /** Whether some answer was sent. */
  get tried(): boolean {
    return this.#tried;
  }

  /**
   * The next thing to try of what the server offers; undefined when there is none.
   * @param went how the one before went, if it was one of these: `partly`, where the server wants more than one
   * @throws {AnswerFailed}
   */
  async next(left: readonly string[], went: "wrong" | "partly"): Promise<ssh2.AnyAuthMethod | undefined> {
    this.#settle(went === "partly");
    const { user: username } = this.#options;
    if (this.#may("keyboard-interactive", left)) {
      this.#tries["keyboard-interactive"]++;
      // A server that takes the method and asks nothing would do so for ever.
      this.#refused = "keyboard-interactive";
      return {
        type: "keyboard-interactive",
        username,
        prompt: (name, instructions, _language, prompts, finish) => {
          this.#refused = undefined;
          this.#answer([name, instructions], prompts).then(
            (answers) => {
              if (answers !== undefined) return finish([...answers]);
              this.#refused = "keyboard-interactive";
              return this.#options.giveUp();
            },
            (error: unknown) => this.#options.giveUp(error as Error),
          );
        },
      };
    }
    if (!this.#may("password", left)) return undefined;
    this.#tries.password++;
    const password = await this.#ask(this.#question);
    if (password === undefined) return undefined;
    this.#trial = "alone";
    return { type: "password", username, password };
  }

  succeeded(): void {
    this.#settle(true);
  }

  #may(method: Method, left: readonly string[]): boolean {
    return left.includes(method) && this.#tries[method] < TRIES && this.#refused !== method;
  }

  #settle(isRight: boolean): void {
    const trial = this.#trial;
    this.#trial = "none";
    if (trial === "none") return;
    if (isRight) this.#options.asker.right(this.#question);
    else if (trial === "alone") this.#options.asker.wrong(this.#question);
  }

  /** Answers to one round of questions; undefined where one has none. */
  async #answer(about: readonly string[], prompts: readonly ssh2.Prompt[]): Promise<readonly string[] | undefined> {
    const { host, user } = this.#options;
    const answers: string[] = [];
    for (const [index, { prompt, echo = false }] of prompts.entries()) {
      if (++this.#questions > QUESTIONS) return undefined;
      if (asksForPassword(prompt, echo)) {
        // Once more in the same breath: the one before was wrong.
        if (this.#trial === "alone") this.#settle(false);
        const password = await this.#ask(this.#question);
        if (password === undefined) return undefined;
        this.#trial = this.#trial === "none" && prompts.length === 1 ? "alone" : "among others";
        answers.push(password);
        continue;
      }
      const text = [...(index === 0 ? about : []), prompt].filter((line) => line.trim() !== "").join("\n");
      const answer = await this.#ask({ about: "prompt", host, user, text, echo });
      if (answer === undefined) return undefined;
      if (this.#trial === "alone") this.#trial = "among others";
      answers.push(answer);
    }
    return answers;
  }

  async #ask(question: SecretQuestion): Promise<string | undefined> {
    const { asker, signal, onWaiting } = this.#options;
    onWaiting(true);
    try {
      const answer = await asker.secret(question, signal);
      this.#tried ||= answer !== undefined;
      return answer;
    } finally {
      onWaiting(false);
    }
  }
}

/** `Password:`, `(ops@pi-1) Password:`, `ops@pi-1's password:`; but no new one, and none that is good for one time. */
function asksForPassword(prompt: string, echo: boolean): boolean {
  return (
    !echo &&
    /\bpassword\b[^\n]*$/i.test(prompt.trim()) &&
    !/\bnew\b|retype|again|current|one.?time|verification|\botp\b/i.test(prompt)
  );
}
