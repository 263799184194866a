import { stat } from "node:fs/promises";

/** What a file's content is told apart by without reading it. */
export function versionOf(file: { readonly ino: number; readonly size: number; readonly mtimeMs: number }): string {
  return `${file.ino}:${file.size}:${file.mtimeMs}`;
}

interface Cached<T> {
  readonly files: readonly string[];
  readonly versions: readonly string[];
  readonly value: Promise<T>;
}

/**
 * What was made of files. Owns one copy per set of files, which is good as long as none of them changes: during a run
 * somebody may well put a key or a line right and try again.
 */
export class FileCache<T> {
  readonly #cached = new Map<string, Cached<T>>();
  /** @param read makes the value anew; when it rejects, that is not kept */
  async load(files: readonly string[], read: () => Promise<T>): Promise<T> {
    const id = files.join("\0");
    const versions = await Promise.all(files.map(currentVersion));
    const cached = this.#cached.get(id);
    if (cached?.versions.every((version, index) => version === versions[index])) return cached.value;
    const value = read();
    this.#cached.set(id, { files, versions, value });
    value.catch(() => this.#cached.delete(id));
    return value;
  }

  /** We changed a file ourselves, and what was made of it knows of that. A version other than `before` it does not know. */
  changed(file: string, before: string, after: string): void {
    for (const [id, { files, versions, value }] of this.#cached) {
      const index = files.indexOf(file);
      if (index === -1 || versions[index] !== before) continue;
      this.#cached.set(id, { files, versions: versions.with(index, after), value });
    }
  }
}

/** The version of a file; empty where there is none. */
export async function currentVersion(path: string): Promise<string> {
  try {
    return versionOf(await stat(path));
  } catch {
    return "";
  }
}
