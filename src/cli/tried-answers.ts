import { setTimeout as sleep } from "node:timers/promises";

/** How often somebody at a terminal may be wrong about one host, or one key file; what ssh(1) and sudo(8) allow. */
const TRIES = 3;
/** For one host to tell whether an answer is right, before others try it as well. */
const TRIAL_MS = 5000;

/** An answer that several hosts may use. */
interface Shared {
  readonly answer: Promise<string | undefined>;
  isRight: boolean;
  /** The host that tries it first, and when that is over. */
  trial?: { readonly host: string; readonly over: PromiseWithResolvers<void> };
}

/** Answers that were right, of one question. */
export interface KnownAnswers {
  /** Of all hosts but those with one of their own. */
  shared?: string;
  readonly own: Map<string, string>;
}

/** Asks at the terminal. `mistyped`: once more; `here`: for this host alone, where what the others use is wrong. */
export type AskFor = (again: "no" | "mistyped" | "here") => Promise<string | undefined>;

/**
 * What was typed in answer to a question that several hosts ask. Owns what turned out right and wrong, so that no host
 * gets the same wrong answer twice: accounts are locked for that. A first answer is tried on one host; if it is wrong
 * there it was most likely mistyped, and no other host gets it.
 */
export class TriedAnswers {
  readonly #trialMs: number;
  readonly #known: KnownAnswers;
  #shared: Shared | undefined;
  #mistyped = 0;
  /** Typed for one host alone. */
  readonly #own = new Map<string, Promise<string | undefined>>();
  readonly #given = new Map<string, { readonly answer: string; readonly shared?: Shared }>();
  readonly #wrong = new Map<string, Set<string>>();

  /** @param known from before, and kept up to date. It may have become wrong since: it is tried as if it were typed now */
  constructor(trialMs = TRIAL_MS, known: KnownAnswers = { own: new Map() }) {
    this.#trialMs = trialMs;
    this.#known = known;
    if (known.shared !== undefined) this.#shared = { answer: Promise.resolve(known.shared), isRight: false };
    for (const [host, answer] of known.own) this.#own.set(host, Promise.resolve(answer));
  }

  /** @returns undefined where there is none, or the host has had its share of wrong ones */
  async get(host: string, ask: AskFor): Promise<string | undefined> {
    while (this.#mistyped < TRIES && this.#wrongFor(host).size < TRIES) {
      const own = await this.#own.get(host);
      if (own !== undefined && !this.#wrongFor(host).has(own)) return this.#give(host, own);
      const shared = (this.#shared ??= { answer: ask(this.#mistyped === 0 ? "no" : "mistyped"), isRight: false });
      const answer = await shared.answer;
      if (answer === undefined) return undefined;
      if (this.#wrongFor(host).has(answer)) {
        const typed = ask("here");
        this.#own.set(host, typed);
        if ((await typed) === undefined) return undefined;
        continue;
      }
      shared.trial ??= { host, over: Promise.withResolvers() };
      const mayTry = shared.isRight || shared.trial.host === host || (await this.#isLate(shared.trial.over.promise));
      if (mayTry) return this.#give(host, answer, shared);
    }
    return undefined;
  }

  right(host: string): void {
    const { answer, shared } = this.#given.get(host) ?? {};
    if (answer === undefined) return;
    if (shared === undefined) {
      this.#known.own.set(host, answer);
      return;
    }
    shared.isRight = true;
    this.#known.shared = answer;
    shared.trial?.over.resolve();
  }

  wrong(host: string): void {
    const { answer, shared } = this.#given.get(host) ?? {};
    if (answer === undefined) return;
    this.#wrong.set(host, this.#wrongFor(host).add(answer));
    if (this.#known.own.get(host) === answer) this.#known.own.delete(host);
    if (shared?.isRight === false && this.#known.shared === answer) delete this.#known.shared;
    if (shared === undefined || shared.isRight || shared !== this.#shared) return;
    this.#mistyped++;
    this.#shared = undefined;
    shared.trial?.over.resolve();
  }

  #give(host: string, answer: string, shared?: Shared): string {
    this.#given.set(host, { answer, ...(shared !== undefined && { shared }) });
    return answer;
  }

  #wrongFor(host: string): Set<string> {
    return this.#wrong.get(host) ?? new Set();
  }

  /** Waits for the trial, but not for ever: its host may be hanging. */
  async #isLate(over: Promise<void>): Promise<boolean> {
    const stop = new AbortController();
    const late = sleep(this.#trialMs, true, { signal: stop.signal }).catch(() => false);
    const isLate = await Promise.race([over.then(() => false), late]);
    stop.abort();
    return isLate;
  }
}
