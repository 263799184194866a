import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { WaymarkError } from "../model/errors.ts";
import type { InputDeclaration } from "../model/runbook.ts";
import type { Surroundings } from "./terminal.ts";

/** How long a `from` command may take: a password manager may ask its user first. */
const TIMEOUT_MS = 120_000;

/**
 * What the input's `from` command prints, less its last newline. Its stdin and stderr are the operator's; what it prints
 * is shown nowhere, not even when it fails.
 * @throws {WaymarkError} WM3007 when it cannot be had
 */
export async function fetchInput(
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
  { name, from = "" }: InputDeclaration,
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  const child = spawn("sh", ["-c", from], {
    cwd,
    env: { ...env },
    stdio: ["inherit", "pipe", "inherit"],
    timeout: timeoutMs,
  });
  try {
    const [printed, [exit, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
    if (exit === 0) return printed.replace(/\r?\n$/, "");
    throw failed(name, from, signal === null ? `ended with ${exit}` : ended(signal, timeoutMs));
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    throw failed(name, from, `could not be started: ${(error as Error).message}`);
  }
}

function ended(signal: unknown, timeoutMs: number): string {
  return signal === "SIGTERM" ? `was not over after ${timeoutMs / 1000} s` : `was ended by ${String(signal)}`;
}

function failed(name: string, from: string, what: string): WaymarkError {
  return new WaymarkError("WM3007", `the input ${name} could not be fetched: \`${from}\` ${what}`, {
    hint: `check its \`from\` command, or give the value: WAYMARK_INPUT_${name} in the environment`,
  });
}
