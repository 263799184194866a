import type { Situation } from "./deeds.ts";
import { capital, sentence } from "./heard.ts";
import { BINDINGS, isOffered } from "./keys.ts";
import type { UnderCursor } from "./under-cursor.ts";

/** What can be done about the run now. */
export function heardKeys(situation: Situation, under: UnderCursor): string {
  const now = BINDINGS.filter(({ when, brief }) => when !== undefined && brief !== undefined).filter((binding) =>
    isOffered(binding, situation, under),
  );
  const words = now.map(
    ({ keys, brief = "" }) => `${keyNames(keys)}: ${typeof brief === "string" ? brief : brief(under)}`,
  );
  return sentence(`You can press ${words.join("; ")}`);
}

/** Every key, one a line. */
export function heardHelp(): readonly string[] {
  return BINDINGS.map(({ keys, does }) => sentence(`${capital(keyNames(keys))}: ${does}`));
}

/** Signs that are not read out, or not told from others. */
const NAMES: Readonly<Record<string, string>> = {
  "↓": "arrow down",
  "↑": "arrow up",
  "→": "arrow right",
  "←": "arrow left",
  ".": "period",
  "/": "slash",
  "?": "question mark",
  "[": "left bracket",
  "]": "right bracket",
  "{": "left brace",
  "}": "right brace",
};

function keyNames(keys: string): string {
  return keys
    .split(" ")
    .map((key) => NAMES[key] ?? (/^[A-Z]$/.test(key) ? `capital ${key}` : key))
    .join(" or ");
}
