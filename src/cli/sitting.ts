import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { Deed } from "../ui/screen/deeds.ts";
import { shownDiagnostics } from "./diagnostics.ts";
import type { RunFlags } from "./flags.ts";
import { RunScreen } from "./run-screen.ts";
import { canOpenScreen, type Surroundings } from "./terminal.ts";

/** One stretch of a run on a screen: to its end, or to where it rests. */
export type OnScreen = (flags: RunFlags, screen: RunScreen) => Promise<ExitCode>;

/**
 * A run on the screen: its first stretch, and then whatever its operator wants of it, until the screen is closed. Going
 * on is what `waymark resume` does: there is no other way.
 * @param begin the first stretch
 * @param resume goes on with the run
 * @throws {WaymarkError} where there is no terminal for it, and what `begin` throws
 */
export async function sit(around: Surroundings, flags: RunFlags, begin: OnScreen, resume: OnScreen): Promise<ExitCode> {
  if (!canOpenScreen(around)) {
    throw new WaymarkError("WM8040", "there is no terminal to open the screen on", {
      hint: "leave --tui out: elsewhere than on a terminal a run is told in lines",
    });
  }
  const screen = new RunScreen(around);
  try {
    let code = await begin(flags, screen);
    while (code !== EXIT.terminated) {
      const deed = await screen.next();
      if (deed === undefined) break;
      code = await goOn(around, deed, { flags, screen, code, resume });
    }
    return code;
  } finally {
    await screen.close();
  }
}

async function goOn(
  around: Surroundings,
  deed: NonNullable<Awaited<ReturnType<RunScreen["next"]>>>,
  sitting: { readonly flags: RunFlags; readonly screen: RunScreen; readonly code: ExitCode; readonly resume: OnScreen },
): Promise<ExitCode> {
  const { flags, screen, code, resume } = sitting;
  const { new: _new, rerun: _rerun, skip: _skip, done: _done, retryFailed: _retry, ...same } = flags;
  if (deed.do === "edit") {
    const trouble = await screen.edit(deed.step);
    if (trouble !== undefined) {
      screen.tell([trouble]);
      return code;
    }
  }
  try {
    return await resume({ ...same, ...wanted(deed) }, screen);
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    const problems = await shownDiagnostics(around, { color: false }, error.diagnostics);
    screen.tell([error.message, error.hint, "", ...problems.trimEnd().split("\n")]);
    return code;
  }
}

function wanted(deed: Deed): Partial<RunFlags> {
  switch (deed.do) {
    case "retry-failed":
      return { retryFailed: true };
    case "rerun":
    case "skip":
    case "done":
      return { [deed.do]: [deed.step] };
    default:
      return {};
  }
}
