import type { Attribute } from "./attribute-list.ts";
import { readAttributes } from "./attribute-list.ts";
import { Excerpt } from "./excerpt.ts";
import { looksOurs } from "./key-list.ts";
import { editDistance } from "../model/nearest.ts";
import type { Range } from "./source-text.ts";

/** An HTML comment that speaks to Waymark. */
export type Comment =
  | { readonly kind: "step" | "section"; readonly range: Range; readonly attributes: readonly Attribute[] }
  | {
      readonly kind: "expect";
      readonly range: Range;
      /** `for=ID` between `expect` and the colon. */
      readonly attributes: readonly Attribute[];
      /** What stands behind the colon. */
      readonly body: Excerpt;
    }
  /** Nearly one of the above: published unseen, it would silently do nothing. */
  | {
      readonly kind: "malformed";
      readonly range: Range;
      readonly meant: "waymark" | "expect";
      /** It can be nothing else. */
      readonly certain: boolean;
      readonly hint: string;
    };

export interface HtmlComments {
  readonly comments: readonly Comment[];
  /** Nothing but comments and blanks: readers see nothing of it. */
  readonly invisible: boolean;
  /** The last of `comments` is the last thing in it. */
  readonly endsInComment: boolean;
}

/** Finds our comments in the content of an HTML node. */
export function readComments(html: Excerpt): HtmlComments {
  const { text } = html;
  const comments: Comment[] = [];
  let visible = "";
  let endsInComment = false;
  let at = 0;
  for (;;) {
    const open = text.indexOf("<!--", at);
    if (open === -1) break;
    const close = text.indexOf("-->", open + 4);
    const end = close === -1 ? text.length : close;
    visible += text.slice(at, open);
    at = close === -1 ? text.length : close + 3;
    const comment = readComment(html, open, end, at, close !== -1);
    if (comment !== undefined) comments.push(comment);
    endsInComment = comment !== undefined;
  }
  visible += text.slice(at);
  if (text.slice(at).trim() !== "") endsInComment = false;
  return { comments, invisible: visible.trim() === "", endsInComment };
}

function readComment(html: Excerpt, open: number, end: number, after: number, closed: boolean): Comment | undefined {
  const start = open + 4;
  const inner = html.text.slice(start, end);
  const range = html.range(open, after);
  const ours = /^\s*waymark(?:\s+(section))?\s*:/.exec(inner);
  const expect = /^\s*expect(?=[\s:])[^:\n]*:/.exec(inner);
  if (!closed) {
    if (ours === null && expect === null) return undefined;
    const meant = ours === null ? "expect" : "waymark";
    const hint = "Close the comment with -->.";
    return { kind: "malformed", range: html.range(open, start), meant, certain: true, hint };
  }
  if (ours !== null) {
    const body = part(html, start + ours[0].length, end);
    const kind = ours[1] === undefined ? "step" : "section";
    return { kind, range, attributes: readAttributes(body, 0, false).attributes };
  }
  if (expect !== null) {
    const words = part(html, start + expect[0].indexOf("expect") + 6, start + expect[0].length - 1);
    const attributes = readAttributes(words, 0, false).attributes;
    if (attributes.every((word) => word.kind === "key" && word.key === "for")) {
      return { kind: "expect", range, attributes, body: part(html, start + expect[0].length, end) };
    }
  }
  return nearlyOurs(html, start, end, range);
}

/** A misspelt or colon-less comment, if there is no doubt that it was meant for us. */
function nearlyOurs(html: Excerpt, start: number, end: number, range: Range): Comment | undefined {
  const inner = html.text.slice(start, end);
  const word = /^\s*([A-Za-z]{4,9})(?![A-Za-z])(\s+[A-Za-z]{6,8}(?=\s*:)|\s+section\b)?\s*(:?)/.exec(inner);
  if (word === null) return undefined;
  const [opening, name = "", second = "", colon] = word;
  const section = editDistance(second.trim().toLowerCase(), "section", 2) <= 2;
  if (colon === ":" && editDistance(name.toLowerCase(), "expect", 1) <= 1) {
    return { kind: "malformed", range, meant: "expect", certain: false, hint: "Write <!-- expect: EXPRESSION -->." };
  }
  if (editDistance(name.toLowerCase(), "waymark", 2) > 2) return undefined;
  const { attributes } = readAttributes(part(html, start + opening.length, end), 0, false);
  if (!attributes.some(isUnmistakable)) return undefined;
  const hint = `Write <!-- waymark${section ? " section" : ""}: … -->.`;
  return { kind: "malformed", range, meant: "waymark", certain: true, hint };
}

/** `#id` or `key=value` with a key of ours: a bare `file` or `copy` is plain English too, and `#12` an issue. */
function isUnmistakable(attribute: Attribute): boolean {
  if (attribute.kind === "id") return /^[A-Za-z]/.test(attribute.name);
  return looksOurs(attribute) && !(attribute.kind === "key" && attribute.value === undefined);
}

/** Part of an excerpt, with its way back. */
function part(whole: Excerpt, start: number, end: number): Excerpt {
  const texts = whole.text.slice(start, end).split("\n");
  let at = start;
  return new Excerpt(
    texts.map((text) => {
      const offset = whole.range(at, at).start;
      at += text.length + 1;
      return { text, offset };
    }),
  );
}
