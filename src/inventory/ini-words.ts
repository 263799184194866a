import { isTemplate } from "./ansible-template.ts";

/** A word of a line, and where it stands in it. */
export interface Word {
  /** Without its quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Splits a line as Python's `shlex.split(line, comments=True)`, which Ansible uses for hosts: blanks part words, quotes
 * and backslashes keep them together, an unquoted `#` ends the line.
 *
 * @returns undefined when a quote is not closed
 */
export function splitIniLine(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  let text: string | undefined;
  let start = 0;
  let quote = "";
  const push = (end: number): void => {
    if (text !== undefined) words.push({ text, start, end });
    text = undefined;
  };
  for (let index = 0; index < line.length; index++) {
    const char = line.charAt(index);
    if (quote === "" && /\s/.test(char)) {
      push(index);
      continue;
    }
    if (quote === "" && char === "#") {
      push(index);
      return words;
    }
    if (text === undefined) [text, start] = ["", index];
    if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = "";
    else if (char === "\\" && quote !== "'") {
      const next = line.charAt(index + 1);
      // Within double quotes a backslash is one, unless it is before a quote or another backslash.
      text += quote === "" || next === '"' || next === "\\" ? next : char + next;
      index += 1;
    } else text += char;
  }
  if (quote !== "") return undefined;
  push(line.length);
  return words;
}

/**
 * The text of a value that Ansible reads as a Python literal (`ast.literal_eval`) where it is one: strings lose their
 * quotes, numbers and truth values stay as typed, a comment behind them goes. Whatever is no literal is text already.
 *
 * @returns undefined for a list, a tuple, a dictionary, a set or `None`
 */
export function literalText(value: string): string | undefined {
  const text = value.trim();
  const strings = STRINGS.exec(text)?.[1];
  if (strings !== undefined) {
    const parts = [...strings.matchAll(STRING)].map(([, , inside = ""]) => inside);
    return parts.join("").replaceAll(/\\(.)/g, (whole, char: string) => ESCAPES[char] ?? whole);
  }
  const [, plain] = /^([-+]?[\d.][\w.+-]*|True|False|None)\s*(?:#.*)?$/.exec(text) ?? [];
  if (plain === "None") return undefined;
  if (plain !== undefined && (plain === "True" || plain === "False" || !Number.isNaN(Number(plain)))) return plain;
  if (isTemplate(text)) return text;
  return /^(?:\[.*\]|\{.*\}|\(.*\))$/s.test(text) ? undefined : text;
}

const STRING = /(['"])((?:\\.|(?!\1)[^\\])*)\1/g;

/** Python joins strings that stand side by side. */
const STRINGS = /^[uU]?((?:(['"])(?:\\.|(?!\2)[^\\])*\2\s*)+)(?:#.*)?$/;

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", "'": "'", '"': '"', n: "\n", t: "\t", r: "\r" };
