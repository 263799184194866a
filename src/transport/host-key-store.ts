import { readFile } from "node:fs/promises";
import { appendKnownHost } from "./known-hosts-file.ts";
import { KnownHosts, keyTypeOf, knownHostsName } from "./known-hosts.ts";
import type { HostKeyDecision } from "./known-hosts.ts";
import { FileCache, currentVersion } from "./ssh-file-cache.ts";
import { knownHostsUnreadable } from "./ssh-errors.ts";

/** Known host keys for one set of files. */
export interface HostKeys {
  readonly known: KnownHosts;
  /**
   * Writes a newly accepted key to the first file, and knows it from now on. Synchronous, as it happens in the
   * middle of a handshake that must not go on before.
   * @returns what is known of it then: somebody else may have written another one meanwhile
   * @throws the system's error when the file cannot be written
   */
  accept(address: string, port: number, key: Uint8Array): HostKeyDecision;
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
    let seen = await currentVersion(files[0] ?? "");
    const texts = await Promise.all(files.map(async (path) => ({ path, text: await readIfThere(path) })));
    const known = new KnownHosts(texts);
    let lines = texts[0]?.text.trimEnd().split("\n").length ?? 0;
    return {
      known,
      accept: (address, port, key) => {
        const [first] = files;
        if (first === undefined) return known.check(address, port, key);
        const text = `${knownHostsName(address, port)} ${keyTypeOf(key)} ${Buffer.from(key).toString("base64")}`;
        const appended = appendKnownHost(first, text, seen, (now) => {
          const decision = new KnownHosts([{ path: first, text: now }]).check(address, port, key);
          return decision.type === "unknown" ? undefined : decision;
        });
        if ("instead" in appended) return appended.instead;
        const { before, after } = appended;
        this.#cache.changed(first, before, after);
        if (before === seen) seen = after;
        known.add(text, { file: first, line: ++lines });
        return known.check(address, port, key);
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
