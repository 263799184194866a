import { type FileEntry, type FileListing, FilesRefused } from "../engine/ports.ts";

/** Of `st_mode`, inode(7). */
const TYPE = 0o170000;
const KINDS: Readonly<Record<number, FileEntry["kind"]>> = { 0o100000: "file", 0o040000: "folder" };

/**
 * What the list program printed.
 * @throws for what it never prints, which is a bug
 */
export function parseListing(bytes: Buffer): FileListing {
  const reader = new Reader(bytes);
  const [umask = "", plain, inside] = reader.until("\n").split(" ");
  const path = reader.until("\0");
  return {
    path,
    entries: batches(reader, path),
    umask: Number.parseInt(umask, 8),
    plain: plain === "1",
    inside: inside === "1",
  };
}

/** Digest by name, as the write program prints them of what it has staged below `f`. */
export function parseStaged(bytes: Buffer): ReadonlyMap<string, string> {
  const entries = batches(new Reader(bytes), "f");
  return new Map(
    entries.flatMap(({ name, digest }) => (digest === undefined ? [] : [[name.replace(/^f\//, ""), digest]])),
  );
}

function batches(reader: Reader, path: string): readonly FileEntry[] {
  const entries: FileEntry[] = [];
  while (!reader.atEnd) {
    const names: string[] = [];
    for (let name; (name = reader.until("\0")) !== "";) names.push(name);
    const stats = names.map(() => reader.until("\n"));
    const digests = new Map<string, string>();
    // Those of this batch, where they were asked for: a name has no digest in front of it.
    for (const name of names) {
      const digest = reader.digestOf(name);
      if (digest !== undefined) digests.set(name, digest);
    }
    for (const [index, name] of names.entries()) {
      const below = name === path || name === "." ? "" : name.replace(/^\.\//, "");
      // A host must not be able to say what is written where on another.
      if (below.split("/").some((part) => part === ".." || part === ".") || below.startsWith("/")) {
        throw new FilesRefused(`${JSON.stringify(below)} is no name of a file in a folder`);
      }
      entries.push({ name: below, ...entryOf(stats[index] ?? ""), ...digestField(digests.get(name)) });
    }
  }
  return entries;
}

const digestField = (digest: string | undefined) => (digest === undefined ? {} : { digest });

function entryOf(line: string): Omit<FileEntry, "name" | "digest"> {
  const [mode = "", uid, gid, size, modified, device = "", user = "", group = ""] = line.split(" ");
  const bits = Number.parseInt(mode, 16);
  if (Number.isNaN(bits) || modified === undefined) throw new Error(`not what stat prints: ${line}`);
  return {
    kind: KINDS[bits & TYPE] ?? "other",
    mode: bits & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    user,
    group,
    size: Number(size),
    modified: Number(modified),
    device,
  };
}

/** Reads byte strings from the front. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#text = bytes.toString("latin1");
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  until(end: string): string {
    const found = this.#text.indexOf(end, this.#at);
    if (found < 0) throw new Error("a listing that breaks off");
    const text = this.#text.slice(this.#at, found);
    this.#at = found + 1;
    return text;
  }

  /** A line of sha256sum(1), if one about that file comes next: GNU's escapes names with a backslash in front. */
  digestOf(name: string): string | undefined {
    const digest = /^\\?([0-9a-f]{64}) [ *]/.exec(this.#text.slice(this.#at, this.#at + 67));
    if (digest === null) return undefined;
    const from = this.#at + digest[0].length;
    const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
    for (const form of [name, escaped, name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")]) {
      if (!this.#text.startsWith(`${form}\n`, from)) continue;
      this.#at = from + form.length + 1;
      return digest[1];
    }
    return undefined;
  }
}
