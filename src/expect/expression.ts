import { type ASTNode, ParseError, type ParseResult, TypeError as CheckError } from "@marcbachmann/cel-js";
import { environmentOf, type ExpressionKind, PER_HOST, ROOTS } from "./environment.ts";
import { type Mentions, mentionsOf } from "./mentions.ts";
import { nearest } from "../model/nearest.ts";
import { plain } from "./wording.ts";

/** A CEL expression that is sound: its names exist, its types fit, and it is true or false. */
export interface Expression extends Mentions {
  readonly source: string;
  readonly kind: ExpressionKind;
  readonly program: ParseResult;
}

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression }
  /** `offset` counts UTF-16 code units from the start of the source. */
  | { readonly ok: false; readonly message: string; readonly offset: number };

/**
 * Reads a CEL expression (https://github.com/google/cel-spec) and checks its names and types. Never throws.
 *
 * Of every kind: `host` (`name`, `address`, `groups`, `vars`, and the facts `os.id`, `os.like`, `os.version`,
 * `os.name`, `arch`, `kernel`, `hostname`, `user`), `vars`, `captures` (NAME → host → value), `hosts`, `groups` (NAME →
 * hosts), `step.hosts`. A host equals its own name: `results.exists(r, r.host == "pi-1")`.
 *
 * `expect` only: `stdout` and `stderr` (text; the last newline is cut), `exit` (int), `lines`, `table` (list of header →
 * cell, all strings), `json` (whole numbers are ints), `duration` (compared as in `duration < duration("5s")`), and
 * `results`. An expression over `results` is about a batch, where the names of a single host mean nothing.
 */
export function parseExpression(source: string, kind: ExpressionKind): ParsedExpression {
  // Every host's attempt is judged by the same few expressions.
  const known = parsed[kind].get(source);
  if (known !== undefined) return known;
  const result = parse(source, kind);
  parsed[kind].set(source, result);
  return result;
}

const parsed: Readonly<Record<ExpressionKind, Map<string, ParsedExpression>>> = { expect: new Map(), when: new Map() };

function parse(source: string, kind: ExpressionKind): ParsedExpression {
  const roots = ROOTS[kind];
  try {
    const program = environmentOf(kind).parse(source);
    const { valid, type, error } = program.check();
    if (!valid) throw error ?? new Error("not valid");
    const mentions = mentionsOf(program.ast, new Set(Object.keys(roots)));
    const stray = mentions.mentionsResults ? [...mentions.names].find((name) => PER_HOST.has(name)) : undefined;
    if (stray !== undefined) {
      return {
        ok: false,
        message: `results is judged once for all hosts of a batch, where "${stray}" has no meaning`,
        offset: offsetOf(program.ast, stray),
      };
    }
    if (type !== "bool" && type !== "dyn") {
      return { ok: false, message: `this is a value of type ${type}, not true or false`, offset: 0 };
    }
    return { ok: true, expression: { ...mentions, source, kind, program } };
  } catch (error) {
    if (!(error instanceof ParseError || error instanceof CheckError)) {
      // The parser recurses: `!!!!…` exhausts its stack before any of its limits.
      return { ok: false, message: "the expression is nested too deeply", offset: 0 };
    }
    return { ok: false, message: messageOf(error, source, kind), offset: error.range?.start ?? 0 };
  }
}

function offsetOf(expression: ASTNode, name: string): number {
  return Math.max(0, expression.input.search(new RegExp(`(?<![\\w.])${name}\\b`)));
}

function messageOf(error: ParseError | CheckError, source: string, kind: ExpressionKind): string {
  const { code, summary, range } = error;
  const text = range ? source.slice(range.start, range.end) : "";
  switch (code) {
    case "unknown_variable":
      return unknownMethod(source.slice(0, range?.start), kind) ?? unknownName(text, kind);
    case "no_matching_overload":
      return unknownFunction(error, kind) ?? plain(summary);
    case "no_such_overload":
      return `${plain(summary.replace("no such overload: ", ""))}: these types do not go together`;
    case "unexpected_character":
      return text === "=" ? "unexpected =; to compare, write ==" : plain(summary);
    case "unexpected_token":
    case "expected_token":
      return text === "" ? "the expression ends too early" : `unexpected ${JSON.stringify(text)}`;
    default:
      return plain(summary);
  }
}

function unknownName(name: string, kind: ExpressionKind): string {
  if (kind === "when" && Object.hasOwn(ROOTS.expect, name)) {
    return `"${name}" is not known before the step has run; when can use ${Object.keys(ROOTS.when).join(", ")}`;
  }
  const meant = nearest(name, Object.keys(ROOTS[kind]));
  const help = meant === undefined ? `there are ${Object.keys(ROOTS[kind]).join(", ")}` : `did you mean "${meant}"?`;
  return `unknown name "${name}"; ${help}`;
}

/** Undefined for a function that exists but does not take these types. */
function unknownFunction(error: ParseError | CheckError, kind: ExpressionKind): string | undefined {
  const { node } = error;
  if (node?.op !== "call" && node?.op !== "rcall") return undefined;
  const called: unknown = Array.isArray(node.args) ? node.args[0] : undefined;
  return typeof called === "string" ? missingFunction(called, kind) : undefined;
}

/** In `table.al(n, …)` it is `n` that is unknown to the parser; what is wrong is `al`. */
function unknownMethod(before: string, kind: ExpressionKind): string | undefined {
  const called = /\.\s*(\w+)\s*\(\s*$/.exec(before)?.[1];
  return called === undefined ? undefined : missingFunction(called, kind);
}

function missingFunction(called: string, kind: ExpressionKind): string | undefined {
  const known = new Set(
    environmentOf(kind)
      .getDefinitions()
      .functions.map(({ name }) => name),
  );
  if (known.has(called)) return undefined;
  const meant = nearest(called, known);
  return `unknown function "${called}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}
