import { codeText } from "../report/markdown-text.ts";
import type { AlertKind } from "./alerts.ts";
import type { Form } from "./form.ts";
import { plain, type Words } from "../words/words.ts";

export type BoxKind = Extract<AlertKind, "NOTE" | "WARNING">;

/** How a site says what is beside the text. */
export interface Idiom {
  /** A box: what it is about, and sentences. @returns lines */
  readonly box: (title: Words, sentences: readonly Words[], kind: BoxKind) => readonly string[];
  /** The info string of code, which may have a file's name above it. */
  readonly info: (language: string, file?: string) => string;
  /** Its pages are named by their front matter, and by nothing else. */
  readonly needsTitle: boolean;
}

/** Words as CommonMark: names and values as code; what could mean something else means nothing. */
export function markdownWords(words: Words): string {
  return words.map((word) => (isText(word) ? escapedText(plain([word])) : codeText(plain([word])))).join("");
}

function isText(word: Words[number]): boolean {
  return typeof word === "string" || word.tagName === "time";
}

/** Text as CommonMark, which means nothing but itself. */
export function escapedText(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("~", "&#126;")
    .replaceAll(/[\\`*_[\]]/g, "\\$&");
}

/** A quote whose first words stand out: what every renderer knows. */
function quote(title: Words, sentences: readonly Words[]): readonly string[] {
  return [[`**${markdownWords(title)}**`, ...sentences.map(markdownWords)].join(" ")].map((line) => `> ${line}`);
}

/** An alert with a title, which no site knows as such: it becomes what the site has for it. */
function alert(title: Words, sentences: readonly Words[], kind: BoxKind): readonly string[] {
  const said = sentences.map(markdownWords).join(" ");
  return [`> [!${kind}] ${markdownWords(title)}`, ...(said === "" ? [] : [">", `> ${said}`])];
}

export const IDIOMS: Readonly<Record<Form, Idiom>> = {
  // GitHub Flavored Markdown (spec 0.29), as github.com and GitLab render it.
  github: { box: quote, info: (language) => language, needsTitle: false },
  // Hugo 0.111, goldmark.
  hugo: { box: quote, info: (language) => language, needsTitle: true },
  // Python-Markdown 3.4: `admonition`, `tables`, and `fenced_code` or `pymdownx.superfences`.
  mkdocs: { box: alert, info: (language) => language, needsTitle: false },
  // Docusaurus 3: MDX with directives.
  docusaurus: {
    box: alert,
    info: (language, file) =>
      file === undefined || file.includes('"') ? language : `${language === "" ? "text" : language} title="${file}"`,
    needsTitle: false,
  },
};
