import type { Host } from "../model/inventory.ts";

/*
 * What a login may need that no file says. Whoever implements it asks the operator, or runs a command that was named
 * for it, and asks nothing twice: one answer serves every host that has the same question.
 */

/** A question whose answer is a secret: it is never in argv, an environment, a file, the journal or output. */
export type SecretQuestion =
  | { readonly about: "passphrase"; /** Absolute path of the private key. */ readonly file: string }
  | {
      /** `login`: of `user` on the host, for SSH. `sudo`: of `user` on the host, who is the login user. */
      readonly about: "login" | "sudo";
      readonly host: Host;
      readonly user: string;
    }
  | {
      /** Keyboard-interactive (RFC 4256): one of the server's prompts, as it came: hostile text. */
      readonly about: "prompt";
      readonly host: Host;
      readonly user: string;
      readonly text: string;
      /** The answer may be shown while it is typed. */
      readonly echo: boolean;
    };

/** A host key that nothing is known of. */
export interface HostKeyQuestion {
  readonly host: Host;
  /** `ED25519`. */
  readonly keyType: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** The known_hosts file that it would be written to. */
  readonly file: string;
}

/** What was to give an answer did not work: there will be none in this run. */
export class AnswerFailed extends Error {
  override readonly name = "AnswerFailed";
  /** What to do about it. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

export interface Asker {
  /**
   * @returns undefined where nobody can say, or nobody wants to
   * @throws {AnswerFailed}
   */
  secret(question: SecretQuestion, signal: AbortSignal): Promise<string | undefined>;
  /** The answer to this question was right: now it may serve other hosts as well. */
  right(question: SecretQuestion): void;
  /** The answer to this question was wrong: it is not given again in this run. */
  wrong(question: SecretQuestion): void;
  /** @returns whether the key is to be trusted from now on; undefined as above */
  trust(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean | undefined>;
}
