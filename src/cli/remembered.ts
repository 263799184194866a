import type { InputDeclaration } from "../model/runbook.ts";
import { checkInput } from "../plan/input-value.ts";
import type { ResolvedInputs } from "../plan/inputs.ts";
import type { KnownAnswers } from "./tried-answers.ts";

/**
 * What somebody has typed in one sitting and no journal may have: secret inputs, and the passwords and passphrases that
 * were right. Owns them, in memory and nowhere else, until the sitting is over.
 */
export class Remembered {
  readonly #inputs = new Map<string, string>();
  readonly #answers = new Map<string, KnownAnswers>();

  /** Keeps what was typed for an input, if it is a secret: the rest is in the journal. */
  input({ name, secret }: InputDeclaration, value: string): void {
    if (secret) this.#inputs.set(name, value);
  }

  /** The value of an input, as long as it passes the declaration's checks. */
  valueOf(declaration: InputDeclaration): string | undefined {
    const value = declaration.secret ? this.#inputs.get(declaration.name) : undefined;
    const isBad = value !== undefined && checkInput(declaration, value).some(({ severity }) => severity === "error");
    return isBad ? undefined : value;
  }

  /** The same inputs with what is known of those that are missing. */
  complete(resolved: ResolvedInputs): ResolvedInputs {
    const known = resolved.missing.flatMap((declaration) => {
      const value = this.valueOf(declaration);
      return value === undefined ? [] : [[declaration.name, value] as const];
    });
    const values = Object.fromEntries(known);
    return {
      ...resolved,
      values: { ...resolved.values, ...values },
      missing: resolved.missing.filter(({ name }) => !Object.hasOwn(values, name)),
    };
  }

  /** What was right in answer to a question; whoever asks it keeps that up to date. */
  answersTo(question: string): KnownAnswers {
    const known = this.#answers.get(question) ?? { own: new Map() };
    this.#answers.set(question, known);
    return known;
  }
}
