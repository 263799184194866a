import { join } from "node:path";
import { CommanderError } from "commander";
import { program } from "../../../src/cli/program.ts";
import { EXIT, WaymarkError } from "../../../src/model/errors.ts";
import { renderDiagnostics } from "../../../src/ui/render-diagnostics.ts";
import { fakeSurroundings } from "./fake-terminal.ts";

export interface Said {
  /** The exit code. */
  readonly code: number;
  /** On standard error. */
  readonly text: string;
}

/** Everything that is said about a command line in a folder, as the user reads it. Its runs are kept in `state`. */
export async function saidOf(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const around = fakeSurroundings(folder, { WAYMARK_STATE_DIR: join(folder, "state"), ...env });
  const { printed } = around;
  let code: number = EXIT.ok;
  try {
    await program(around, (exit) => (code = exit)).parseAsync(["node", "waymark", ...args]);
  } catch (error) {
    if (error instanceof CommanderError) code = EXIT.usage;
    else if (error instanceof WaymarkError) {
      code = error.exit;
      const style = { color: false, unicode: false, columns: 100 };
      printed.err += renderDiagnostics(style, error.diagnostics, new Map());
      printed.err += `${error.message} [${error.code}] ${error.hint}`;
    } else throw error;
  }
  return { code, text: printed.err };
}
