import type { Asker, SecretQuestion } from "../../src/transport/asker.ts";

/** Gives these answers, one after the other, and remembers what it was asked and told. */
export class ScriptedAsker implements Asker {
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly #answers: string[];

  constructor(...answers: readonly string[]) {
    this.#answers = [...answers];
  }

  async secret(question: SecretQuestion): Promise<string | undefined> {
    this.asked.push(nameOf(question));
    return this.#answers.shift();
  }

  right(question: SecretQuestion): void {
    this.told.push(`right ${nameOf(question)}`);
  }

  wrong(question: SecretQuestion): void {
    this.told.push(`wrong ${nameOf(question)}`);
  }

  async trust(): Promise<undefined> {}
}

function nameOf(question: SecretQuestion): string {
  if (question.about === "passphrase") return question.file;
  const { about, user, host } = question;
  const text = question.about === "prompt" ? `: ${question.text}${question.echo ? " (echo)" : ""}` : "";
  return `${about} ${user}@${host.name}${text}`;
}
