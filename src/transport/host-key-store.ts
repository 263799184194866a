import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FileCache, versionOf } from "./ssh-file-cache.ts";
import { KnownHosts, keyTypeOf, knownHostsName } from "./known-hosts.ts";
import { knownHostsUnreadable } from "./ssh-errors.ts";

/** Known host keys for one set of files. */
export interface HostKeys {
  readonly known: KnownHosts;
  /**
   * Writes a newly accepted key to the first file, and knows it from now on. Synchronous, as it happens in the
   * middle of a handshake that must not go on before.
   * @throws the system's error when the file cannot be written
   */
  accept(address: string, port: number, key: Uint8Array): void;
}

/** Reads known_hosts files; owns one parsed copy per set of files, shared by every connection while they are unchanged. */
export class HostKeyStore {
  readonly #cache = new FileCache<HostKeys>();

  /**
   * @param files absolute paths; those that do not exist are empty
   * @throws {ConnectError} when one exists and cannot be read: it might hold the very line that forbids the key
   */
  load(files: readonly string[]): Promise<HostKeys> {
    return this.#cache.load(files, () => this.#read(files));
  }

  async #read(files: readonly string[]): Promise<HostKeys> {
    const texts = await Promise.all(files.map(async (path) => ({ path, text: await readIfThere(path) })));
    const known = new KnownHosts(texts);
    let lines = texts[0]?.text.trimEnd().split("\n").length ?? 0;
    return {
      known,
      accept: (address, port, key) => {
        const [first] = files;
        if (first === undefined) return;
        const text = `${knownHostsName(address, port)} ${keyTypeOf(key)} ${Buffer.from(key).toString("base64")}`;
        const { before, after } = appendLine(first, text);
        this.#cache.changed(first, before, after);
        known.add(text, { file: first, line: ++lines });
      },
    };
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return "";
    throw knownHostsUnreadable(path, error);
  }
}

/** One write in append mode: nothing that others write at the same time is lost or cut in two. */
function appendLine(path: string, text: string): { readonly before: string; readonly after: string } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "a+", 0o600);
  try {
    const before = fstatSync(file);
    const last = Buffer.alloc(1);
    const broken = before.size > 0 && readSync(file, last, 0, 1, before.size - 1) === 1 && last[0] !== 0x0a;
    writeSync(file, `${broken ? "\n" : ""}${text}\n`);
    return { before: versionOf(before), after: versionOf(fstatSync(file)) };
  } finally {
    closeSync(file);
  }
}
