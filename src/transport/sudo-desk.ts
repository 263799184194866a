import type { AgentPool } from "./agent-pool.ts";
import { AnswerFailed } from "./asker.ts";
import { denyRequest, giveRequest, parseWatched, prepareRequest, watchRequest } from "./askpass-program.ts";
import type { Watched } from "./askpass-program.ts";
import type { Connection } from "./connection.ts";
import { callSudo } from "./sudo-channel.ts";
import type { HostPasswords } from "./sudo-passwords.ts";
import { SudoRefused, passwordMissing, passwordWrong } from "./sudo-refused.ts";

/** Looks in one request; then the agent is free for somebody else, if there is need. */
const LOOKS = 10;
/** A helper that was answered and still waits had not begun to listen: it is answered again. */
const HEARD_MS = 2000;

export interface SudoDeskOptions {
  readonly pool: AgentPool;
  readonly connection: Connection;
  readonly passwords: HostPasswords;
  /** The login user. */
  readonly user: string;
  readonly uid: string;
}

type Asking = Extract<Watched, { type: "asks" }>;

/**
 * Answers `sudo` inside of blocks of the login user, on one connection, for as long as somebody there is at work. What
 * asks while nobody is connected waits; who connects next answers it.
 */
export class SudoDesk {
  readonly #options: SudoDeskOptions;
  readonly #over = new AbortController();
  #prepared: Promise<boolean> | undefined;
  #working = 0;
  #watching = false;
  /** Helpers that are being answered, by their process. */
  readonly #answering = new Set<number>();
  /** What each process of sudo was given last, and for which helper of its. */
  readonly #given = new Map<number, { readonly pid: number; readonly user: string; readonly password: string }>();

  constructor(options: SudoDeskOptions) {
    this.#options = options;
  }

  /**
   * Does some work during which a block may use sudo. Where it says so itself (`code`), sudo is asked first whether it
   * wants a password here; without code, by what earlier work has come to.
   */
  async during<T>(code: string | undefined, work: () => Promise<T>): Promise<T> {
    if (this.#options.uid === "0" || (code !== undefined && !(await this.#mayAsk(code)))) return work();
    this.#working++;
    void this.#watch();
    try {
      return await work();
    } finally {
      this.#working--;
    }
  }

  /** Nobody answers any more. */
  close(): void {
    this.#over.abort(new Error("closed"));
  }

  #mayAsk(code: string): Promise<boolean> {
    if (!/\bsudo\b/.test(code)) return this.#prepared ?? Promise.resolve(false);
    this.#prepared ??= this.#options.pool
      .with(undefined, (loop) => loop.request(prepareRequest()))
      .then((answer) => answer === "asks");
    return this.#prepared;
  }

  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    const { pool } = this.#options;
    try {
      while (this.#working > 0) {
        const request = watchRequest(LOOKS, [...this.#answering]);
        const watched = parseWatched(await pool.with(undefined, (loop) => loop.request(request)));
        if (watched.type === "never") return;
        if (watched.type === "asks") this.#attend(watched);
      }
    } catch {
      // The connection has gone, which those at work notice themselves.
    } finally {
      this.#watching = false;
    }
  }

  #attend(asking: Asking): void {
    this.#answering.add(asking.pid);
    const heard = (): void => void setTimeout(() => this.#answering.delete(asking.pid), HEARD_MS).unref();
    this.#answer(asking).then(heard, heard);
  }

  async #answer(asking: Asking): Promise<void> {
    const { pool } = this.#options;
    const { pid, parent } = asking;
    try {
      const { user, password } = await this.#find(asking);
      this.#given.set(parent, { pid, user, password });
      await pool.with(undefined, (loop) => loop.request(giveRequest(pid, password)));
    } catch (error) {
      if (!(error instanceof SudoRefused)) throw error;
      await pool.with(undefined, (loop) => loop.request(denyRequest(pid, error.message)));
    }
  }

  async #find({ pid, parent, isSudo, whose }: Asking): Promise<{ readonly user: string; readonly password: string }> {
    const { passwords, connection } = this.#options;
    const { signal } = this.#over;
    if (!isSudo) throw new SudoRefused("what asks for a password here is not sudo");
    // Own prompts of a block say something else.
    const user = /^[a-z_][a-z0-9_.-]*\$?$/i.test(whose) ? whose : this.#options.user;
    const before = this.#given.get(parent);
    if (before !== undefined && before.user === user) {
      if (before.pid === pid) return before;
      passwords.wrong(user, before.password);
    }
    // Whether it is right is seen before the block gets it: of several that ask at once only one would try it.
    if (user === this.#options.user && !passwords.isKnown(user) && !passwords.wasWrong(user)) {
      await callSudo({ connection, passwords, signal }, ["-v"]);
    }
    try {
      const password = await passwords.next(user, signal);
      if (password !== undefined) return { user, password };
    } catch (error) {
      if (error instanceof AnswerFailed) throw new SudoRefused(`${error.message} (${error.hint})`);
      throw error;
    }
    throw passwords.wasWrong(user) ? passwordWrong(user) : passwordMissing(user);
  }
}
