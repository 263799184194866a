import { keySpan, parseYaml, scalarText, valueSpan } from "../inventory/yaml-text.ts";
import type { Diagnostic, Located, Span } from "../model/source.ts";

/** The values of `--inputs FILE`. */
export interface InputsFile {
  /** As the user named it. */
  readonly path: string;
  readonly values: Readonly<Record<string, ValueInFile>>;
}

/** `nameSpan`: of the name that it is given for. */
export type ValueInFile = Located<string> & { readonly nameSpan: Span };

/** Reads a YAML or JSON map of names to values. Values are taken as typed: `1.10` stays `1.10`. */
export function readInputsFile(
  path: string,
  text: string,
): { readonly file?: InputsFile; readonly diagnostics: readonly Diagnostic[] } {
  const { yaml, value, diagnostics } = parseYaml(path, text, "WM3003");
  if (diagnostics.length > 0) return { diagnostics };
  const error = (message: string, hint: string, span: Diagnostic["span"]): Diagnostic => ({
    code: "WM3003",
    severity: "error",
    message,
    hint,
    file: path,
    ...(span === undefined ? {} : { span }),
  });
  if (value === null || value === undefined) return { file: { path, values: {} }, diagnostics };
  if (typeof value !== "object" || Array.isArray(value)) {
    const message = "An inputs file must be a map of names to values";
    return { diagnostics: [error(message, "Write `NAME: value`, one a line.", valueSpan(yaml, []))] };
  }
  const values: [string, ValueInFile][] = [];
  const problems: Diagnostic[] = [];
  for (const [name, given] of Object.entries(value)) {
    const span = valueSpan(yaml, [name]);
    if (typeof given === "string" || typeof given === "number" || typeof given === "boolean") {
      values.push([name, { value: scalarText(yaml, [name]) ?? String(given), span, nameSpan: keySpan(yaml, [name]) }]);
    } else if (given === null) {
      const message = `\`${name}\` has no value`;
      problems.push(error(message, 'Write a value; for an empty one write "".', keySpan(yaml, [name])));
    } else {
      problems.push(error(`\`${name}\` must be text, a number, true or false`, "Put quotes around it.", span));
    }
  }
  if (problems.length > 0) return { diagnostics: problems };
  return { file: { path, values: Object.fromEntries(values) }, diagnostics };
}

/** Reads the value of `--input`: `NAME=VALUE`. All after the first `=` is the value. */
export function parseInputFlag(
  flag: string,
):
  | { readonly ok: true; readonly name: string; readonly value: string }
  | { readonly ok: false; readonly diagnostic: Diagnostic } {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(flag) ?? [];
  if (name !== undefined && value !== undefined) return { ok: true, name, value };
  const typed = flag.split("=", 1)[0] ?? "";
  const diagnostic: Diagnostic = {
    code: "WM3001",
    severity: "error",
    // What stands after the `=` may be a secret.
    message: flag.includes("=") ? `\`--input\`: \`${typed}\` is not a name` : `\`--input ${flag}\` gives no value`,
    hint: "Write `--input NAME=VALUE`.",
  };
  return { ok: false, diagnostic };
}
