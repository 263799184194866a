import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { WaymarkError } from "../model/errors.ts";
import type { RunEvent } from "../model/event.ts";
import { failedWith } from "./durable-file.ts";

/** Bytes read at a time. */
const BLOCK = 1 << 20;
const NEWLINE = 0x0a;

export interface JournalText {
  readonly events: RunEvent[];
  /** Bytes that hold them; what follows is a line that was being written when its writer died. */
  readonly length: number;
}

/**
 * Reads a journal line by line, also while somebody else writes it; one that does not exist is empty. Only its last line may be torn: that is how a crash
 * leaves it, and nobody was told yet that it is on disk.
 * @throws {WaymarkError} WM7010 for any other damage, WM7011 for events of a version that is not ours
 */
export async function readJournal(path: string): Promise<JournalText> {
  const events: RunEvent[] = [];
  let length = 0;
  let torn: WaymarkError | undefined;
  for await (const line of linesOf(path)) {
    if (torn !== undefined) throw torn;
    const text = isUtf8(line) ? parse(line.toString()) : undefined;
    if (text === undefined) {
      torn = damaged(path, events.length + 1, "is not JSON");
      continue;
    }
    events.push(checked(text, path, events.length + 1));
    length += line.length + 1;
  }
  return { events, length };
}

/** Without their newlines; what follows the last newline is no line. */
export async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  try {
    for await (const block of createReadStream(path, { highWaterMark: BLOCK }) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
        const line = block.subarray(start, end);
        yield rest.length === 0 ? line : Buffer.concat([...rest, line]);
        rest = [];
        start = end + 1;
      }
      if (start < block.length) rest.push(block.subarray(start));
    }
  } catch (error) {
    if (!failedWith(error, "ENOENT")) throw error;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Checks what every event must have. What it says besides is the business of whoever folds it. */
function checked(value: unknown, path: string, line: number): RunEvent {
  if (typeof value !== "object" || value === null) throw damaged(path, line, "is not an event");
  const stamp: { v?: unknown; seq?: unknown; at?: unknown; type?: unknown } = value;
  if (stamp.v !== 1) {
    throw new WaymarkError("WM7011", `${path}:${line}: version ${JSON.stringify(stamp.v)} is not known here`, {
      hint: "this run was written by another release of Waymark: use that one for it",
    });
  }
  if (stamp.seq !== line) throw damaged(path, line, `has seq ${JSON.stringify(stamp.seq)} instead of ${line}`);
  if (typeof stamp.at !== "string" || Number.isNaN(Date.parse(stamp.at))) throw damaged(path, line, "has no time");
  if (typeof stamp.type !== "string" || stamp.type === "") throw damaged(path, line, "has no type");
  return value as RunEvent;
}

function damaged(path: string, line: number, what: string): WaymarkError {
  return new WaymarkError("WM7010", `${path}:${line}: the journal is damaged: this line ${what}`, {
    hint: "nothing was changed; restore the file from a backup, or start anew with `waymark run --new`",
  });
}
