import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import { FileCache } from "./ssh-file-cache.ts";
import { lockedKey } from "./ssh-locked-key.ts";
import type { LockedKey } from "./ssh-locked-key.ts";

/** What became of a private key file. */
export type KeyFile =
  | { readonly type: "key"; readonly path: string; readonly key: ssh2.ParsedKey }
  | { readonly type: "encrypted"; readonly path: string; readonly locked: LockedKey }
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
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { type: "missing", path };
    return { type: "unusable", path, reason: error instanceof Error ? error.message : String(error) };
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
  if (!privateKey.isPrivateKey()) return { type: "unusable", path, reason: "a public key, not a private one" };
  return { type: "key", path, key: privateKey };
}
