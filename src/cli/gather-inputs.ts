import { resolve } from "node:path";
import type { InputDeclaration } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";
import { type InputsFile, parseInputFlag, readInputsFile } from "../plan/input-sources.ts";
import { type ResolvedInputs, resolveInputs } from "../plan/inputs.ts";
import type { PlanFlags } from "./flags.ts";
import { readGiven } from "./read-given.ts";
import type { Surroundings } from "./terminal.ts";

/** The inputs as far as they are given: flags, file, what the run was started with, environment, default. */
export async function gatherInputs(
  around: Surroundings,
  guide: string,
  declarations: readonly InputDeclaration[],
  flags: Pick<PlanFlags, "input" | "inputs">,
  earlier?: Readonly<Record<string, string>>,
): Promise<ResolvedInputs> {
  const given = (flags.input ?? []).map(parseInputFlag);
  const inputs = await readFileOf(around, flags.inputs);
  const declared = new Set(declarations.map(({ name }) => name));
  // An input that the guide no longer has may have had a value when the run was started.
  const previous = Object.fromEntries(Object.entries(earlier ?? {}).filter(([name]) => declared.has(name)));
  const resolved = resolveInputs(
    declarations,
    {
      flags: Object.fromEntries(given.flatMap((flag) => (flag.ok ? [[flag.name, flag.value]] : []))),
      environment: around.env,
      previous,
      ...(inputs.file !== undefined && { file: inputs.file }),
    },
    guide,
  );
  const known = around.remembered?.complete(resolved) ?? resolved;
  const unreadable = given.flatMap((flag) => (flag.ok ? [] : [flag.diagnostic]));
  return { ...known, diagnostics: [...unreadable, ...inputs.diagnostics, ...resolved.diagnostics] };
}

async function readFileOf(
  { cwd }: Surroundings,
  path: string | undefined,
): Promise<{ file?: InputsFile; diagnostics: readonly Diagnostic[] }> {
  if (path === undefined) return { diagnostics: [] };
  const bytes = await readGiven(resolve(cwd, path), path, "inputs file");
  return readInputsFile(path, new TextDecoder().decode(bytes));
}
