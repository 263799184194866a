import type { CopyAction, ScpArguments, ScpPlace } from "../model/runbook.ts";
import type { Excerpt } from "./excerpt.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";
import { splitWords } from "./word-split.ts";

export interface CopyBlock {
  readonly lines: CopyAction["lines"];
  /** Host patterns of the targets, in order, each once; `local` for this machine. */
  readonly targets: readonly CopyTarget[];
}

export interface CopyTarget {
  readonly host: string;
  /** Where it stands first. */
  readonly range: Range;
}

const SHAPE = "Write `scp SOURCE TARGET`, with -r for folders and -p to keep times and modes.";

/** Reads `scp [-r] [-p] SOURCE TARGET` lines. Blank lines and comments are left out. */
export function readCopyBlock(block: Excerpt, source: SourceText, problems: Problems): CopyBlock {
  const lines: CopyAction["lines"][number][] = [];
  const targets = new Map<string, CopyTarget>();
  for (const line of block.lines) {
    const text = line.text.trim();
    if (text === "" || text.startsWith("#")) continue;
    const start = line.offset + line.text.indexOf(text);
    const range = { start, end: start + text.length };
    const read = readCopyLine(text);
    // What is written with quotes or backslashes is not found as it is read.
    const rangeOf = (word: string, at = text.indexOf(word)): Range =>
      at === -1 ? range : { start: start + at, end: start + at + word.length };
    if ("message" in read) {
      problems.error(CODE.copyLine, read.word === undefined ? range : rangeOf(read.word), read.message, read.hint);
    } else {
      lines.push({ ...source.located(text, range), ...read });
      const { host } = read.target;
      if (!targets.has(host)) targets.set(host, { host, range: rangeOf(host, text.lastIndexOf(`${host}:`)) });
    }
  }
  return { lines, targets: [...targets.values()] };
}

interface CopyProblem {
  /** What is wrong, where it is not the whole line. */
  readonly word?: string;
  readonly message: string;
  readonly hint: string;
}

function readCopyLine(text: string): ScpArguments | CopyProblem {
  const words = splitWords(text);
  if (words === undefined) return { message: "A quote never ends", hint: "Close it on the same line." };
  const [program, ...rest] = words;
  if (program !== "scp") return { message: `\`${program ?? ""}\` is not scp`, hint: SHAPE };
  const option = rest.find((word) => word.startsWith("-") && !/^-[rp]+$/.test(word));
  if (option !== undefined) return { word: option, message: `scp's \`${option}\` cannot be used here`, hint: SHAPE };
  const places = rest.filter((word) => !word.startsWith("-"));
  const [from, to, ...more] = places;
  if (from === undefined || to === undefined || more.length > 0) {
    const names = places.length === 1 ? "1 name" : `${places.length} names`;
    return { message: `There must be one source and one target, not ${names}`, hint: SHAPE };
  }
  const [source, target] = [hostAndPath(from), hostAndPath(to)];
  for (const { place, host, path } of [
    { place: from, ...source },
    { place: to, ...target },
  ]) {
    if (path === "") return { message: `\`${place}\` names no file`, hint: "Write its path." };
    if (host.includes("@")) {
      const hint = "Name the host as the inventory does: its user is known there.";
      return { word: place, message: `\`${place}\` has a user in it`, hint };
    }
  }
  const given = (letter: string): boolean => rest.some((word) => word.startsWith("-") && word.includes(letter));
  return { source, target, recursive: given("r"), preserve: given("p") };
}

/** `host:path` as scp(1) parts it: a colon behind the first slash is part of a path. Those in `group[0:2]` are not meant. */
function hostAndPath(place: string): ScpPlace {
  const match = /^((?:[^:/[\]]|\[[^\]]*\])+):(.*)$/s.exec(place);
  if (match === null) return { host: "local", path: place };
  const [, host = "", path = ""] = match;
  // Nothing behind the colon is the home there.
  return { host, path: path === "" ? "." : path };
}
