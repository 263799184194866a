import type { LogPiece } from "../../journal/read-log-piece.ts";
import { neutralize } from "../../story/terminal-text.ts";
import { firstLine, type LogLine, logLines } from "./log-lines.ts";
import { linesWith } from "./search.ts";
import { span } from "./text-line.ts";

/** Read at once. */
const PIECE = 256 * 1024;
/** Kept at most: the window moves. */
const KEPT = 1024 * 1024;
/** Around the line that is looked at there is as much at least, where the log has it. */
const MARGIN = 64 * 1024;
/** Between two looks whether more has been written. */
const LOOK_MS = 300;

/** Where what is looked for was found: its line, and one a little above it. */
export interface Found {
  readonly at: number;
  readonly top: number;
}

/**
 * A part of a task's log, around the line that is looked at. Owns its bytes: a megabyte or so, however long the log is.
 * What is not there yet is read, and told of once it is.
 */
export class LogWindow {
  readonly #read: (from: number, length: number) => Promise<LogPiece>;
  readonly #changed: () => void;
  readonly #now: () => number;
  #bytes: Uint8Array = new Uint8Array();
  #from = 0;
  #size = 0;
  #lines: readonly LogLine[] | undefined;
  #reading: Promise<void> | undefined;
  #looked = -Infinity;
  #search = 0;

  /**
   * @param read a part of the log; less than `from` 0: counted from its end
   * @param changed called when there is more to be seen
   * @param now milliseconds
   */
  constructor(
    read: (from: number, length: number) => Promise<LogPiece>,
    changed: () => void,
    now: () => number = () => Date.now(),
  ) {
    this.#read = read;
    this.#changed = changed;
    this.#now = now;
  }

  get lines(): readonly LogLine[] {
    return (this.#lines ??= logLines(this.#bytes, this.#from));
  }

  /** Nothing is missing below. */
  get atEnd(): boolean {
    return this.#from + this.#bytes.length >= this.#size;
  }

  /** Nothing is missing above. */
  get atStart(): boolean {
    return this.#from === 0;
  }

  /** Sees to it that the lines around a place are there; resolves once they are. @param at bytes */
  async show(at: number): Promise<void> {
    if (this.#reading !== undefined) return this.#reading;
    const wanted = this.#missing(at);
    if (wanted === undefined) return undefined;
    this.#reading = this.#take(wanted, at)
      .catch(() => undefined)
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  /**
   * Looks for a text in the whole log, line by line, round its end.
   * @param at bytes: where the line begins that is looked at last
   * @param above lines to be seen above what is found
   * @returns `nowhere`; or undefined, where nobody wants to know any more
   */
  async find(text: string, at: number, by: 1 | -1, above: number): Promise<Found | "nowhere" | undefined> {
    const search = ++this.#search;
    const isOver = (): boolean => search !== this.#search;
    const { size } = await this.#read(0, 0);
    const next = Math.min(size, at + firstLine((await this.#read(at, PIECE)).bytes));
    for (const [from = 0, to = 0] of [by > 0 ? [next, size] : [0, at], [0, size]]) {
      const found = await this.#findIn(text, from, to, by, isOver);
      if (found === undefined) continue;
      // The lines above it are in another part, maybe.
      const begin = Math.max(0, found - MARGIN);
      const { bytes } = await this.#read(begin, found - begin);
      const whole = begin === 0 ? 0 : firstLine(bytes);
      const before = logLines(bytes.subarray(whole), begin + whole);
      return { at: found, top: before.at(-above)?.at ?? before[0]?.at ?? found };
    }
    return isOver() ? undefined : "nowhere";
  }

  /** Nobody wants to know any more what was looked for. */
  stopSearch(): void {
    this.#search++;
  }

  /** In pieces that overlap by a line, from the end that is nearer. */
  async #findIn(
    text: string,
    from: number,
    to: number,
    by: 1 | -1,
    isOver: () => boolean,
  ): Promise<number | undefined> {
    let [low, high] = [from, to];
    while (low < high) {
      const begin = by > 0 ? low : Math.max(low, high - PIECE);
      const { bytes } = await this.#read(begin, Math.min(PIECE, high - begin));
      if (isOver()) return undefined;
      if (bytes.length === 0) return undefined;
      // Whole lines only, where there are some: what is left goes with the next piece.
      const isLast = begin + bytes.length >= high;
      const newline = bytes.lastIndexOf(0x0a) + 1;
      const start = by > 0 || begin === low ? 0 : firstLine(bytes) % bytes.length;
      const end = by > 0 && !isLast && newline > 0 ? newline : bytes.length;
      const place = placeIn(bytes.subarray(start, end), begin + start, text, by);
      if (place !== undefined) return place;
      if (by > 0) low = begin + end;
      else high = begin + start;
    }
    return undefined;
  }

  /** Which part to read next for a place to be seen. */
  #missing(at: number): { readonly from: number; readonly length: number } | undefined {
    const to = this.#from + this.#bytes.length;
    const isFresh = this.#now() - this.#looked < LOOK_MS;
    if (isFresh && to >= this.#size && (at > to || this.#size === 0)) return undefined;
    if (this.#bytes.length === 0 || at < this.#from || at > to) {
      return { from: Math.max(0, at - PIECE / 2), length: PIECE };
    }
    if (at - this.#from < MARGIN && this.#from > 0) {
      const from = Math.max(0, this.#from - PIECE);
      return { from, length: this.#from - from };
    }
    return to - at < MARGIN && (to < this.#size || !isFresh) ? { from: to, length: PIECE } : undefined;
  }

  async #take({ from, length }: { readonly from: number; readonly length: number }, at: number): Promise<void> {
    const to = this.#from + this.#bytes.length;
    const piece = await this.#read(from, length);
    this.#looked = this.#now();
    const known = this.#size;
    this.#size = piece.size;
    if (piece.size < to) this.#set(new Uint8Array(), 0);
    else if (piece.bytes.length === 0) {
      if (known !== piece.size) this.#changed();
      return;
    } else if (from === to && this.#bytes.length > 0) this.#set(joined(this.#bytes, piece.bytes), this.#from);
    else {
      const isBefore = from + piece.bytes.length === this.#from && this.#bytes.length > 0;
      const whole = piece.from === 0 ? 0 : firstLine(piece.bytes) % Math.max(1, piece.bytes.length);
      const begun = piece.bytes.subarray(whole);
      this.#set(isBefore ? joined(begun, this.#bytes) : begun, piece.from + whole);
    }
    this.#trim(at);
    this.#changed();
  }

  /** Gives up what is farthest away. */
  #trim(at: number): void {
    const over = this.#bytes.length - KEPT;
    if (over <= 0) return;
    if (at - this.#from < KEPT / 2) this.#set(new Uint8Array(this.#bytes.subarray(0, KEPT)), this.#from);
    else {
      const whole = over + firstLine(this.#bytes.subarray(over));
      this.#set(new Uint8Array(this.#bytes.subarray(whole)), this.#from + whole);
    }
  }

  #set(bytes: Uint8Array, from: number): void {
    this.#bytes = bytes;
    this.#from = from;
    this.#lines = undefined;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.concat([one, other]);
}

/** Most parts of a log have nothing of it, which is seen without a look at their lines. */
function placeIn(bytes: Uint8Array, from: number, text: string, by: 1 | -1): number | undefined {
  const whole = neutralize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  if (linesWith([[span(whole)]], text).length === 0) return undefined;
  const lines = logLines(bytes, from);
  const rows = linesWith(
    lines.map((line) => [span(line.text)]),
    text,
  );
  const row = by > 0 ? rows[0] : rows.at(-1);
  return row === undefined ? undefined : lines[row]?.at;
}
