import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { WaymarkError } from "../model/errors.ts";
import type { InputDeclaration } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";
import { type InputsFile, parseInputFlag, readInputsFile } from "../plan/input-sources.ts";
import { checkInput } from "../plan/input-value.ts";
import { resolveInputs } from "../plan/inputs.ts";
import type { PlanFlags } from "./flags.ts";
import type { Fetching } from "./load.ts";
import { readGiven } from "./read-given.ts";
import type { Surroundings } from "./terminal.ts";

/** How long a `from:` command may take: a password manager may ask its user first. */
const FROM_TIMEOUT_MS = 120_000;

interface GatheredInputs {
  /** Secret ones included. */
  readonly values: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Values of all inputs: flags, file, what the run was started with, environment, `from:`, default. */
export async function gatherInputs(
  around: Surroundings,
  guide: string,
  declarations: readonly InputDeclaration[],
  flags: PlanFlags,
  fetching: Fetching,
  earlier?: Readonly<Record<string, string>>,
): Promise<GatheredInputs> {
  const given = readFlags(flags.input ?? []);
  const inputs = await readFileOf(around, flags.inputs);
  const declared = new Set(declarations.map(({ name }) => name));
  // An input that the guide no longer has may have had a value when the run was started.
  const previous = Object.fromEntries(Object.entries(earlier ?? {}).filter(([name]) => declared.has(name)));
  const resolved = resolveInputs(
    declarations,
    {
      flags: given.values,
      environment: around.env,
      previous,
      ...(inputs.file !== undefined && { file: inputs.file }),
    },
    guide,
  );
  const diagnostics = [...given.diagnostics, ...inputs.diagnostics, ...resolved.diagnostics];
  if (fetching === "known") return { values: resolved.values, diagnostics };
  diagnostics.push(...resolved.missing.map((declaration) => missing(declaration, guide)));
  if (diagnostics.some(({ severity }) => severity === "error")) return { values: resolved.values, diagnostics };
  const values: Record<string, string> = { ...resolved.values };
  for (const declaration of resolved.fetch) {
    const value = await fetchValue(around, declaration);
    values[declaration.name] = value;
    const problems = checkInput(declaration, value);
    diagnostics.push(...problems.map((problem) => ({ ...problem, file: guide, span: declaration.span })));
  }
  return { values, diagnostics };
}

function readFlags(flags: readonly string[]): GatheredInputs {
  const read = flags.map(parseInputFlag);
  return {
    values: Object.fromEntries(read.flatMap((flag) => (flag.ok ? [[flag.name, flag.value]] : []))),
    diagnostics: read.flatMap((flag) => (flag.ok ? [] : [flag.diagnostic])),
  };
}

async function readFileOf(
  { cwd }: Surroundings,
  path: string | undefined,
): Promise<{ file?: InputsFile; diagnostics: readonly Diagnostic[] }> {
  if (path === undefined) return { diagnostics: [] };
  const bytes = await readGiven(resolve(cwd, path), path, "inputs file");
  return readInputsFile(path, new TextDecoder().decode(bytes));
}

function missing({ name, description, secret, span }: InputDeclaration, guide: string): Diagnostic {
  return {
    code: "WM3006",
    severity: "error",
    message: `The input \`${name}\` has no value${description === undefined ? "" : ` (${description})`}`,
    hint: secret
      ? `Set WAYMARK_INPUT_${name} in the environment.`
      : `Give it one: --input ${name}=VALUE, or WAYMARK_INPUT_${name} in the environment.`,
    file: guide,
    span,
  };
}

/** stdout of the declaration's command, less its last newline. Its stderr and terminal are the operator's. */
async function fetchValue({ cwd, env }: Surroundings, { name, from = "" }: InputDeclaration): Promise<string> {
  try {
    const command = promisify(execFile)("sh", ["-c", from], { cwd, env: { ...env }, timeout: FROM_TIMEOUT_MS });
    return (await command).stdout.replace(/\r?\n$/, "");
  } catch (error) {
    // The message of execFile repeats the command and its stderr, never its stdout.
    throw new WaymarkError("WM3007", `the input ${name} could not be fetched: ${(error as Error).message.trim()}`, {
      hint: `check its \`from:\` command, or give the value: WAYMARK_INPUT_${name}`,
      cause: error,
    });
  }
}
