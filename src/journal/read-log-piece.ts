import { open } from "node:fs/promises";
import { failedWith } from "./durable-file.ts";

/** A part of a log. */
export interface LogPiece {
  readonly bytes: Uint8Array;
  /** Where it begins, in bytes. */
  readonly from: number;
  /** Of the whole log, as of now: it may be written meanwhile. */
  readonly size: number;
}

/** What there is of a task that has printed nothing. */
export const NO_LOG: LogPiece = { bytes: new Uint8Array(), from: 0, size: 0 };

/**
 * Reads a part of a log, also while it is written.
 * @param from in bytes; less than 0: counted from its end
 * @param length bytes, at most
 */
export async function readLogPiece(path: string, from: number, length: number): Promise<LogPiece> {
  const file = await open(path).catch((error: unknown) => {
    if (failedWith(error, "ENOENT")) return undefined;
    throw error;
  });
  if (file === undefined) return NO_LOG;
  try {
    const { size } = await file.stat();
    const begin = Math.max(0, Math.min(from < 0 ? size + from : from, size));
    const wanted = Math.min(length, size - begin);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, begin);
    return { bytes: buffer.subarray(0, bytesRead), from: begin, size };
  } finally {
    await file.close();
  }
}
