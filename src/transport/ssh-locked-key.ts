import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import type { Asker } from "./asker.ts";

/** What a file with an encrypted private key says without its passphrase. */
export interface LockedKey {
  readonly path: string;
  /** Absent where the format keeps it secret as well, and there is no `.pub` beside it. */
  readonly publicKey?: ssh2.ParsedKey;
  readonly text: Buffer;
}

/** @param text of a private key file that cannot be read without a passphrase */
export async function lockedKey(path: string, text: Buffer): Promise<LockedKey> {
  const publicKey = publicPart(text) ?? parse(await readFile(`${path}.pub`).catch(() => Buffer.alloc(0)));
  return { path, text, ...(publicKey !== undefined && { publicKey }) };
}

/** Key files that have been unlocked. Owns them, in memory only; a passphrase is asked for once a file. */
export class UnlockedKeys {
  readonly #asker: Asker | undefined;
  readonly #keys = new Map<string, Promise<ssh2.ParsedKey | undefined>>();
  readonly #wrong = new Set<string>();

  /** @param asker absent: nobody can be asked */
  constructor(asker?: Asker) {
    this.#asker = asker;
  }

  /** @returns undefined where nobody gives the right passphrase @throws {AnswerFailed} */
  async unlock(key: LockedKey, signal: AbortSignal): Promise<ssh2.ParsedKey | undefined> {
    const known = this.#keys.get(key.path);
    if (known !== undefined) return known;
    const unlocking = this.#ask(key, signal);
    this.#keys.set(key.path, unlocking);
    // What one connection gave up another may still want.
    const forget = (): unknown => this.#keys.delete(key.path);
    unlocking.then((unlocked) => unlocked === undefined && forget(), forget);
    return unlocking;
  }

  /** Whether some passphrase for that file was wrong. */
  wasWrong(path: string): boolean {
    return this.#wrong.has(path);
  }

  async #ask({ path, text }: LockedKey, signal: AbortSignal): Promise<ssh2.ParsedKey | undefined> {
    const question = { about: "passphrase", file: path } as const;
    for (;;) {
      const passphrase = await this.#asker?.secret(question, signal);
      if (passphrase === undefined) return undefined;
      const key = parse(text, passphrase);
      if (key?.isPrivateKey() === true) {
        this.#asker?.right(question);
        return key;
      }
      this.#wrong.add(path);
      this.#asker?.wrong(question);
    }
  }
}

/**
 * A locked key as ssh2 knows agents: the host is shown its public part first, and only if that is welcome somebody is
 * asked for the passphrase, as ssh(1) does.
 */
export class LockedKeyAgent extends ssh2.BaseAgent {
  readonly #publicKey: ssh2.ParsedKey;
  readonly #unlock: () => Promise<ssh2.ParsedKey | undefined>;

  /** @param unlock never rejects */
  constructor(publicKey: ssh2.ParsedKey, unlock: () => Promise<ssh2.ParsedKey | undefined>) {
    super();
    this.#publicKey = publicKey;
    this.#unlock = unlock;
  }

  override getIdentities(callback: ssh2.IdentityCallback): void {
    callback(null, [this.#publicKey]);
  }

  override sign(
    _publicKey: unknown,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    const done = typeof options === "function" ? options : callback;
    void this.#sign(data, typeof options === "function" ? undefined : options.hash, done);
  }

  async #sign(data: Buffer, hash: string | undefined, done: ssh2.SignCallback | undefined): Promise<void> {
    const key = await this.#unlock();
    const signature = key?.sign(data, hash) ?? new Error("no passphrase");
    if (signature instanceof Error) done?.(signature);
    else done?.(null, signature);
  }
}

/** OpenSSH's own format has it in clear, PROTOCOL.key of its sources: magic, cipher, kdf, its options, count, key. */
function publicPart(text: Buffer): ssh2.ParsedKey | undefined {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text.toString("latin1")) ?? [];
  if (body === undefined) return undefined;
  const data = Buffer.from(body, "base64");
  let at = Buffer.byteLength("openssh-key-v1\0");
  const field = (): Buffer => {
    const from = at + 4;
    at = from + (from <= data.length ? data.readUInt32BE(at) : 0);
    return data.subarray(from, at);
  };
  for (const _ of ["cipher", "kdf", "options"]) field();
  at += 4;
  return parse(field());
}

function parse(text: Buffer, passphrase?: string): ssh2.ParsedKey | undefined {
  if (text.length === 0) return undefined;
  const parsed: unknown = ssh2.utils.parseKey(text, passphrase);
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  return key instanceof Error ? undefined : (key as ssh2.ParsedKey);
}
