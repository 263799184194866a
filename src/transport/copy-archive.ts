/*
 * The archive that folders travel in, as GNU tar writes it (tar(5), `ustar` with long names and numbers of GNU's), which
 * busybox and libarchive read as well. It is made here, and not by the source, so that nothing is in it but plain files
 * and folders below one place.
 */

const BLOCK = 512;
/** What tar reads at once. */
const RECORD = 20 * BLOCK;

export interface ArchiveEntry {
  /** A byte string. */
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

/** What stands before the bytes of a file, or for a folder. Only its owner may see it until it is in place. */
export function archiveHeader({ name, kind, size, modified }: ArchiveEntry): Buffer {
  const path = Buffer.from(kind === "folder" ? `${name}/` : name, "latin1");
  const own = header(path, {
    type: kind === "folder" ? "5" : "0",
    mode: kind === "folder" ? 0o700 : 0o600,
    size,
    modified,
  });
  if (path.length <= 100) return own;
  const long = Buffer.concat([path, Buffer.alloc(1)]);
  const before = header(Buffer.from("././@LongLink"), { type: "L", mode: 0, size: long.length, modified: 0 });
  return Buffer.concat([before, long, archivePadding(long.length), own]);
}

/** What follows the bytes of a file. */
export function archivePadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** @param size of all before it */
export function archiveEnd(size: number): Buffer {
  const end = size + 2 * BLOCK;
  return Buffer.alloc(Math.ceil(end / RECORD) * RECORD - size);
}

interface Fields {
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly modified: number;
}

function header(path: Buffer, { type, mode, size, modified }: Fields): Buffer {
  const block = Buffer.alloc(BLOCK);
  path.copy(block, 0, 0, 100);
  number(block, 100, 8, mode);
  number(block, 108, 8, 0);
  number(block, 116, 8, 0);
  number(block, 124, 12, size);
  number(block, 136, 12, Math.max(0, modified));
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar  \0", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** Octal, or where that does not fit binary behind a first bit. */
function number(block: Buffer, at: number, length: number, value: number): void {
  const octal = value.toString(8);
  if (octal.length < length) {
    block.write(octal.padStart(length - 1, "0"), at);
    return;
  }
  block.writeBigUInt64BE(BigInt(value), at + length - 8);
  block.writeUInt8(0x80, at);
}
