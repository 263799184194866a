import { writeSync } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { TaskLog } from "../engine/ports.ts";
import { EXIT, WaymarkError } from "../model/errors.ts";
import type { CapsuleRef } from "../model/event.ts";
import { attemptLogPath, turnToAttempt } from "./attempt-logs.ts";
import { failedWith, makeFolder, PRIVATE_FILE } from "./durable-file.ts";

/** Bytes a task may fill on disk. */
export const LOG_LIMIT = 256 * 2 ** 20;
/** Bytes waiting in memory: from here on whoever writes is asked to wait for the disk. */
const MANY_WAITING = 2 ** 20;
/** And from here on made to. */
const WAITING_LIMIT = 4 * 2 ** 20;

/**
 * Opens the log of a task, emptied. stdout and stderr stand in it as they came, as on a terminal: it is for people.
 * @param attempt what writes it; absent: it is the only one
 * @param limit bytes; what follows is dropped and the cut is marked
 */
export async function openTaskLog(path: string, attempt?: CapsuleRef, limit = LOG_LIMIT): Promise<TaskLog> {
  try {
    const file = await openEmpty(attempt === undefined ? path : attemptLogPath(path, attempt));
    if (attempt !== undefined) await turnToAttempt(path, attempt);
    return new FileLog(path, file, limit);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** In its folder, which is there already but for the first of a step. */
async function openEmpty(path: string): Promise<FileHandle> {
  try {
    return await open(path, "w", PRIVATE_FILE);
  } catch (error) {
    if (!failedWith(error, "ENOENT")) throw error;
    await makeFolder(dirname(path));
    return await open(path, "w", PRIVATE_FILE);
  }
}

/**
 * Owns the file and the text on its way there. Every piece is written at its own offset, so that the order of writes
 * does not matter: usually one is under way while the next piece gathers; when too much gathers it is written at once.
 */
class FileLog implements TaskLog {
  readonly #path: string;
  readonly #file: FileHandle;
  #room: number;
  #offset = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: WaymarkError | undefined;

  constructor(path: string, file: FileHandle, limit: number) {
    this.#path = path;
    this.#file = file;
    this.#room = limit;
  }

  write(_stream: "stdout" | "stderr", text: string): Promise<void> | undefined {
    if (text === "" || this.#room < 0 || this.#failure !== undefined) return undefined;
    const bytes = Buffer.from(text);
    this.#room -= bytes.length;
    const fitting = this.#room < 0 ? Buffer.concat([whole(bytes, bytes.length + this.#room), CUT]) : bytes;
    this.#waiting.push(fitting);
    this.#waitingBytes += fitting.length;
    if (this.#waitingBytes > WAITING_LIMIT) this.#writeNow();
    else this.#writing ??= this.#writeLater();
    return this.#waitingBytes > MANY_WAITING ? this.#writing : undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close().catch((error: unknown) => this.#fail(error));
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #writeLater(): Promise<void> {
    try {
      await Promise.resolve(); // what is written in this turn goes together
      while (this.#waiting.length > 0) {
        const { bytes, offset } = this.#take();
        for (let done = 0; done < bytes.length;) {
          done += (await this.#file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
        }
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#writing = undefined;
  }

  #writeNow(): void {
    const { bytes, offset } = this.#take();
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.#file.fd, bytes, done, bytes.length - done, offset + done);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(): { readonly bytes: Buffer; readonly offset: number } {
    const bytes = Buffer.concat(this.#waiting);
    const offset = this.#offset;
    this.#offset += bytes.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return { bytes, offset };
  }

  #fail(error: unknown): void {
    this.#failure ??= cannotWrite(this.#path, error);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

const CUT = Buffer.from("\n[waymark: cut here, the log is full; the host keeps the rest until the run has passed]\n");

/** At most so many bytes, without half a UTF-8 character at the end. */
function whole(bytes: Buffer, length: number): Buffer {
  let end = length;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

function cannotWrite(path: string, error: unknown): WaymarkError {
  return new WaymarkError("WM7013", `cannot write ${path}: ${String(error)}`, {
    hint: "make room or check permissions there, then go on with `waymark resume`",
    exit: EXIT.paused,
    cause: error,
  });
}
