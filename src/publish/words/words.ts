import type { Element } from "hast";
import { h } from "hastscript";
import { visibleText } from "../html/visible-text.ts";

/** A phrase for readers: plain text, names and values as code, and days. */
export type Words = readonly (string | Element)[];

/** A name or value that is written as it is. */
export function literal(text: string): Element {
  return h("code", visibleText(text));
}

/** A day. @param at a moment of it, ISO 8601 in UTC */
export function moment(at: string): Element {
  return h("time", { dateTime: at }, at.slice(0, 10));
}

/** `a, b and c` */
export function listed(items: readonly Words[], last = "and"): Words {
  return items.flatMap((item, index) => {
    if (index === 0) return item;
    return [index === items.length - 1 ? ` ${last} ` : ", ", ...item];
  });
}

/** With a capital letter, unless it begins with a name. */
export function sentence(words: Words): Words {
  const [first, ...rest] = words;
  if (typeof first !== "string") return [...words, "."];
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest, "."];
}

/** The words as text. */
export function plain(words: Words): string {
  return words.map((word) => (typeof word === "string" ? word : textOf(word))).join("");
}

function textOf(element: Element): string {
  return element.children
    .map((child) => (child.type === "text" ? child.value : child.type === "element" ? textOf(child) : ""))
    .join("");
}
