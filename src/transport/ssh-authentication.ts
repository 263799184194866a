import ssh2 from "ssh2";
import type { ConnectError } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { AnswerFailed } from "./asker.ts";
import type { Asker } from "./asker.ts";
import { answerFailed, loginRefused, passphraseNeeded, passwordNeeded } from "./ssh-errors.ts";
import type { KeyFile } from "./ssh-keys.ts";
import { LockedKeyAgent } from "./ssh-locked-key.ts";
import type { LockedKey, UnlockedKeys } from "./ssh-locked-key.ts";
import { TypedLogin } from "./ssh-typed-login.ts";

/** What a login needs to know. */
export interface Credentials {
  readonly host: Host;
  readonly user: string;
  readonly keys: readonly KeyFile[];
  /** The keys were named for this host, rather than looked for where OpenSSH would. */
  readonly keysNamed: boolean;
  readonly agent?: string;
  readonly unlocked: UnlockedKeys;
  /** Absent: nobody can be asked. */
  readonly asker?: Asker;
  /** Nobody wants the login any more. */
  readonly signal: AbortSignal;
}

interface Attempt {
  readonly method: () => Promise<ssh2.AnyAuthMethod | undefined>;
  /** How the user knows it; none for an attempt that nobody asked for. */
  readonly name?: string;
}

type Next = (method: ssh2.AnyAuthMethod | false) => void;

/**
 * One login: offers keys one after the other, then what somebody types, where the host offers that; and can say
 * afterwards what was tried. Keys named in the inventory go before the agent's, since sshd hangs up after six wrong ones
 * (`MaxAuthTries`).
 */
export class Login {
  readonly #credentials: Credentials;
  readonly #attempts: Attempt[];
  readonly #tried: string[] = [];
  readonly #agentTrouble: string[] = [];
  readonly #typed: TypedLogin | undefined;
  /** Welcome keys that nobody has unlocked. */
  readonly #locked: string[] = [];
  #left: readonly string[] = [];
  #next: Next = () => {};
  #failure: ConnectError | undefined;
  #waiting: (waits: boolean) => void = () => {};

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    const { host, user, keys, keysNamed, agent, asker, signal } = credentials;
    const own = keys.flatMap((file) => this.#ofFile(file));
    const agents: Attempt[] =
      agent === undefined
        ? []
        : [{ method: async () => ({ type: "agent", username: user, agent: this.#watch(agent) }) }];
    // Some servers know who is calling without any key.
    const none: Attempt = { method: async () => ({ type: "none", username: user }) };
    this.#attempts = [...(keysNamed ? [...own, ...agents] : [...agents, ...own]), none];
    if (asker === undefined) return;
    const onWaiting = (waits: boolean): void => this.#waiting(waits);
    const giveUp = (error?: Error): void => {
      if (error === undefined) void this.#answer("wrong");
      else this.#next(this.#fail(error));
    };
    this.#typed = new TypedLogin({ host, user, asker, signal, onWaiting, giveUp });
  }

  /** Told when the host has to wait for somebody to answer, and when it has not any more. */
  onWaiting(listener: (waits: boolean) => void): void {
    this.#waiting = listener;
  }

  /**
   * For ssh2's `authHandler`: calls `next` with the next thing to try, `false` when nothing is left.
   * @param left what the host would take; null before it has said so
   * @param isPartial what was tried last was right, and the host wants something else as well
   */
  try(left: readonly string[] | null, isPartial: boolean, next: Next): void {
    this.#left = left ?? [];
    this.#next = next;
    void this.#answer(isPartial ? "partly" : "wrong");
  }

  /** It was let in. */
  succeeded(): void {
    this.#typed?.succeeded();
  }

  /** Why the login failed. */
  failure(host: Host): ConnectError {
    const { user, keys, keysNamed, unlocked } = this.#credentials;
    if (this.#failure !== undefined) return this.#failure;
    const [locked] = this.#locked;
    if (locked !== undefined) return passphraseNeeded(host, user, locked, this.#tried, unlocked.wasWrong(locked));
    const typed = this.#left.some((method) => method === "password" || method === "keyboard-interactive");
    const unusable = keys.flatMap((file) => {
      if (file.type === "unusable") return [`${file.path} (${file.reason})`];
      return file.type === "missing" && keysNamed ? [`${file.path} (no such file)`] : [];
    });
    const others = [...unusable, ...this.#agentTrouble];
    return typed
      ? passwordNeeded(host, user, this.#tried, others, this.#typed?.tried === true)
      : loginRefused(host, user, this.#tried, others);
  }

  async #answer(went: "wrong" | "partly"): Promise<void> {
    const next = this.#next;
    try {
      next(await this.#goOn(went));
    } catch (error) {
      next(this.#fail(error));
    }
  }

  async #goOn(went: "wrong" | "partly"): Promise<ssh2.AnyAuthMethod | false> {
    for (;;) {
      const attempt = this.#attempts.shift();
      if (attempt === undefined) break;
      // It has what it wants of keys, or wants none.
      if (this.#left.length > 0 && !this.#left.includes("publickey")) continue;
      if (attempt.name !== undefined) this.#tried.push(attempt.name);
      const method = await attempt.method();
      if (method !== undefined) return method;
    }
    if (this.#failure !== undefined) return false;
    return (await this.#typed?.next(this.#left, went)) ?? false;
  }

  #ofFile(file: KeyFile): readonly Attempt[] {
    const { user: username } = this.#credentials;
    if (file.type === "key") {
      return [{ method: async () => ({ type: "publickey", username, key: file.key }), name: file.path }];
    }
    if (file.type !== "encrypted") return [];
    const { locked } = file;
    const unlock = async (): Promise<ssh2.ParsedKey | undefined> => this.#unlock(locked);
    const { publicKey } = locked;
    if (publicKey === undefined) {
      const method = async (): Promise<ssh2.AnyAuthMethod | undefined> => {
        const key = await unlock();
        return key && { type: "publickey", username, key };
      };
      return [{ method }];
    }
    const agent = new LockedKeyAgent(publicKey, unlock);
    return [{ method: async () => ({ type: "agent", username, agent }), name: file.path }];
  }

  async #unlock(locked: LockedKey): Promise<ssh2.ParsedKey | undefined> {
    const { unlocked, signal } = this.#credentials;
    this.#waiting(true);
    try {
      const key = await unlocked.unlock(locked, signal);
      if (key === undefined) this.#locked.push(locked.path);
      return key;
    } catch (error) {
      this.#fail(error);
      this.#attempts.length = 0;
      return undefined;
    } finally {
      this.#waiting(false);
    }
  }

  #fail(error: unknown): false {
    const { host } = this.#credentials;
    if (error instanceof AnswerFailed) this.#failure ??= answerFailed(host, error);
    else if (!this.#credentials.signal.aborted) throw error;
    return false;
  }

  /** The agent behind this socket; takes down how many keys it had. */
  #watch(path: string): ssh2.BaseAgent {
    const agent = ssh2.createAgent(path);
    const ask = agent.getIdentities.bind(agent);
    agent.getIdentities = (callback) => {
      ask((error, keys) => {
        const count = keys?.length ?? 0;
        if (error) this.#agentTrouble.push(`the SSH agent (${path} does not answer)`);
        else if (count > 0) this.#tried.push(`the SSH agent's ${count === 1 ? "key" : `${count} keys`}`);
        callback(error, keys);
      });
    };
    return agent;
  }
}
