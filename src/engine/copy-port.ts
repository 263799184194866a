/*
 * What copying needs of a host, as part of the Session port: to look at files, to read some, to put some in place.
 *
 * Names of files need not be UTF-8: here they are byte strings, one character (0–255) a byte.
 */

/** The host would not: no such file, no permission, no space. One line, without the host's name. */
export class FilesRefused extends Error {
  override readonly name = "FilesRefused";
}

export interface FileQuery {
  /** As for scp(1): absolute, below a leading `~`, or relative to the home of the user. */
  readonly path: string;
  /** Absent: the login user. */
  readonly user?: string;
  /** A name: where `path` is a folder, what is meant is this in it (`.`: the folder itself). */
  readonly into?: string;
  /** Below the place, `""` being itself: only these are looked at, and what is not there is left out. Absent: all there is. */
  readonly names?: readonly string[];
  readonly digests: boolean;
}

/** Links are followed. */
export interface FileListing {
  /** Absolute; a byte string. */
  readonly path: string;
  /** The place itself first. Empty: there is nothing, but there is a folder for it. */
  readonly entries: readonly FileEntry[];
  /** The permission bits that new files there do not get. */
  readonly umask: number;
  /** Its file system keeps neither modes nor owners, as FAT. */
  readonly plain: boolean;
  /** It is what `into` of the query says: that was asked about a folder. */
  readonly inside: boolean;
}

export interface FileEntry {
  /** Below the place; `""`: the place itself. */
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
  /** Permission bits, 0–07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
  /** The file system that it is on. */
  readonly device: string;
  /** SHA-256, hex: of files, where it was asked for. */
  readonly digest?: string;
}

export interface FilesToRead {
  /** As listed. */
  readonly path: string;
  readonly user?: string;
  readonly names: readonly string[];
}

export interface FilesToWrite {
  /** As listed. */
  readonly path: string;
  readonly user?: string;
  /** Lower-case hex: names what is left of an earlier try, which is removed. */
  readonly key: string;
  /** Folders before what is in them. */
  readonly changes: readonly FileChange[];
}

/** What a file or folder is to be. */
export interface FileChange {
  readonly name: string;
  readonly kind: "file" | "folder";
  /** There is nothing of that name yet. */
  readonly isNew: boolean;
  /** Bytes of new content; absent: it keeps its own. */
  readonly size?: number;
  readonly mode?: number;
  /** For chown(1). */
  readonly owner?: string;
  /** The owner is what it was; where that cannot be had, it is the writer. */
  readonly ownerKept?: true;
  /** Seconds since 1970. */
  readonly modified?: number;
}

export interface FileAccess {
  /** @throws {FilesRefused} */
  list(query: FileQuery, signal: AbortSignal): Promise<FileListing>;
  /**
   * The bytes of the files, one file after the other. A slow reader slows the host down.
   * @throws {FilesRefused}
   */
  read(files: FilesToRead, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Takes in `content`, the bytes of all files that have a size one after the other, beside where they go, compares
   * digests, and puts them in place: a file or a new folder at once, in an existing folder one file at a time. If
   * anything goes wrong before that, `content` or the connection among it, all is as it was. An abort that comes later
   * comes too late.
   * @throws {FilesRefused} the signal's reason once it is certain that nothing is left of it
   */
  write(files: FilesToWrite, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}
