import { compileGlob } from "./glob.ts";

/*
 * Host patterns, as in Ansible
 * (https://docs.ansible.com/ansible/latest/inventory_guide/intro_patterns.html): `a,b` either, `a,&b` both, `a,!b`
 * the first without the second, `name*`, `group[0]`, `group[-1]`, `group[1:]`, `group[0:2]` (three hosts: the end is
 * included). Not from there: `:` between patterns (IPv6 addresses are full of them) and `~regex`.
 */

export interface Pattern {
  readonly source: string;
  readonly terms: readonly Term[];
}

export interface Term {
  /** Whatever the order they are written in: first all unions, then intersections, then exclusions. */
  readonly kind: "union" | "intersection" | "exclusion";
  /** Without operator and subscript. */
  readonly name: string;
  /** For names with `*`, `?` or `[`: matches names of groups and hosts. */
  readonly glob?: RegExp;
  readonly subscript?: Subscript;
  /** Of `name` in the source. */
  readonly offset: number;
}

/** Positions among the matching hosts in inventory order, from 0; negative from the end. Both ends are included. */
export interface Subscript {
  readonly from: number;
  readonly to: number;
}

export type ParsedPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  /** `offset` counts UTF-16 code units from the start of the source. */
  | { readonly ok: false; readonly message: string; readonly hint: string; readonly offset: number };

type ParsedTerm = { readonly ok: true; readonly term: Term } | Extract<ParsedPattern, { ok: false }>;

/** Reads a host pattern. Whether its names exist is a question for `unknownNames`. */
export function parsePattern(source: string): ParsedPattern {
  if (source.trim() === "") return { ok: false, message: "The host pattern is empty", hint: examples, offset: 0 };
  const terms: Term[] = [];
  for (const { text, offset } of splitAtCommas(source)) {
    const parsed = parseTerm(text, offset);
    if (!parsed.ok) return parsed;
    terms.push(parsed.term);
  }
  return { ok: true, pattern: { source, terms } };
}

const examples = "Name hosts or groups, such as `all`, `master,worker` or `worker[0]`.";

/** Commas inside brackets are characters to match. */
function splitAtCommas(source: string): readonly { readonly text: string; readonly offset: number }[] {
  return [...source.matchAll(/(?<=^|,)(?:\[[^\]]*\]|[^,])*/g)].map((match) => ({
    text: match[0],
    offset: match.index,
  }));
}

const KINDS: Readonly<Record<string, Term["kind"]>> = { "!": "exclusion", "&": "intersection" };

function parseTerm(text: string, start: number): ParsedTerm {
  const operator = text.trimStart().charAt(0);
  const kind = KINDS[operator] ?? "union";
  const rest = kind === "union" ? text : text.replace(operator, " ");
  const expression = rest.trim();
  const offset = start + (rest.length - rest.trimStart().length);
  const fail = (message: string, hint: string, at = 0): ParsedTerm => ({
    ok: false,
    message,
    hint,
    offset: offset + at,
  });

  if (expression === "") {
    const where = kind === "union" ? "a comma" : `\`${operator}\``;
    return { ok: false, message: `A name is missing beside ${where}`, hint: examples, offset: start };
  }
  if (expression.startsWith("~")) {
    return fail("Regular expressions are not host patterns", "Use `*` and `?`, such as `web*`.");
  }
  const blank = outsideBrackets(expression).search(/[\s!&]/);
  if (blank !== -1) {
    return fail(`\`${expression}\` is not a name`, "Separate names by commas: `a,b`, `a,&b`, `a,!b`.", blank);
  }
  const { name, subscript, wrong } = splitSubscript(expression);
  if (wrong !== undefined) return fail(`\`${wrong}\` is not a position`, positions, name.length);
  const closed = outsideBrackets(name).indexOf("]");
  if (closed !== -1) return fail("`]` has no `[` before it", positions, closed);
  const hasGlob = /[*?[]/.test(name);
  const glob = hasGlob ? compileGlob(name) : undefined;
  if (hasGlob && glob === undefined) return fail("This `[…]` matches nothing", positions, name.indexOf("["));
  return {
    ok: true,
    term: {
      kind,
      name,
      ...(glob === undefined ? {} : { glob }),
      ...(subscript === undefined ? {} : { subscript }),
      offset,
    },
  };
}

function outsideBrackets(text: string): string {
  return text.replaceAll(/\[[^\]]*\]/g, (whole) => ".".repeat(whole.length));
}

const positions = "Write one host of a group as `group[0]`, several as `group[1:3]`, the last as `group[-1]`.";

/**
 * `name[2]`, `name[1:3]`, `name[1:]`, `name[:3]`. Digits with a hyphen are refused rather than read as a glob's set of
 * characters: in hosts files `pi-[01-16]` stands for sixteen hosts, as a set it would match three.
 */
function splitSubscript(expression: string): {
  readonly name: string;
  readonly subscript?: Subscript;
  readonly wrong?: string;
} {
  const [, name, inside] = /^(.+)\[([-:\d\s]*)\]$/.exec(expression) ?? [];
  if (name === undefined || inside === undefined) return { name: expression };
  const index = /^-?\d{1,9}$/.test(inside) ? Number(inside) : undefined;
  if (index !== undefined) return { name, subscript: { from: index, to: index } };
  const [, from, to] = /^(\d{0,9}):(\d{0,9})$/.exec(inside) ?? [];
  if (from === undefined || to === undefined || from + to === "") return { name, wrong: `[${inside}]` };
  return { name, subscript: { from: Number(from), to: to === "" ? -1 : Number(to) } };
}
