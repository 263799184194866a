import { didYouMean } from "../model/nearest.ts";
import type { InputDeclaration } from "../model/runbook.ts";
import type { Diagnostic, Span } from "../model/source.ts";
import type { InputsFile } from "./input-sources.ts";
import { checkInput, inputPattern } from "./input-value.ts";

/** Where values may come from, besides the guide's own `from` and `default`. */
export interface InputSources {
  /** Of `--input`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly file?: InputsFile;
  /** The values the run was started with. */
  readonly previous?: Readonly<Record<string, string>>;
  /** Of the process: `WAYMARK_INPUT_NAME` is read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type InputOrigin = "flag" | "file" | "previous" | "environment" | "default";

export interface ResolvedInputs {
  readonly values: Readonly<Record<string, string>>;
  readonly from: Readonly<Record<string, InputOrigin>>;
  /** To be had from their `from` command. */
  readonly fetch: readonly InputDeclaration[];
  /** To be asked for. */
  readonly missing: readonly InputDeclaration[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds each declared input's value (FORMAT.md, section 6): the flag, the file, what the run was started with, the
 * environment, `from`, the default; else it is missing. What a run was started with comes before the environment,
 * which nobody gave for this run. All values are checked, and names that no input has are errors.
 *
 * @param guide the guide's path as the user named it
 */
export function resolveInputs(
  declarations: readonly InputDeclaration[],
  sources: InputSources,
  guide: string,
): ResolvedInputs {
  const values = new Map<string, string>();
  const from = new Map<string, InputOrigin>();
  const fetch: InputDeclaration[] = [];
  const missing: InputDeclaration[] = [];
  const diagnostics = [...unknownInputs(declarations, sources), ...badPatterns(declarations, guide)];
  for (const declaration of declarations) {
    const given = valueOf(declaration, sources);
    if (given === undefined) {
      (declaration.from === undefined ? missing : fetch).push(declaration);
      continue;
    }
    values.set(declaration.name, given.value);
    from.set(declaration.name, given.origin);
    // A default was checked where it is written, with the guide.
    if (given.origin === "default") continue;
    for (const problem of checkInput(declaration, given.value)) {
      diagnostics.push({ ...problem, message: problem.message + given.where, ...given.place });
    }
  }
  return {
    values: Object.fromEntries(values),
    from: Object.fromEntries(from),
    fetch,
    missing,
    diagnostics,
  };
}

interface Given {
  readonly value: string;
  readonly origin: InputOrigin;
  /** For messages about values that have no place in a file. */
  readonly where: string;
  readonly place?: { readonly file: string; readonly span: Span };
}

function valueOf(declaration: InputDeclaration, sources: InputSources): Given | undefined {
  const { name } = declaration;
  const { flags, file, previous, environment } = sources;
  const own = <T>(record: Readonly<Record<string, T>> | undefined, key = name): T | undefined =>
    record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

  const flag = own(flags);
  if (flag !== undefined) return { value: flag, origin: "flag", where: " (given by `--input`)" };
  const inFile = own(file?.values);
  if (inFile !== undefined && file !== undefined) {
    return { value: inFile.value, origin: "file", where: "", place: { file: file.path, span: inFile.span } };
  }
  const before = own(previous);
  if (before !== undefined) return { value: before, origin: "previous", where: " (given when the run was started)" };
  const variable = `WAYMARK_INPUT_${name}`;
  const inEnvironment = own(environment, variable);
  if (inEnvironment !== undefined) {
    return { value: inEnvironment, origin: "environment", where: ` (given by \`${variable}\`)` };
  }
  if (declaration.from !== undefined || declaration.default === undefined) return undefined;
  return { value: declaration.default, origin: "default", where: "" };
}

function unknownInputs(declarations: readonly InputDeclaration[], { flags, file }: InputSources): Diagnostic[] {
  const declared = new Set(declarations.map(({ name }) => name));
  const otherwise = declared.size === 0 ? "It has none." : `Its inputs are ${[...declared].join(", ")}.`;
  const unknown = (name: string, place?: Given["place"]): Diagnostic => ({
    code: "WM3002",
    severity: "error",
    message: `The guide has no input \`${name}\``,
    hint: didYouMean(name, declared, otherwise),
    ...place,
  });
  const diagnostics = Object.keys(flags)
    .filter((name) => !declared.has(name))
    .map((name) => unknown(name));
  if (file === undefined) return diagnostics;
  for (const [name, { nameSpan }] of Object.entries(file.values)) {
    if (!declared.has(name)) diagnostics.push(unknown(name, { file: file.path, span: nameSpan }));
  }
  return diagnostics;
}

function badPatterns(declarations: readonly InputDeclaration[], guide: string): readonly Diagnostic[] {
  return declarations
    .filter((declaration) => declaration.pattern !== undefined && inputPattern(declaration) === undefined)
    .map(({ name, pattern, span }) => ({
      code: "WM3005",
      severity: "error",
      message: `The pattern of \`${name}\` is not a regular expression: \`${pattern}\``,
      hint: "Correct the pattern; it is read as in JavaScript, with the flag `u`.",
      file: guide,
      span,
    }));
}
