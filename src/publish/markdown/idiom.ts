import { codeText } from "../report/markdown-text.ts";
import type { Form } from "./form.ts";
import { plain, type Words } from "../words/words.ts";

/** How a site says what is beside the text. */
export interface Idiom {
  /** A box: what it is about, and sentences. @param nested it stands within a list or a quote, or above indented code @returns lines */
  readonly box: (title: Words, sentences: readonly Words[], nested: boolean) => readonly string[];
  /** The info string of code, which may have a file's name above it. */
  readonly info: (language: string, file?: string) => string;
  /** Its pages are named by their front matter, and by nothing else. */
  readonly needsTitle: boolean;
  /** Words in its Markdown. */
  readonly words: (words: Words) => string;
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

/** MDX reads braces as programs wherever there is no code. */
function mdxWords(words: Words): string {
  return words
    .map((word) => (isText(word) ? escapedText(plain([word])).replaceAll(/[{}]/g, "\\$&") : markdownWords([word])))
    .join("");
}

/** A quote whose first words stand out: what every renderer knows. */
function quote(title: Words, sentences: readonly Words[]): readonly string[] {
  return [[`**${markdownWords(title)}**`, ...sentences.map(markdownWords)].join(" ")].map((line) => `> ${line}`);
}

export const IDIOMS: Readonly<Record<Form, Idiom>> = {
  // GitHub Flavored Markdown (spec 0.29), as github.com and GitLab render it.
  github: { box: quote, info: (language) => language, needsTitle: false, words: markdownWords },
  // Hugo 0.111, goldmark.
  hugo: { box: quote, info: (language) => language, needsTitle: true, words: markdownWords },
  // Python-Markdown 3.4: `admonition`, `tables`, and `fenced_code` or `pymdownx.superfences`.
  mkdocs: {
    // It would take indented code below for its own, and within lists and quotes all code is.
    box: (title, sentences, nested) =>
      nested
        ? quote(title, sentences)
        : [
            `!!! note "${plain(title).replaceAll('"', "'")}"`,
            ...(sentences.length === 0 ? [] : ["", `    ${sentences.map(markdownWords).join(" ")}`]),
          ],
    info: (language) => language,
    needsTitle: false,
    words: markdownWords,
  },
  // Docusaurus 3: MDX with directives.
  docusaurus: {
    box: (title, sentences) => [
      `:::note[${mdxWords(title)}]`,
      ...(sentences.length === 0 ? [""] : ["", sentences.map(mdxWords).join(" "), ""]),
      ":::",
    ],
    info: (language, file) =>
      file === undefined || file.includes('"') ? language : `${language === "" ? "text" : language} title="${file}"`,
    needsTitle: false,
    words: mdxWords,
  },
};
