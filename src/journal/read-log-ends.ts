import { open, stat } from "node:fs/promises";
import { failedWith } from "./durable-file.ts";

/** The beginning and the end of a log. */
export interface LogEnds {
  readonly head: string;
  /** Absent: the head is all. `bytes`: so many lie between. */
  readonly cut?: { readonly bytes: number; readonly tail: string };
}

/** Of what may be read of a log, the part that is its beginning. */
const HEAD_SHARE = 0.25;

/** The size of a log in bytes; 0 where there is none. */
export async function logSize(path: string): Promise<number> {
  const found = await stat(path).catch(noLog);
  return found?.size ?? 0;
}

/**
 * Reads at most `most` bytes of a log, however long it is, also while it is written: a quarter from its beginning, the
 * rest from its end, in whole lines where they are not longer than that.
 * @returns undefined where there is no log, or nothing in it
 */
export async function readLogEnds(path: string, most: number): Promise<LogEnds | undefined> {
  const file = await open(path).catch(noLog);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size === 0) return undefined;
    const read = async (from: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    };
    if (most === 0) return { head: "", cut: { bytes: size, tail: "" } };
    if (size <= most) return { head: (await read(0, size)).toString() };
    const headLength = Math.floor(most * HEAD_SHARE);
    const tailFrom = size - (most - headLength);
    const head = wholeLinesBefore(await read(0, headLength));
    const tail = wholeLinesAfter(await read(tailFrom, size - tailFrom));
    return {
      head: head.toString(),
      cut: { bytes: size - head.length - tail.length, tail: tail.toString() },
    };
  } finally {
    await file.close();
  }
}

const NEWLINE = 0x0a;

function wholeLinesBefore(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(NEWLINE);
  if (end >= 0) return bytes.subarray(0, end + 1);
  // No half of a character at the end.
  let length = bytes.length;
  while (length > 0 && ((bytes[length - 1] ?? 0) & 0xc0) === 0x80) length--;
  return bytes.subarray(0, (bytes[length - 1] ?? 0) >= 0xc0 ? length - 1 : length);
}

function wholeLinesAfter(bytes: Buffer): Buffer {
  const end = bytes.indexOf(NEWLINE);
  if (end >= 0 && end < bytes.length - 1) return bytes.subarray(end + 1);
  let start = 0;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start);
}

function noLog(error: unknown): undefined {
  if (!failedWith(error, "ENOENT")) throw error;
}
