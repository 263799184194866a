import { listed, type Words } from "./words.ts";

/*
 * How conditions are put together in CEL: `!`, `&&`, `||` and brackets. What stands between them, a claim, is left to
 * others. Of what is put together in more than two levels nobody makes sense by ear: it has no words.
 */

/** A claim about something, which may be denied. */
export interface Claim {
  readonly subject: Words;
  readonly is: string;
  /** Absent where it has no short denial. */
  readonly isNot?: string;
  readonly object: Words;
}

/** What CEL says of a single thing; nothing for what has no words. */
export type ReadClaim = (source: string) => Claim | undefined;

type Said =
  | { readonly kind: "claim"; readonly subject: Words; readonly verb: string; readonly object: Words }
  | { readonly kind: "and" | "or"; readonly parts: readonly Said[] };

/** Longer ones are not made clearer by words; and reading them would take long. */
const LONGEST = 400;

/** Several conditions that must all hold, in words; nothing where any part of them has none: half would be another one. */
export function conditionWords(sources: readonly string[], read: ReadClaim): Words | undefined {
  if (sources.some(({ length }) => length > LONGEST)) return undefined;
  const parts = sources.map((source) => said(source, false, read));
  if (!parts.every((part) => part !== undefined)) return undefined;
  return told(group("and", parts), 2);
}

/** @param denied all of it is */
function said(source: string, denied: boolean, read: ReadClaim): Said | undefined {
  const text = source.trim();
  for (const [sign, kind, other] of [
    ["||", "or", "and"],
    ["&&", "and", "or"],
  ] as const) {
    const pieces = splitAt(text, sign);
    if (pieces.length === 1) continue;
    const parts = pieces.map((piece) => said(piece, denied, read));
    // Not both is either not the one or not the other (De Morgan).
    return parts.every((part) => part !== undefined) ? group(denied ? other : kind, parts) : undefined;
  }
  // It denies no more than what stands right behind it.
  if (
    /^![\w.([]/.test(text) &&
    [...outside(text)].every(({ at, depth }) => depth > 0 || /[!\w.)\]]/.test(text.charAt(at)))
  )
    return said(text.slice(1), !denied, read);
  if (isBracketed(text)) return said(text.slice(1, -1), denied, read);
  const claim = read(text);
  const verb = denied ? claim?.isNot : claim?.is;
  return claim === undefined || verb === undefined
    ? undefined
    : { kind: "claim", subject: claim.subject, verb, object: claim.object };
}

function group(kind: "and" | "or", parts: readonly Said[]): Said {
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
  const [only, another] = flat;
  return only !== undefined && another === undefined ? only : { kind, parts: flat };
}

/** @param depth levels that are left */
function told(node: Said, depth: number): Words | undefined {
  if (node.kind === "claim") return claimWords(node);
  if (depth === 0) return undefined;
  const parts = node.parts.map((part) => told(part, depth - 1));
  if (!parts.every((part) => part !== undefined)) return undefined;
  const simple = node.parts.every(({ kind }) => kind === "claim");
  if (simple) return listed(node.kind === "or" ? alternatives(node.parts, parts) : parts, node.kind);
  // `a or b, and c` and `a and b, or c`: the comma tells what belongs together.
  return parts.flatMap((part, index) => (index === 0 ? part : [`, ${node.kind} `, ...part]));
}

/** `X is a or b`: who and what is said once. */
function alternatives(parts: readonly Said[], words: readonly Words[]): readonly Words[] {
  const begin = (part: Said | undefined): string =>
    part?.kind === "claim" ? JSON.stringify([part.subject, part.verb]) : "";
  return words.map((all, index) => {
    const part = parts[index];
    const same = index > 0 && begin(part) === begin(parts[index - 1]);
    return same && part?.kind === "claim" && part.object.length > 0 ? part.object : all;
  });
}

function claimWords({ subject, verb, object }: Extract<Said, { readonly kind: "claim" }>): Words {
  const [first, ...rest] = object;
  const end: Words = first === undefined ? [] : typeof first === "string" ? [` ${first}`, ...rest] : [" ", ...object];
  const [name, ...others] = subject;
  if (typeof name === "string" && others.length === 0) return join(`${name} ${verb}`, end);
  return [...subject, ...join(` ${verb}`, end)];
}

function join(text: string, words: Words): Words {
  const [first, ...rest] = words;
  return typeof first === "string" ? [text + first, ...rest] : [text, ...words];
}

/** The parts between a sign that stands in no brackets and in no text. */
function splitAt(text: string, sign: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { at, depth } of outside(text)) {
    if (depth > 0 || !text.startsWith(sign, at) || at < start) continue;
    parts.push(text.slice(start, at));
    start = at + sign.length;
  }
  return [...parts, text.slice(start)];
}

/** It is one pair of brackets with all in it. */
function isBracketed(text: string): boolean {
  if (!text.startsWith("(")) return false;
  const end = [...outside(text)].find(({ at, depth }) => at > 0 && depth === 0);
  return end?.at === text.length - 1;
}

/** Where no text stands, and within how many brackets: a closing one is outside of its own. */
function* outside(text: string): Generator<{ readonly at: number; readonly depth: number }> {
  let depth = 0;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
      continue;
    }
    if (character === "'" || character === '"') quote = character;
    if (character === "(" || character === "[" || character === "{") depth++;
    if (character === ")" || character === "]" || character === "}") depth--;
    yield { at, depth };
  }
}
