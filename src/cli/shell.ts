import { listRuns } from "../journal/list-runs.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { ShellFlags } from "./flags.ts";
import { lendTerminal } from "./lent-terminal.ts";
import { namedRun } from "./named-run.ts";
import { noteShell, openShell } from "./open-shell.ts";
import { findShellPlace } from "./shell-place.ts";
import { briefAsker } from "./ssh.ts";
import { type Surroundings, stateDir } from "./terminal.ts";

/** `waymark shell`: a shell on a host, where a step of a run stands. How it ends does not matter. */
export async function shell(around: Surroundings, wanted: string | undefined, flags: ShellFlags): Promise<ExitCode> {
  const { stdin, stderr } = around;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new WaymarkError("WM8060", "there is no terminal for a shell", {
      hint: "a shell is for a person; what runs by itself is a step: waymark run GUIDE --only STEP",
    });
  }
  const { folder } = namedRun(around, await listRuns(stateDir(around, flags.stateDir)), wanted);
  return untilSignalled(async (signal) => {
    const place = await findShellPlace(around, folder, flags);
    const asker = briefAsker(around, flags, place.plan.hosts);
    const lend = lendTerminal(around, () => () => undefined);
    const note = (step: string, host: string): Promise<void> => noteShell(folder, step, host);
    await openShell(around, place, { flags, asker, lend, signal, note });
  });
}

/** What signals end is over in order: the terminal is given back first. */
async function untilSignalled(use: (signal: AbortSignal) => Promise<void>): Promise<ExitCode> {
  const stop = new AbortController();
  let code: ExitCode = EXIT.ok;
  const abort = (name: NodeJS.Signals): void => {
    code = name === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    stop.abort(new Error("interrupted"));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, abort);
  try {
    await use(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(name, abort);
  }
  return code;
}
