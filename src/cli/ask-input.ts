import type { InputDeclaration } from "../model/runbook.ts";
import { checkInput } from "../plan/input-value.ts";
import { oneLine } from "../story/terminal-text.ts";
import type { Prompter } from "./prompter.ts";

/**
 * Asks for the value of an input until it is one that passes the declaration's checks. Secrets are not echoed.
 * @throws {Unanswered}
 */
export async function askInput(
  prompter: Prompter,
  declaration: InputDeclaration,
  signal: AbortSignal,
): Promise<string> {
  const { name, description, secret, choices, type } = declaration;
  const about = description === undefined ? "" : oneLine(description);
  const message = about === "" ? `${name}:` : `${name} (${about}):`;
  const problem = (severity: "error" | "warning", value: string): string | undefined =>
    checkInput(declaration, value)
      .find((one) => one.severity === severity)
      ?.message.replaceAll("`", "");
  const check = (value: string): string | undefined =>
    value === "" ? `${name} has no value yet` : problem("error", value);
  if (secret) {
    const value = await prompter.secret(message, check, signal);
    const warning = problem("warning", value);
    if (warning !== undefined) prompter.say(`warning: ${warning}`);
    return value;
  }
  const offered = (choices ?? (type === "boolean" ? ["true", "false"] : [])).filter(
    (choice) => problem("error", choice) === undefined,
  );
  return offered.length > 0 ? prompter.choose(message, offered, signal) : prompter.text(message, check, signal);
}
