import type { Excerpt } from "./excerpt.ts";
import type { Range } from "./source-text.ts";

/** One word of an attribute list, as written. */
export type Attribute =
  | { readonly kind: "id"; readonly name: string; readonly range: Range }
  | {
      readonly kind: "key";
      readonly key: string;
      readonly keyRange: Range;
      /** Absent for a bare key. Quotes are not part of it. */
      readonly value?: { readonly text: string; readonly range: Range };
    }
  /** Another tool's word, such as `.class` or `1,3-5`. */
  | { readonly kind: "foreign"; readonly text: string; readonly range: Range }
  | {
      readonly kind: "broken";
      readonly key: string;
      readonly range: Range;
      readonly message: string;
      readonly hint: string;
    };

export interface AttributeList {
  readonly attributes: readonly Attribute[];
  /** Index in the excerpt's text behind the list and its closing brace. */
  readonly end: number;
  /** The closing brace was found, where one was asked for. */
  readonly closed: boolean;
}

const KEY = /^[A-Za-z][A-Za-z0-9_-]*$/;

/**
 * Reads `#id`, `key=value`, `key="…"`, `key='…'` and bare keys, parted by white space. Within quotes a backslash before
 * that quote stands for the quote. Never fails: what cannot be read is an attribute that says so.
 *
 * @param start index in the excerpt's text
 * @param braced the list ends at `}`; otherwise with the text
 */
export function readAttributes(excerpt: Excerpt, start: number, braced: boolean): AttributeList {
  const { text } = excerpt;
  const attributes: Attribute[] = [];
  let at = start;
  for (;;) {
    while (isBlank(text[at])) at++;
    if (at >= text.length) return { attributes, end: at, closed: !braced };
    if (braced && text[at] === "}") return { attributes, end: at + 1, closed: true };
    const word = readWord(excerpt, at, braced);
    attributes.push(word.attribute);
    at = word.end;
  }
}

interface Word {
  readonly attribute: Attribute;
  readonly end: number;
}

function readWord(excerpt: Excerpt, start: number, braced: boolean): Word {
  const { text } = excerpt;
  let at = start;
  while (!endsWord(text, at, braced) && (text[at] !== "=" || text[start] === "#")) at++;
  const name = text.slice(start, at);
  if (name.startsWith("#")) {
    return { attribute: { kind: "id", name: name.slice(1), range: excerpt.range(start, at) }, end: at };
  }
  if (!KEY.test(name)) {
    const end = wordEnd(text, at, braced);
    return { attribute: { kind: "foreign", text: text.slice(start, end), range: excerpt.range(start, end) }, end };
  }
  if (text[at] !== "=") return { attribute: { kind: "key", key: name, keyRange: excerpt.range(start, at) }, end: at };
  return readValue(excerpt, { key: name, start, equals: at }, braced);
}

function readValue(
  excerpt: Excerpt,
  name: { readonly key: string; readonly start: number; readonly equals: number },
  braced: boolean,
): Word {
  const { text } = excerpt;
  const { key, start, equals } = name;
  const keyRange = excerpt.range(start, equals);
  const first = equals + 1;
  const quote = text[first];
  if (quote === '"' || quote === "'") {
    const close = closingQuote(text, first);
    if (close === -1) {
      const range = excerpt.range(first, first + 1);
      const message = `The quoted value of \`${key}\` never ends`;
      return broken(key, range, message, `Close it with another ${quote}.`, text.length);
    }
    const end = wordEnd(text, close + 1, braced);
    if (end > close + 1) {
      const message = `\`${key}\` goes on behind its closing quote`;
      const hint = `Quote the value with ${quote === '"' ? "'" : '"'}, or put \\ before each ${quote} inside it.`;
      return broken(key, excerpt.range(close + 1, end), message, hint, end);
    }
    const value = text.slice(first + 1, close).replaceAll(`\\${quote}`, quote);
    const range = excerpt.range(first + 1, close);
    return { attribute: { kind: "key", key, keyRange, value: { text: value, range } }, end };
  }
  const end = wordEnd(text, first, braced);
  const value = text.slice(first, end);
  if (value.includes('"') || value.includes("'")) {
    const message = `The value of \`${key}\` has a quote inside`;
    return broken(key, excerpt.range(first, end), message, `Put quotes around the whole value: ${key}="…".`, end);
  }
  return { attribute: { kind: "key", key, keyRange, value: { text: value, range: excerpt.range(first, end) } }, end };
}

function broken(key: string, range: Range, message: string, hint: string, end: number): Word {
  return { attribute: { kind: "broken", key, range, message, hint }, end };
}

function closingQuote(text: string, open: number): number {
  const quote = text[open];
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (text[at] === "\\" && text[at + 1] === quote) at++;
  }
  return -1;
}

function wordEnd(text: string, start: number, braced: boolean): number {
  let at = start;
  while (!endsWord(text, at, braced)) at++;
  return at;
}

function endsWord(text: string, at: number, braced: boolean): boolean {
  return at >= text.length || isBlank(text[at]) || (braced && text[at] === "}");
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t" || character === "\n";
}
