/** What a piece of code is, whatever the language: how it looks is up to whoever shows it. */
export const ROLES = [
  "comment",
  "keyword",
  "string",
  "number",
  "constant",
  "variable",
  "function",
  "operator",
  "property",
  "tag",
  "type",
  "heading",
  "inserted",
  "deleted",
  "prompt",
  "output",
] as const;

/**
 * `function` is also the command of a shell, `constant` also its options, `property` the key of a map or an attribute,
 * `heading` also what begins a part of a file of settings. `prompt` and `output` are of terminal sessions.
 */
export type Role = (typeof ROLES)[number];

export interface Token {
  /** Without line ends, never empty. */
  readonly text: string;
  /** Absent: nothing in particular. */
  readonly role?: Role;
}

/** The tokens of each line: joined, and the lines joined by LF, they are the code again. */
export type TokenLines = readonly (readonly Token[])[];

/** Code as it is, where nothing is known about it. */
export function plainTokens(code: string): TokenLines {
  return code.split("\n").map((text) => (text === "" ? [] : [{ text }]));
}
