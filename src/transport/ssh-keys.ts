import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import { FileCache } from "./ssh-file-cache.ts";
import { lockedKey } from "./ssh-locked-key.ts";
import type { LockedKey } from "./ssh-locked-key.ts";

/** What became of a private key file. */
export type KeyFile =
  | {
      readonly type: "key";
      readonly path: string;
      readonly key: ssh2.ParsedKey;
      /** There is one. */ readonly certificate: boolean;
    }
  | { readonly type: "encrypted"; readonly path: string; readonly locked: LockedKey }
  /** It says which of the SSH agent's keys is meant. */
  | { readonly type: "public"; readonly path: string; readonly publicKey: ssh2.ParsedKey }
  | { readonly type: "missing"; readonly path: string }
  | { readonly type: "unusable"; readonly path: string; readonly reason: string };

/** Private key files. Owns one parsed copy of each, shared by every connection while the file is unchanged. */
export class KeyRing {
  readonly #cache = new FileCache<KeyFile>();

  load(path: string): Promise<KeyFile> {
    return this.#cache.load([path], () => readKey(path));
  }
}

async function readKey(path: string): Promise<KeyFile> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return withoutPrivateHalf(path);
    return { type: "unusable", path, reason: error instanceof Error ? error.message : String(error) };
  }
  if (isSecurityKey(text)) {
    return { type: "unusable", path, reason: "the key of a security token, which Waymark cannot use" };
  }
  const parsed: unknown = ssh2.utils.parseKey(text);
  // Old versions of the format may hold several keys, of which only the first is ever used.
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) {
    if (/no passphrase given/.test(key.message))
      return { type: "encrypted", path, locked: await lockedKey(path, text) };
    return { type: "unusable", path, reason: "not a private key" };
  }
  const privateKey = key as ssh2.ParsedKey;
  return privateKey.isPrivateKey()
    ? { type: "key", path, key: privateKey, certificate: existsSync(`${path}-cert.pub`) }
    : { type: "public", path, publicKey: privateKey };
}

/** `id.pub` may be all there is of a key that an agent has (ssh_config(5), IdentityFile). */
async function withoutPrivateHalf(path: string): Promise<KeyFile> {
  const text = await readFile(`${path}.pub`).catch(() => undefined);
  const key: unknown = text && ssh2.utils.parseKey(text);
  if (key === undefined || key instanceof Error) return { type: "missing", path };
  return { type: "public", path: `${path}.pub`, publicKey: key as ssh2.ParsedKey };
}

/** Of FIDO tokens: the file has only a handle. */
function isSecurityKey(text: Buffer): boolean {
  const [, body = ""] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text.toString("latin1")) ?? [];
  return /sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com/.test(
    `${text.toString("latin1", 0, 100)}${Buffer.from(body, "base64").toString("latin1")}`,
  );
}
