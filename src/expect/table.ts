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
    if (line.trim() !== "") block.push(line.trimEnd());
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
  const words = wordsOf(line);
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
  return Array.from(line.matchAll(/\S+/g), ({ 0: text, index }) => ({ text, start: index, end: index + text.length }));
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
  let expanded = "";
  for (const piece of line.split("\t")) {
    if (expanded !== "" || piece === "") expanded = expanded.padEnd(expanded.length + 8 - (expanded.length % 8));
    expanded += piece;
  }
  return expanded;
}

function aligned(header: string, body: readonly string[]): readonly Row[] {
  const words = wordsOf(header);
  const spaced = spacedColumns(words, body);
  return joinLines(spaced ? body.map((line) => sliced(spaced, line)) : packedRows(packedColumns(words, body), body));
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

function sliced(columns: readonly Column[], line: string): Row {
  return rowOf(
    columns.map(({ name }) => name),
    (index) => line.slice(columns[index]?.start, columns[index + 1]?.start).trim(),
  );
}

/** Headers are words, save `Mounted on`, ss's `Local Address:Port`, and `BOOT ID` where all values run through the blank. */
function packedColumns(words: readonly Word[], body: readonly string[]): readonly Column[] {
  return join(words, (left, right) => {
    if (/^\p{Lu}\p{Ll}/u.test(left.text) && /^(\p{Ll}+$|Address)/u.test(right.text)) return true;
    return body.length > 0 && body.every((line) => !isBlank(line, left.end, right.start));
  });
}

function packedRows(columns: readonly Column[], body: readonly string[]): readonly Row[] {
  const flushLeft = columns.map(({ start }) => {
    const cells = body.filter((line) => !isBlank(line, start, start + 1));
    return cells.filter((line) => isBlank(line, start - 1, start)).length * 2 > cells.length;
  });
  const placed = body.map((line) => placeByHeader(columns, flushLeft, line) ?? placeByCount(columns, line));
  const unnamed = placed.some((cells) => cells[0] !== "");
  const names = [...(unnamed ? [""] : []), ...columns.map(({ name }) => name)];
  return placed.map((cells) => rowOf(names, (index) => cells[unnamed ? index : index + 1] ?? ""));
}

/** The cells of a line, before which comes what stands left of all columns. */
type Cells = readonly string[];

/** Each word belongs to the header it stands under. Undefined where one reaches under two, or the words are pushed aside. */
function placeByHeader(columns: readonly Column[], flushLeft: readonly boolean[], line: string): Cells | undefined {
  const spans: [number, number][] = [];
  const last = columns.length - 1;
  const words = wordsOf(line);
  let at = -1;
  for (const word of words) {
    const under = at === last ? [last] : columnsOver(columns, word);
    if (under.length > 1) return undefined;
    const [column = between(columns, flushLeft, word)] = under;
    if (column < at) return undefined;
    at = column;
    const span = spans[column + 1];
    if (span) span[1] = word.end;
    else spans[column + 1] = [word.start, word.end];
  }
  // As many words as columns, but not one in each: a wide value has pushed the rest along.
  if (words.length === columns.length && spans.filter(Boolean).length < words.length) return undefined;
  return Array.from({ length: columns.length + 1 }, (_, i) => line.slice(...(spans[i] ?? [0, 0])));
}

function columnsOver(columns: readonly Column[], word: Word): readonly number[] {
  return columns.flatMap(({ start, end }, i) => (word.start < end && word.end > start ? [i] : []));
}

/** Under no header: a further word of the cell to the left, or of one flush right. -1 is left of all. */
function between(columns: readonly Column[], flushLeft: readonly boolean[], word: Word): number {
  const right = columns.findIndex(({ start }) => start >= word.end);
  if (right <= 0) return right === 0 ? -1 : columns.length - 1;
  return flushLeft[right - 1] === true ? right - 1 : right;
}

function placeByCount(columns: readonly Column[], line: string): Cells {
  const words = wordsOf(line);
  const cells = columns.map((_, i) => words[i]?.text ?? "");
  const last = words[columns.length - 1];
  return ["", ...cells.slice(0, -1), last === undefined ? "" : line.slice(last.start)];
}

/** Puts together what is one row on several lines. */
function joinLines(rows: readonly Row[]): readonly Row[] {
  const joined: Map<string, string>[] = [];
  for (const row of rows) {
    const cells = new Map(Array.from(row, ([name, text], i) => [name, i === 0 ? text.replace(BRANCHES, "") : text]));
    const above = joined.at(-1);
    const last = [...cells.keys()].at(-1) ?? "";
    const filled = Array.from(cells).filter(([, text]) => text !== "");
    if (above && cells.size > 1 && filled.length === 1 && filled[0]?.[0] === last) {
      above.set(last, `${above.get(last) ?? ""}\n${filled[0][1]}`);
    } else if (above && isNameAlone(above) && filled.length > 0 && filled[0]?.[0] !== [...cells.keys()][0]) {
      for (const [name, text] of filled) above.set(name, text);
    } else joined.push(cells);
  }
  return joined;
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

function isBlank(line: string, start: number, end: number): boolean {
  return line.slice(Math.max(0, start), Math.max(0, end)).trim() === "";
}

function hasText(body: readonly string[], { start, end }: Word): boolean {
  return body.some((line) => !isBlank(line, start, end));
}
