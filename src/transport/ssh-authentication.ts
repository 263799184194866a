import ssh2 from "ssh2";
import type { ConnectError } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { loginRefused, passphraseNeeded } from "./ssh-errors.ts";
import type { KeyFile } from "./ssh-keys.ts";

/** What a login needs to know. */
export interface Credentials {
  readonly user: string;
  readonly keys: readonly KeyFile[];
  /** The keys were named for this host, rather than looked for where OpenSSH would. */
  readonly keysNamed: boolean;
  readonly agent?: string;
}

interface Attempt {
  readonly method: ssh2.AnyAuthMethod;
  /** How the user knows it; none for an attempt that nobody asked for. */
  readonly name?: string;
}

/**
 * One login: offers keys one after the other, and can say afterwards what was tried. Keys named in the inventory go
 * before the agent's, since sshd hangs up after six wrong ones (`MaxAuthTries`).
 */
export class Login {
  readonly #credentials: Credentials;
  readonly #attempts: Attempt[];
  readonly #tried: string[] = [];
  readonly #agentTrouble: string[] = [];

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    const { user: username, keys, keysNamed, agent } = credentials;
    const own = keys.flatMap((file): Attempt[] =>
      file.type === "key" ? [{ method: { type: "publickey", username, key: file.key }, name: file.path }] : [],
    );
    const agents: Attempt[] =
      agent === undefined ? [] : [{ method: { type: "agent", username, agent: this.#watch(agent) } }];
    // Some servers know who is calling without any key.
    const none: Attempt = { method: { type: "none", username } };
    this.#attempts = [...(keysNamed ? [...own, ...agents] : [...agents, ...own]), none];
  }

  /** For ssh2's `authHandler`: the next thing to try, `false` when nothing is left. */
  next(): ssh2.AnyAuthMethod | false {
    const attempt = this.#attempts.shift();
    if (attempt?.name !== undefined) this.#tried.push(attempt.name);
    return attempt?.method ?? false;
  }

  /** Why the login failed. */
  failure(host: Host): ConnectError {
    const { user, keys, keysNamed } = this.#credentials;
    const encrypted = keys.find(({ type }) => type === "encrypted");
    if (encrypted !== undefined) return passphraseNeeded(host, user, encrypted.path, this.#tried);
    const unusable = keys.flatMap((file) => {
      if (file.type === "unusable") return [`${file.path} (${file.reason})`];
      return file.type === "missing" && keysNamed ? [`${file.path} (no such file)`] : [];
    });
    return loginRefused(host, user, this.#tried, [...unusable, ...this.#agentTrouble]);
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
