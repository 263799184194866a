import { EXIT, WaymarkError } from "../model/errors.ts";
import { CommanderError } from "commander";
import { COMPLETE } from "./completion.ts";
import { program } from "./program.ts";
import { neutralize } from "../story/terminal-text.ts";
import { surroundings } from "./terminal.ts";

/** Runs one command line to its exit code. Only here is an exit code set. */
export async function main(argv: readonly string[]): Promise<void> {
  const around = surroundings();
  // A reader that has had enough (`waymark plan | head`) is no error, nor a terminal that is gone.
  for (const stream of [around.stdout, around.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
  // What is thrown where nobody awaits it. Who has the terminal gives it back as the process exits, and then it is told.
  process.once("uncaughtException", (error) => {
    process.once("exit", () => explainBug(error, argv.includes("--debug")));
    process.exit(EXIT.bug);
  });
  try {
    process.exitCode = EXIT.ok;
    const command = program(around, (code) => {
      process.exitCode = code;
    });
    if (argv[2] === COMPLETE) {
      const { complete } = await import("./complete.ts");
      return await complete(around, command, argv.slice(3));
    }
    await command.parseAsync(argv);
  } catch (error) {
    process.exitCode = await explain(error, argv.includes("--debug"));
  }
}

/** What happened, where, and what to do next; a stack trace only when asked for. */
async function explain(error: unknown, debug: boolean): Promise<number> {
  const { stderr } = surroundings();
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof WaymarkError) {
    if (error.diagnostics.length > 0) {
      const { printDiagnostics } = await import("./diagnostics.ts");
      await printDiagnostics(surroundings(), error.diagnostics);
    }
    // Some of it may be what a host has said.
    stderr.write(neutralize(`waymark: ${error.message} [${error.code}]\n  ${error.hint}\n`));
    if (debug) stderr.write(`${error.stack ?? ""}\n`);
    return error.exit;
  }
  explainBug(error, debug);
  return EXIT.bug;
}

function explainBug(error: unknown, debug: boolean): void {
  const { stderr } = surroundings();
  const { stack, message } = error instanceof Error ? error : new Error(String(error));
  stderr.write(
    neutralize(
      `waymark: this is a bug in waymark [WM9000]: ${message}\n` +
        "  What was run is in the journal; resume goes on from there. Please report it with the output of --debug.\n",
    ),
  );
  if (debug) stderr.write(neutralize(`${stack ?? ""}\n`));
}
