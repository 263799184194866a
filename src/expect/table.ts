/*
 * Column-aligned listings as commands print them for people. There is no format to follow, only habits:
 *
 *   spaced   kubectl, docker, podman, crictl: Go's text/tabwriter. Columns start where their header starts, at least
 *            two blanks after anything to the left; headers and cells may hold single blanks (`CONTAINER ID`, `3 (2m ago)`).
 *   packed   lsblk, swapon, findmnt (libsmartcols), df, ps, systemctl, free: one blank between columns, numbers
 *            flush right under their header, so that a cell may begin left of it; headers are words.
 *   tabs     helm and whatever is separated by single tabs.
 *
 * Where a line breaks the columns (a value too wide for its place pushes the rest), its words are counted instead.
 */

/** A row, by header as printed. Every column is there; a cell without text is `""`. */
export type Row = ReadonlyMap<string, string>;

interface Column {
  readonly name: string;
  /** Where its header stands; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The rows of the first column-aligned listing in what a command printed: the first block of lines, up to an empty
 * one, that begins with a header. None where there is no such block, and none for a header alone. Never throws.
 *
 * Text left of the first header (`●` of systemctl, `Mem:` of free) is under the key `""`; the branches that lsblk and
 * findmnt draw before names are cut; a line that only goes on with the last cell of the one above is added to it
 * after a newline (a device's second mount point).
 */
export function parseTable(stdout: string): readonly Row[] {
  for (const block of blocks(stdout)) {
    const [header, ...rest] = block;
    if (header === undefined || !isHeader(header)) continue;
    const body = rest.filter((line) => !RULE.test(line));
    return tabbed(header, body) ?? aligned(expandTabs(header), body.map(expandTabs));
  }
  return [];
}

/** `------ -----` under a header. */
const RULE = /^[\s+|=-]+$/;

function* blocks(stdout: string): Generator<readonly string[]> {
  let block: string[] = [];
  for (const line of stdout.split("\n")) {
    const text = line.trimEnd();
    if (text !== "") block.push(text);
    else if (block.length > 0) {
      yield block;
      block = [];
    }
  }
  yield block;
}

/** Longer than any header: what is so long need not be taken apart. */
const LONGEST_HEADER = 4096;

/** Headers are labels. Values give themselves away by digits (`5d`, `eth0`, `v1.30.1`), paths, quotes. */
function isHeader(line: string): boolean {
  if (line.length > LONGEST_HEADER) return false;
  const words = wordsOf(expandTabs(line));
  return words.length > 1 ? words.every(isLabel) : /^\s*[A-Z][A-Z_-]+$/.test(line);
}

function isLabel({ text }: Word, index: number): boolean {
  if (BLOCKS.test(text)) return true;
  if (/\d/.test(text)) return /^\p{Lu}[\p{L}\d:_-]*$/u.test(text);
  return /^[#%(]?[\p{L}_][^\s=<>"'{}[\]\\]*$/u.test(text) || (index > 0 && /^[/%#&]$/.test(text));
}

/** df: `1K-blocks`, `1024-blocks`, `1M-blocks`. */
const BLOCKS = /^\d+[A-Za-z]*-blocks$/;

function wordsOf(line: string): readonly Word[] {
  const words: Word[] = [];
  for (let end = 0, start = 0; start < line.length; start = end + 1) {
    end = line.indexOf(" ", start);
    if (end < 0) end = line.length;
    if (end > start) words.push({ text: line.slice(start, end), start, end });
  }
  return words;
}

/** Undefined unless names are separated by single tabs and every line has as many. */
function tabbed(header: string, body: readonly string[]): readonly Row[] | undefined {
  const names = header.split("\t").map((name) => name.trim());
  if (names.length < 2 || names.includes("")) return undefined;
  const rows = body.map((line) => line.split("\t"));
  // Empty last cells are gone with the blanks at the end of the line.
  if (rows.some((cells) => cells.length > names.length || cells.length < 2)) return undefined;
  return rows.map((cells) => rowOf(names, (index) => cells[index]?.trim() ?? ""));
}

/** Tab stops every eight columns, as terminals have them and swapon counts on. */
function expandTabs(line: string): string {
  if (!line.includes("\t")) return line;
  return line
    .split("\t")
    .reduce((expanded, piece) => expanded.padEnd(expanded.length + 8 - (expanded.length % 8)) + piece);
}

function aligned(header: string, body: readonly string[]): readonly Row[] {
  const words = wordsOf(header);
  const spaced = spacedColumns(words, body);
  if (!spaced) return packedRows(packedColumns(words, body), body);
  return joinLines(
    spaced.map(({ name }) => name),
    body.map((line) => spaced.map(({ start }, i) => line.slice(start, spaced[i + 1]?.start).trim())),
  );
}

/** Headers joined where one blank is between them; undefined where the lines show that this is not the habit. */
function spacedColumns(words: readonly Word[], body: readonly string[]): readonly Column[] | undefined {
  const columns = join(words, () => true);
  const gap = Math.min(...columns.slice(1).map((column, i) => column.start - (columns[i]?.end ?? 0)));
  if (columns.length < 2 || gap < 2) return undefined;
  const clear = Math.min(gap, 3);
  const fits = (line: string): boolean =>
    columns.every(
      ({ start }, i) =>
        (i === 0 || isBlank(line, start - clear, start)) &&
        (!isBlank(line, start, start + 1) || isBlank(line, start, columns[i + 1]?.start ?? line.length)),
    ) && isBlank(line, 0, columns[0]?.start ?? 0);
  if (!body.every(fits)) return undefined;
  // With two blanks only, `Size  Used Avail` looks the same: there, a single blank is clear in every line.
  const separates = (left: Word, right: Word): boolean =>
    right.start - left.end === 1 && body.every((line) => isBlank(line, left.end, right.start)) && hasText(body, right);
  const packed = clear === 2 && words.some((word, i) => i > 0 && separates(words[i - 1] ?? word, word));
  return packed ? undefined : columns;
}

/** Headers are words, save `Mounted on`, ss's `Local Address:Port`, and `BOOT ID` where all values run through the blank. */
function packedColumns(words: readonly Word[], body: readonly string[]): readonly Column[] {
  return join(words, (left, right) => {
    if (/^\p{Lu}\p{Ll}/u.test(left.text) && /^(\p{Ll}+$|Address)/u.test(right.text)) return true;
    return body.length > 0 && body.every((line) => !isBlank(line, left.end, right.start));
  });
}

function packedRows(columns: readonly Column[], body: readonly string[]): readonly Row[] {
  const placed = body.map((line) => placeByHeader(columns, line) ?? placeByCount(columns, line));
  const unnamed = placed.some((cells) => cells[0] !== "");
  const names = [...(unnamed ? [""] : []), ...columns.map(({ name }) => name)];
  return joinLines(names, unnamed ? placed : placed.map((cells) => cells.slice(1)));
}

/** The cells of a line, before which comes what stands left of all columns. */
type Cells = readonly string[];

/** Each word belongs to the header it stands under. Undefined where one reaches under two, or the words are pushed aside. */
function placeByHeader(columns: readonly Column[], line: string): Cells | undefined {
  const words = wordsOf(line);
  const last = columns.length - 1;
  const spans: [number, number][] = [];
  let filled = 0;
  let at = -1;
  // The first header that does not end left of the word: both go from left to right.
  let next = 0;
  for (const word of words) {
    while (next <= last && (columns[next]?.end ?? 0) <= word.start) next++;
    const isUnder = (column: number): boolean => (columns[column]?.start ?? Infinity) < word.end;
    let column = at;
    if (at < last) {
      if (isUnder(next + 1)) return undefined;
      // Under none: a further word of the cell to the left.
      column = isUnder(next) ? next : next - 1;
    }
    if (column < at) return undefined;
    at = column;
    const span = spans[column + 1];
    if (span) span[1] = word.end;
    else {
      spans[column + 1] = [word.start, word.end];
      filled++;
    }
  }
  // As many words as columns, but not one in each: a wide value has pushed the rest along.
  if (words.length === columns.length && filled < words.length) return undefined;
  return Array.from({ length: columns.length + 1 }, (_, i) => line.slice(...(spans[i] ?? [0, 0])));
}

function placeByCount(columns: readonly Column[], line: string): Cells {
  const words = wordsOf(line);
  const cells = columns.map((_, i) => words[i]?.text ?? "");
  const last = words[columns.length - 1];
  return ["", ...cells.slice(0, -1), last === undefined ? "" : line.slice(last.start)];
}

/** Puts together what is one row on several lines. */
function joinLines(names: readonly string[], lines: readonly (readonly string[])[]): readonly Row[] {
  const [name = ""] = names;
  const last = names.at(-1) ?? "";
  const rows: Map<string, string>[] = [];
  for (const [first = "", ...others] of lines) {
    const cells = [first.replace(BRANCHES, ""), ...others];
    const above = rows.at(-1);
    const goesOn = above !== undefined && cells[0] === "" && cells.length > 1;
    if (goesOn && cells.findIndex((text) => text !== "") === cells.length - 1) {
      above.set(last, `${above.get(last) ?? ""}\n${cells.at(-1) ?? ""}`);
    } else if (goesOn && isNameAlone(above)) {
      names.forEach((key, i) => key !== name && above.set(key, cells[i] ?? ""));
    } else rows.push(new Map(names.map((key, i) => [key, cells[i] ?? ""])));
  }
  return rows;
}

/** A name too long for its column stands on a line of its own (df of BusyBox). */
function isNameAlone(row: Row): boolean {
  return Array.from(row.values()).every((text, i) => (text === "") === i > 0);
}

/** What lsblk and findmnt draw, in UTF-8 and in ASCII. */
const BRANCHES = /^(?:├─|└─|\|-|`-|[│|]| +(?=[├└│|`]))+/;

/** Words one blank apart are one header where `joins` says so. */
function join(words: readonly Word[], joins: (left: Word, right: Word) => boolean): readonly Column[] {
  const columns: Column[] = [];
  words.forEach((word, i) => {
    const left = words[i - 1];
    const column = columns.at(-1);
    const near = left !== undefined && word.start - left.end === 1;
    if (near && column && (joins(left, word) || isSign(word) || isSign(left))) {
      columns[columns.length - 1] = { ...column, name: `${column.name} ${word.text}`, end: word.end };
    } else columns.push({ name: word.text, start: word.start, end: word.end });
  });
  return columns;
}

/** `MEM USAGE / LIMIT`, `CPU %` of docker stats. */
function isSign({ text }: Word): boolean {
  return /^[/%#&]$/.test(text);
}

function rowOf(names: readonly string[], cell: (index: number) => string): Row {
  return new Map(names.map((name, index) => [name, cell(index)]));
}

const BLANK = 0x20;

function isBlank(line: string, start: number, end: number): boolean {
  const to = Math.min(end, line.length);
  for (let at = Math.max(0, start); at < to; at++) if (line.charCodeAt(at) !== BLANK) return false;
  return true;
}

function hasText(body: readonly string[], { start, end }: Word): boolean {
  return body.some((line) => !isBlank(line, start, end));
}
