/*
 * Where a shell script uses variables, and how a value must be written there to mean the same (POSIX, Shell Command
 * Language, 2.2 Quoting and 2.6 Word Expansions). It knows quotes, comments, `$(…)`, `` `…` `` and here-documents; where
 * a variable is more than a name (`${NAME:-…}`) it is left to the shell. One file, since it is one reader.
 */

/** What stands around a variable: a part of a word, a word of its own, double quotes, or a here-document. */
export type Place = "part" | "word" | "quoted" | "document";

export interface VariableUse {
  /** Offsets in the script: from the `$` on. */
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly place: Place;
}

interface HereDocument {
  readonly end: string;
  readonly literal: boolean;
  readonly tabs: boolean;
}

/** Finds the uses of the named variables. Never throws: what is no whole script is read as far as it makes sense. */
export function shellVariables(script: string, names: ReadonlySet<string>): readonly VariableUse[] {
  const uses: VariableUse[] = [];
  /** What is open, outermost first; each knows what closes it. */
  const open: ("word" | "quoted" | "(" | "`")[] = ["word"];
  let documents: HereDocument[] = [];
  let at = 0;
  const inQuotes = (): boolean => open.at(-1) === "quoted";
  while (at < script.length) {
    const character = script[at];
    if (character === "\\") {
      at += 2;
    } else if (character === "$") {
      const use = readVariable(script, at, names);
      if (use !== undefined) {
        if (use.name !== undefined) {
          const place = inQuotes() ? "quoted" : standsAlone(script, at, use.end) ? "word" : "part";
          uses.push({ start: at, end: use.end, name: use.name, place });
        }
        at = use.end;
      } else if (script[at + 1] === "(") {
        open.push("(");
        at += 2;
      } else if (script[at + 1] === "'" && !inQuotes()) {
        at = skipQuote(script, at + 2, true);
      } else at++;
    } else if (character === "`") {
      if (open.at(-1) === "`") open.pop();
      else open.push("`");
      at++;
    } else if (character === '"') {
      if (inQuotes()) open.pop();
      else open.push("quoted");
      at++;
    } else if (inQuotes()) {
      at++;
    } else if (character === "'") {
      at = skipQuote(script, at + 1, false);
    } else if (character === "#" && /(^|[\s;&|()])$/.test(script.slice(Math.max(0, at - 1), at))) {
      at = lineEnd(script, at);
    } else if (character === "(" && open.length > 1) {
      open.push("(");
      at++;
    } else if (character === ")" && open.at(-1) === "(") {
      open.pop();
      at++;
    } else if (script.startsWith("<<", at) && script[at + 2] !== "<") {
      const [whole, tabs, quote, end = ""] =
        /^<<(-?)[ \t]*(["'\\]?)([^\s"'\\;&|<>()]+)["']?/.exec(script.slice(at, at + 200)) ?? [];
      if (whole !== undefined) documents.push({ end, literal: quote !== "", tabs: tabs === "-" });
      at += whole?.length ?? 2;
    } else if (script.startsWith("<<<", at)) {
      at += 3;
    } else if (character === "\n" && documents.length > 0) {
      at++;
      for (const document of documents) at = readDocument(script, at, document, names, uses);
      documents = [];
    } else at++;
  }
  return uses;
}

/** A variable's use at a dollar sign; without a name where it is not one of ours, or more than a name. */
function readVariable(
  script: string,
  at: number,
  names: ReadonlySet<string>,
): { readonly end: number; readonly name?: string } | undefined {
  const braced = /^\$\{([A-Za-z_]\w*)\}|^\$([A-Za-z_]\w*)/.exec(script.slice(at, at + 120));
  if (braced !== null) {
    const name = braced[1] ?? braced[2] ?? "";
    return { end: at + braced[0].length, ...(names.has(name) && { name }) };
  }
  if (script[at + 1] !== "{") return undefined;
  let depth = 0;
  for (let end = at + 1; end < script.length; end++) {
    if (script[end] === "\\") end++;
    else if (script[end] === "{") depth++;
    else if (script[end] === "}" && --depth === 0) return { end: end + 1 };
  }
  return { end: script.length };
}

/** Blanks or operators on both sides: an unquoted value is split into words there. */
function standsAlone(script: string, start: number, end: number): boolean {
  return (
    /(^|[\s;&|(])$/.test(script.slice(Math.max(0, start - 1), start)) &&
    /^([\s;&|)]|$)/.test(script.slice(end, end + 1))
  );
}

function skipQuote(script: string, from: number, escapes: boolean): number {
  let at = from;
  while (at < script.length && script[at] !== "'") at += escapes && script[at] === "\\" ? 2 : 1;
  return at + 1;
}

function lineEnd(script: string, from: number): number {
  const end = script.indexOf("\n", from);
  return end === -1 ? script.length : end;
}

/** @returns where the script goes on */
function readDocument(
  script: string,
  from: number,
  { end, literal, tabs }: HereDocument,
  names: ReadonlySet<string>,
  uses: VariableUse[],
): number {
  let at = from;
  while (at < script.length) {
    const stop = lineEnd(script, at);
    const line = script.slice(at, stop);
    if ((tabs ? line.replace(/^\t+/, "") : line) === end) return Math.min(stop + 1, script.length);
    for (let inner = literal ? stop : at; inner < stop; inner++) {
      if (script[inner] === "\\") {
        inner++;
        continue;
      }
      if (script[inner] !== "$") continue;
      const use = readVariable(script, inner, names);
      if (use?.name !== undefined) uses.push({ start: inner, end: use.end, name: use.name, place: "document" });
      if (use !== undefined) inner = use.end - 1;
    }
    at = stop + 1;
  }
  return script.length;
}
