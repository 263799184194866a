import type ssh2 from "ssh2";
import type { ConnectError } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { AnswerFailed } from "./asker.ts";
import type { Asker } from "./asker.ts";
import { answerFailed, loginRefused, passphraseNeeded, passwordNeeded } from "./ssh-errors.ts";
import type { KeyFile } from "./ssh-keys.ts";
import { AgentKeys } from "./ssh-agent-keys.ts";
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
  readonly #agent: AgentKeys | undefined;
  /** None is offered twice: that of a file may be the agent's as well. */
  readonly #offered: ssh2.ParsedKey[] = [];
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
    this.#agent = agent === undefined ? undefined : new AgentKeys(agent);
    const agents: Attempt[] = [{ method: () => this.#ofAgent() }];
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
      if (file.type === "key" && file.certificate) return [`${file.path}-cert.pub (Waymark cannot use certificates)`];
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
      const { key } = file;
      const method = async (): Promise<ssh2.AnyAuthMethod | undefined> => {
        if (has(this.#offered, key)) return undefined;
        this.#offered.push(key);
        return { type: "publickey", username, key };
      };
      return [{ method, name: file.path }];
    }
    if (file.type === "public") {
      return [{ method: () => this.#ofPublicHalf(file) }];
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
    const method = async (): Promise<ssh2.AnyAuthMethod | undefined> => {
      if (has(this.#offered, publicKey)) return undefined;
      return (await this.#heldByAgent(publicKey)) ?? { type: "agent", username, agent };
    };
    return [{ method, name: file.path }];
  }

  async #ofPublicHalf({
    path,
    publicKey,
  }: KeyFile & { readonly type: "public" }): Promise<ssh2.AnyAuthMethod | undefined> {
    if (has(this.#offered, publicKey)) return undefined;
    const method = await this.#heldByAgent(publicKey);
    if (method === undefined)
      this.#agentTrouble.push(`${path} (a public key, and the SSH agent does not have the other half)`);
    else this.#tried.push(path);
    return method;
  }

  /** The agent has this very key, unlocked: nobody need be asked. */
  async #heldByAgent(publicKey: ssh2.ParsedKey): Promise<ssh2.AnyAuthMethod | undefined> {
    if (this.#agent === undefined || !(await this.#agent.has(publicKey))) return undefined;
    const { user: username } = this.#credentials;
    this.#offered.push(publicKey);
    return { type: "agent", username, agent: this.#agent.withKeys([publicKey]) };
  }

  /** All that the agent has; with `IdentitiesOnly` what there is a file of. */
  async #ofAgent(): Promise<ssh2.AnyAuthMethod | undefined> {
    const { user: username, keys: files, host } = this.#credentials;
    if (this.#agent === undefined) return undefined;
    try {
      const { keys, others } = await this.#agent.list();
      const named = host.login?.onlyIdentity === true ? files.flatMap((file) => publicHalf(file) ?? []) : keys;
      const wanted = keys.filter((key) => has(named, key) && !has(this.#offered, key));
      if (others.length > 0) {
        const count = others.length === 1 ? "one key" : `${others.length} keys`;
        this.#agentTrouble.push(`${count} of the SSH agent (${[...new Set(others)].join(", ")})`);
      }
      if (wanted.length === 0) return undefined;
      this.#offered.push(...wanted);
      this.#tried.push(`the SSH agent's ${wanted.length === 1 ? "key" : `${wanted.length} keys`}`);
      return { type: "agent", username, agent: this.#agent.withKeys(wanted) };
    } catch {
      this.#agentTrouble.push(`the SSH agent (${this.#agent.path} does not answer)`);
      return undefined;
    }
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
}

const has = (keys: readonly ssh2.ParsedKey[], key: ssh2.ParsedKey): boolean =>
  keys.some((one) => one.getPublicSSH().equals(key.getPublicSSH()));

function publicHalf(file: KeyFile): ssh2.ParsedKey | undefined {
  if (file.type === "key") return file.key;
  return file.type === "public" ? file.publicKey : file.type === "encrypted" ? file.locked.publicKey : undefined;
}
