import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Diagnostic } from "../model/source.ts";
import { renderDiagnostics } from "../ui/render-diagnostics.ts";
import type { Style } from "../ui/style.ts";
import { styleOf } from "./style.ts";
import type { Surroundings } from "./terminal.ts";

/** Prints problems on stderr, with the lines they are about. */
export async function printDiagnostics(around: Surroundings, diagnostics: readonly Diagnostic[]): Promise<void> {
  around.stderr.write(await shownDiagnostics(around, {}, diagnostics));
}

/** Problems with the lines they are about, as text. @param style what is not as on stderr */
export async function shownDiagnostics(
  around: Surroundings,
  style: Partial<Style>,
  diagnostics: readonly Diagnostic[],
): Promise<string> {
  const files = new Set(diagnostics.flatMap(({ file }) => file ?? []));
  const sources = new Map<string, string>();
  for (const file of files) {
    // A file that cannot be read any more is shown without its lines.
    const text = await readFile(resolve(around.cwd, file), "utf8").catch(() => undefined);
    if (text !== undefined) sources.set(file, text);
  }
  return renderDiagnostics({ ...styleOf(around, around.stderr), ...style }, diagnostics, sources);
}
