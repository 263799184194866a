import { EXIT, WaymarkError } from "../model/errors.ts";
import type { InputDeclaration } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";
import { checkInput } from "../plan/input-value.ts";
import type { ResolvedInputs } from "../plan/inputs.ts";
import { askInput } from "./ask-input.ts";
import { fetchInput } from "./fetch-input.ts";
import { type Prompter, Unanswered } from "./prompter.ts";
import type { Surroundings } from "./terminal.ts";

type Values = Readonly<Record<string, string>>;

export interface CompletedInputs {
  readonly values: Values;
  readonly diagnostics: readonly Diagnostic[];
}

/** What is needed to complete inputs. */
export interface ToComplete {
  /** The guide's path as the user named it. */
  readonly guide: string;
  readonly resolved: ResolvedInputs;
  /** Inputs that nobody needs, as far as these values tell: neither fetched nor asked for. */
  readonly idle: (values: Values) => ReadonlySet<string>;
  /** Absent: nobody can be asked. */
  readonly prompter?: Prompter;
}

/** What is still wanted, and cannot be had because nobody can be asked: an error each, for inputs of `ask: late` as well. */
export function unobtainable({ guide, resolved, idle, prompter }: ToComplete): readonly Diagnostic[] {
  if (prompter !== undefined) return [];
  const unneeded = idle(resolved.values);
  return resolved.missing.filter(({ name }) => !unneeded.has(name)).map((declaration) => missing(declaration, guide));
}

/**
 * Runs the `from` commands, then asks for what is missing, all together; inputs of `ask: late` are left to the run.
 * @throws {WaymarkError} when a command fails (WM3007), or the operator does not want to go on (WM8014)
 */
export async function completeInputs(around: Surroundings, wanted: ToComplete): Promise<CompletedInputs> {
  const { guide, resolved, idle, prompter } = wanted;
  const values: Record<string, string> = { ...resolved.values };
  const diagnostics: Diagnostic[] = [];
  for (const declaration of resolved.fetch) {
    if (idle(values).has(declaration.name)) continue;
    // The command may ask whoever is at the terminal, who only wants to see what would be done.
    if (around.looking !== undefined) {
      diagnostics.push(missing(declaration, guide));
      continue;
    }
    const value = await fetchInput(around, declaration);
    values[declaration.name] = value;
    for (const problem of checkInput(declaration, value)) {
      const message = `${problem.message} (printed by its \`from\` command)`;
      diagnostics.push({ ...problem, message, file: guide, span: declaration.span });
    }
  }
  const asked = resolved.missing.filter(({ ask }) => ask === "first");
  if (prompter === undefined || diagnostics.some(({ severity }) => severity === "error"))
    return { values, diagnostics };
  for (const [index, declaration] of asked.entries()) {
    // What was answered to the first may do without the second.
    if (idle(values).has(declaration.name)) continue;
    try {
      const value = await askInput(prompter, declaration, NEVER);
      around.remembered?.input(declaration, value);
      values[declaration.name] = value;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      if (error.why === "interrupted") throw interrupted();
      const rest = asked.slice(index).filter(({ name }) => !idle(values).has(name));
      return { values, diagnostics: [...diagnostics, ...rest.map((one) => missing(one, guide))] };
    }
  }
  return { values, diagnostics };
}

/** Before a run there is nothing that would take a question back. */
const NEVER = new AbortController().signal;

function interrupted(): WaymarkError {
  return new WaymarkError("WM8014", "interrupted while inputs were asked for", {
    hint: "nothing was run",
    exit: EXIT.interrupted,
  });
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
