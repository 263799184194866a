import { createHash } from "node:crypto";
import { type FileChange, FilesRefused } from "../engine/ports.ts";
import { archiveEnd, archiveHeader, archivePadding } from "./copy-archive.ts";

/** Sent in one go, behind a line with its length: each costs the host a process. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * What is written, on its way: parted into files, put into an archive where they are several, and into chunks as the
 * write program takes them. Owns the digests of what has passed.
 */
export class CopyContent {
  readonly digests = new Map<string, string>();
  readonly #changes: readonly FileChange[];
  readonly #content: AsyncIterable<Uint8Array>;

  constructor(changes: readonly FileChange[], content: AsyncIterable<Uint8Array>) {
    this.#changes = changes;
    this.#content = content;
  }

  /** How it travels. */
  get kind(): "file" | "folder" {
    return this.#changes[0]?.name === "" && this.#changes[0].kind === "file" ? "file" : "folder";
  }

  /** @throws {FilesRefused} when there is less or more than the files' sizes say */
  async *chunks(): AsyncGenerator<readonly Uint8Array[], void, void> {
    let waiting: Uint8Array[] = [];
    let size = 0;
    for await (const part of this.kind === "file" ? this.#files() : this.#archive()) {
      if (part.byteLength === 0) continue;
      waiting.push(part);
      size += part.byteLength;
      if (size < CHUNK_BYTES) continue;
      yield [Buffer.from(`${size}\n`), ...waiting];
      waiting = [];
      size = 0;
    }
    if (size > 0) yield [Buffer.from(`${size}\n`), ...waiting];
    yield [Buffer.from("0\n")];
  }

  async *#archive(): AsyncGenerator<Uint8Array, void, void> {
    let size = 0;
    for await (const part of this.#files()) {
      size += part.byteLength;
      yield part;
    }
    yield archiveEnd(size);
  }

  /** The bytes of each file, with what an archive has around them. */
  async *#files(): AsyncGenerator<Uint8Array, void, void> {
    const packs = this.kind === "folder";
    const parts = this.#content[Symbol.asyncIterator]();
    try {
      let rest: Uint8Array = new Uint8Array();
      for (const { name, kind, size = 0, modified = 0 } of this.#archived()) {
        if (packs) yield archiveHeader({ name: name === "" ? "f" : `f/${name}`, kind, size, modified });
        if (kind === "folder") continue;
        const hash = createHash("sha256");
        for (let missing = size; missing > 0;) {
          if (rest.byteLength === 0) {
            const next = await parts.next();
            if (next.done === true) throw changed();
            rest = next.value;
          }
          const part = rest.subarray(0, missing);
          rest = rest.subarray(part.byteLength);
          missing -= part.byteLength;
          hash.update(part);
          yield part;
        }
        this.digests.set(name, hash.digest("hex"));
        if (packs) yield archivePadding(size);
      }
      if (rest.byteLength > 0 || (await parts.next()).done !== true) throw changed();
    } finally {
      await parts.return?.();
    }
  }

  /** Files with content, and every folder on the way to them or new. */
  *#archived(): Generator<FileChange, void, void> {
    if (this.kind === "file") return yield* this.#changes;
    const made = new Set<string>();
    for (const change of this.#changes) {
      if (change.kind === "folder" ? !change.isNew : change.size === undefined) continue;
      const names = change.name.split("/");
      const folders = ["", ...names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join("/"))];
      for (const name of change.kind === "folder" ? [...folders, change.name] : folders) {
        if (made.has(name)) continue;
        made.add(name);
        yield { name, kind: "folder", isNew: true };
      }
      if (change.kind === "file") yield change;
    }
  }
}

function changed(): FilesRefused {
  return new FilesRefused("the source was changed while it was being copied");
}
