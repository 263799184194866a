import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { versionOf } from "./ssh-file-cache.ts";

/*
 * Adding to a known_hosts file that others add to at the same time: ssh, other Waymarks. All of it is synchronous, as it
 * happens in the middle of a handshake that must not go on before.
 */

/** For one of somebody else's lines to be written; it takes less than a millisecond. */
const LOCK_MS = 1000;
/** Whoever made a lock that is so old was killed. */
const STALE_MS = 10_000;
const PAUSE_MS = 5;

/** The versions of the file before and after; or why the line is not wanted any more. */
export type Appended<T> = { readonly before: string; readonly after: string } | { readonly instead: T };

/**
 * Appends a line, in one write: nothing that others write at the same time is lost or cut in two.
 *
 * @param seen version of the file that the caller knows
 * @param judge the text of a file that is not as it was seen, while nobody else adds to it; undefined: still wanted
 * @throws the system's error when the file cannot be written
 */
export function appendKnownHost<T>(
  path: string,
  line: string,
  seen: string,
  judge: (text: string) => T | undefined,
): Appended<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = lock(path);
  try {
    for (;;) {
      const appended = append(path, line, seen, judge);
      // ssh-keygen -R puts another file in its place.
      if ("instead" in appended || appended.ino === statSync(path, { throwIfNoEntry: false })?.ino) return appended;
    }
  } finally {
    unlock();
  }
}

function append<T>(
  path: string,
  line: string,
  seen: string,
  judge: (text: string) => T | undefined,
): Appended<T> & { readonly ino?: number } {
  const file = openSync(path, "a+", 0o600);
  try {
    const stat = fstatSync(file);
    const before = versionOf(stat);
    const instead = before !== seen && stat.isFile() ? judge(readFileSync(path, "utf8")) : undefined;
    if (instead !== undefined) return { instead };
    const last = Buffer.alloc(1);
    const broken = stat.size > 0 && readSync(file, last, 0, 1, stat.size - 1) === 1 && last[0] !== 0x0a;
    writeSync(file, `${broken ? "\n" : ""}${line}\n`);
    return { before, after: versionOf(fstatSync(file)), ino: stat.ino };
  } finally {
    closeSync(file);
  }
}

/** @returns takes the lock away again. Where none can be had one write is still one write: goes on without */
function lock(path: string): () => void {
  const name = `${path}.waymark-lock`;
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return () => undefined;
  // It may have been taken for left behind meanwhile.
  const letGo = (): void => rmSync(name, { force: true });
  // As long as it goes from hand to hand, it will come to ours.
  let seen: number | undefined;
  let deadline = performance.now() + LOCK_MS;
  while (performance.now() < deadline) {
    try {
      closeSync(openSync(name, "wx", 0o600));
      return letGo;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) break;
    }
    const made = statSync(name, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== seen) deadline = performance.now() + LOCK_MS;
    seen = made;
    if (made !== undefined && Date.now() - made > STALE_MS) letGo();
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  return () => undefined;
}
