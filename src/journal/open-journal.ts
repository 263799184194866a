import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Clock, Journal, TaskLog } from "../engine/ports.ts";
import { EXIT, WaymarkError } from "../model/errors.ts";
import type { CapsuleRef, EventBody, RunEvent } from "../model/event.ts";
import { jsonLine } from "../model/json-line.ts";
import { PRIVATE_FILE, syncFolder } from "./durable-file.ts";
import { acquireLock } from "./lock.ts";
import type { Lock } from "./lock.ts";
import { readJournal } from "./read-journal.ts";
import { journalPath, lockPath, taskLogPath } from "./run-folder.ts";
import type { RunFolder } from "./run-folder.ts";
import { openTaskLog } from "./task-log.ts";

/**
 * Opens the journal of a run to go on with it, and keeps everybody else from doing so until it is closed. A torn last
 * line is cut off.
 * @returns the journal, and the events that are in it: none for a new run
 * @throws {WaymarkError} WM7002 no such run; WM7010, WM7011 it cannot be read; WM7020 somebody else has it (exit 3);
 *   WM7021 nobody can tell whether
 */
export async function openJournal(
  folder: RunFolder,
  surroundings: { readonly clock: Pick<Clock, "now"> },
): Promise<{ readonly journal: Journal; readonly events: readonly RunEvent[] }> {
  await stat(folder.path).catch((error: unknown) => {
    throw new WaymarkError("WM7002", `there is no run folder ${folder.path}`, {
      hint: "`waymark runs` lists what there is",
      cause: error,
    });
  });
  const lock = await acquireLock(lockPath(folder), surroundings.clock.now());
  try {
    const { events, length } = await readJournal(journalPath(folder));
    const file = await open(journalPath(folder), "a", PRIVATE_FILE);
    await file.truncate(length);
    // What was read may still be in the memory of the kernel alone: from here on others rely on it.
    await file.sync();
    await syncFolder(folder.path);
    // Some file systems do not count links.
    const isLinked = (await file.stat()).nlink > 0;
    return { journal: new FileJournal({ folder, file, isLinked }, lock, surroundings.clock, events.length), events };
  } catch (error) {
    await lock.release();
    throw error instanceof WaymarkError ? error : cannotWrite(folder, error);
  }
}

interface Kept {
  readonly folder: RunFolder;
  readonly file: FileHandle;
  /** It has a name that can be lost. */
  readonly isLinked: boolean;
}

/**
 * Owns the file, the lock and the lines on their way to disk. While one group of lines is written and synced, the next
 * gathers; groups are chained, so that after one that failed no other is ever written: what a failed fsync has left on
 * disk is unknown (fsync(2)).
 */
class FileJournal implements Journal {
  readonly #folder: RunFolder;
  readonly #file: FileHandle;
  readonly #isLinked: boolean;
  readonly #lock: Lock;
  readonly #clock: Pick<Clock, "now">;
  readonly #logs = new Set<TaskLog>();
  #seq: number;
  #lines: string[] = [];
  /** Settled once every line given so far is on disk. */
  #last: Promise<void> = Promise.resolve();
  /** The group that still takes lines. */
  #gathering: Promise<void> | undefined;
  #closed = false;
  #cannotWrite = false;

  constructor(kept: Kept, lock: Lock, clock: Pick<Clock, "now">, seq: number) {
    this.#folder = kept.folder;
    this.#file = kept.file;
    this.#isLinked = kept.isLinked;
    this.#lock = lock;
    this.#clock = clock;
    this.#seq = seq;
  }

  async append(...bodies: readonly EventBody[]): Promise<readonly RunEvent[]> {
    if (this.#closed) throw new Error("the journal is closed");
    const at = this.#clock.now().toISOString();
    const events = bodies.map((body): RunEvent => ({ v: 1, seq: ++this.#seq, at, ...body }));
    for (const event of events) this.#lines.push(jsonLine(event));
    this.#last = this.#gathering ??= this.#last.then(() => this.#commit());
    await this.#last;
    return events;
  }

  async openLog(step: string, host: string, attempt?: CapsuleRef): Promise<TaskLog> {
    const log = await this.#noting(openTaskLog(taskLogPath(this.#folder, step, host), attempt));
    this.#logs.add(log);
    return {
      write: (stream, text) => log.write(stream, text),
      close: () => {
        this.#logs.delete(log);
        return this.#noting(log.close());
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const logs = [...this.#logs].map((log) => this.#noting(log.close()));
    // Whoever appended was told of a failure; closing must let go all the same.
    await Promise.allSettled([this.#last, ...logs]);
    await this.#file.close();
    await this.#lock.release(this.#cannotWrite);
  }

  /** Notes that there is no room any more, or no disk. */
  #noting<T>(written: Promise<T>): Promise<T> {
    return written.catch((error: unknown) => {
      this.#cannotWrite = true;
      throw error;
    });
  }

  async #commit(): Promise<void> {
    const text = this.#lines.join("");
    this.#lines = [];
    this.#gathering = undefined;
    try {
      await this.#file.appendFile(text);
      await this.#file.datasync();
    } catch (error) {
      this.#cannotWrite = true;
      throw cannotWrite(this.#folder, error);
    }
    // Written where nobody finds it again: nothing may be begun after that.
    if (this.#isLinked && (await this.#file.stat()).nlink === 0) throw deleted(this.#folder);
  }
}

function deleted(folder: RunFolder): WaymarkError {
  return new WaymarkError("WM7012", `${journalPath(folder)} has been deleted while the run was at work`, {
    hint: "nobody can go on with this run; `waymark run GUIDE --new` starts anew",
    exit: EXIT.paused,
  });
}

function cannotWrite(folder: RunFolder, error: unknown): WaymarkError {
  return new WaymarkError("WM7012", `cannot write ${journalPath(folder)}: ${String(error)}`, {
    hint: "make room or check the disk, then go on with `waymark resume`; jobs on the hosts are not lost",
    exit: EXIT.paused,
    cause: error,
  });
}
