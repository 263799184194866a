import { LOCAL } from "../model/inventory.ts";
import type { Severity } from "../model/source.ts";

/** Names that patterns give a meaning of their own. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ["all", "every remote host"],
  [LOCAL, "the machine Waymark runs on"],
]);

/** What is wrong and what to do, before it has a place. */
export interface Problem {
  readonly code: string;
  /** Default: `error`. */
  readonly severity?: Severity;
  readonly message: string;
  readonly hint: string;
}

/**
 * Host names may be IP addresses. What patterns read as operators (`,` `!` `&` `*` `?` `[`), blanks and `/` (names
 * become file names) cannot be part of them.
 */
export function hostNameProblem(name: string): Problem | undefined {
  if (RESERVED.has(name)) return reserved("host", name);
  if (/^[\p{L}\p{N}_:][\p{L}\p{N}_.:%@+-]*$/u.test(name)) return undefined;
  return {
    code: "WM2009",
    message: `\`${name}\` cannot be the name of a host`,
    hint: "Use letters, digits and any of `-_.:`, and start with a letter or digit.",
  };
}

export function groupNameProblem(name: string): Problem | undefined {
  if (RESERVED.has(name)) return reserved("group", name);
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(name)) return undefined;
  return {
    code: "WM2009",
    message: `\`${name}\` cannot be the name of a group`,
    hint: "Use letters, digits and any of `-_.`, and start with a letter or digit.",
  };
}

function reserved(kind: "host" | "group", name: string): Problem {
  const meaning = RESERVED.get(name) ?? "something else";
  return {
    code: "WM2007",
    message: `No ${kind} can be called \`${name}\`: that is ${meaning}`,
    hint: kind === "group" ? "Choose another name, or leave the group out." : "Choose another name.",
  };
}
