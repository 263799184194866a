import type { Host } from "../model/inventory.ts";
import type { Asker, SecretQuestion } from "./asker.ts";

/** What sudo(8) asks on all hosts of a run; outlives their connections. */
export class SudoPasswords {
  readonly #asker: Asker | undefined;
  readonly #hosts = new Map<string, HostPasswords>();

  /** @param asker absent: nobody can be asked */
  constructor(asker?: Asker) {
    this.#asker = asker;
  }

  of(host: Host): HostPasswords {
    const known = this.#hosts.get(host.name) ?? new HostPasswords(host, this.#asker);
    this.#hosts.set(host.name, known);
    return known;
  }
}

/**
 * The passwords that sudo asks for on one host. Owns which were right and which wrong: none is tried again that was
 * wrong, since accounts are locked for that.
 */
export class HostPasswords {
  readonly #host: Host;
  readonly #asker: Asker | undefined;
  readonly #right = new Map<string, string>();
  readonly #wrong = new Map<string, Set<string>>();
  #last: Promise<unknown> = Promise.resolve();
  /** sudo is known to ask here. */
  asks = false;

  constructor(host: Host, asker?: Asker) {
    this.#host = host;
    this.#asker = asker;
  }

  /**
   * One at a time, as long as nothing is known to be right: two that ask at once would both try the same wrong password.
   */
  async inTurn<T>(use: () => Promise<T>): Promise<T> {
    if (this.#right.size > 0) return use();
    const mine = this.#last.then(use);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** A password for sudo that was not wrong before; undefined where there is none (any more). @throws {AnswerFailed} */
  async next(user: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#right.get(user);
    if (known !== undefined) return known;
    const answer = await this.#asker?.secret(this.#question(user), signal);
    return answer === undefined || this.#wrongFor(user).has(answer) ? undefined : answer;
  }

  right(user: string, password: string): void {
    if (this.#right.get(user) === password) return;
    this.#right.set(user, password);
    this.#asker?.right(this.#question(user));
  }

  wrong(user: string, password: string): void {
    this.#right.delete(user);
    this.#wrong.set(user, this.#wrongFor(user).add(password));
    this.#asker?.wrong(this.#question(user));
  }

  /** Whether the right one is known. */
  isKnown(user: string): boolean {
    return this.#right.has(user);
  }

  /** Whether some password has been wrong. */
  wasWrong(user: string): boolean {
    return this.#wrongFor(user).size > 0;
  }

  #question(user: string): SecretQuestion {
    return { about: "sudo", host: this.#host, user };
  }

  #wrongFor(user: string): Set<string> {
    return this.#wrong.get(user) ?? new Set();
  }
}
