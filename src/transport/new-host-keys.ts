import type { Asker } from "./asker.ts";
import type { KeyUnknown } from "./ssh-errors.ts";

/** Asks about host keys that nothing is known of. Owns the answers: each key of a host is asked about once. */
export class NewHostKeys {
  readonly #asker: Asker | undefined;
  readonly #answers = new Map<string, Promise<boolean | undefined>>();

  /** @param asker absent: nobody can be asked */
  constructor(asker: Asker | undefined) {
    this.#asker = asker;
  }

  /** @param file where the key would be written to */
  async isTrusted(
    { host, record, keyType, fingerprint }: KeyUnknown,
    file: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#asker === undefined || host.login?.newKeys === "refuse") return false;
    const id = [record, fingerprint, file].join(" ");
    const asked = this.#answers.get(id) ?? this.#asker.trust({ host, keyType, fingerprint, file }, signal);
    this.#answers.set(id, asked);
    const answer = await asked;
    // It was taken back; the next one may be answered.
    if (answer === undefined) this.#answers.delete(id);
    return answer === true;
  }
}
