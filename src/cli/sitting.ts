import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { Deed } from "../ui/screen/deeds.ts";
import { shownDiagnostics } from "./diagnostics.ts";
import type { RunFlags } from "./flags.ts";
import { RunScreen, type Seen } from "./run-screen.ts";
import { canOpenScreen, type Surroundings } from "./terminal.ts";

/** A run that is to be worked on, on a screen. */
export interface Sitting {
  /** What there is to see before anything is done. */
  readonly look: () => Promise<Seen>;
  /** One stretch of it: to its end, or to where it rests. The first begins it, where it is new. */
  readonly go: (flags: RunFlags, screen: RunScreen) => Promise<ExitCode>;
  /** The same as a dry run, of which nothing stays. @param run the one that is shown, once it has begun */
  readonly rehearse: (around: Surroundings, flags: RunFlags, run: string | undefined) => Promise<ExitCode>;
}

/**
 * A run on the screen: shown as it is, and then whatever its operator wants of it, until the screen is closed. Going on
 * is what `waymark resume` does: there is no other way. With `--yes` it begins at once.
 * @throws {WaymarkError} where there is no terminal for it, and what `look` throws
 */
export async function sit(around: Surroundings, flags: RunFlags, sitting: Sitting): Promise<ExitCode> {
  if (!canOpenScreen(around)) {
    throw new WaymarkError("WM8040", "there is no terminal to open the screen on", {
      hint: "leave --tui out: elsewhere than on a terminal a run is told in lines",
    });
  }
  let wish = flags;
  const screen = new RunScreen(around, flags, (around, step) => {
    const { from: _from, until: _until, ...same } = onlyOnce(wish);
    return sitting.rehearse(around, { ...same, dryRun: true, only: [step] }, screen.run);
  });
  try {
    screen.look(await sitting.look());
    let code: ExitCode = EXIT.paused;
    let deed: Deed | undefined = flags.yes === true ? { do: "go-on" } : await screen.next();
    while (deed !== undefined && code !== EXIT.terminated) {
      const went = await goOn(around, deed, { flags: wish, screen, ...sitting });
      // What was wanted of it is wanted once.
      if (went !== undefined) wish = onlyOnce(wish);
      code = went ?? code;
      if (code !== EXIT.terminated) deed = await screen.next();
    }
    // Its code stands for what the operator has seen; who ended it has seen nothing.
    return screen.ending === undefined || screen.ending === "SIGINT" ? code : EXIT.terminated;
  } finally {
    await screen.close();
  }
}

function onlyOnce(flags: RunFlags): RunFlags {
  const { new: _new, rerun: _rerun, skip: _skip, done: _done, retryFailed: _retry, ...rest } = flags;
  const { restAfter: _after, fix: _fix, setAside: _aside, ...same } = rest;
  return same;
}

/** @returns undefined where it was not gone on with, and its operator has been told why */
async function goOn(
  around: Surroundings,
  deed: Deed,
  { flags, screen, look, go }: Sitting & { readonly flags: RunFlags; readonly screen: RunScreen },
): Promise<ExitCode | undefined> {
  try {
    if (screen.gone.length > 0) {
      screen.tell(screen.gone);
      return undefined;
    }
    if (deed.do === "edit") {
      const trouble = await screen.edit(deed.step);
      if (trouble !== undefined) {
        screen.tell([trouble]);
        return undefined;
      }
      // What has not begun is not begun by a look at its text.
      if (screen.run === undefined) {
        screen.look(await look());
        return undefined;
      }
    }
    return await go({ ...flags, ...wanted(deed) }, screen);
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    const problems = await shownDiagnostics(around, { color: false }, error.diagnostics);
    screen.tell([error.message, error.hint, "", ...problems.trimEnd().split("\n")]);
    return undefined;
  }
}

function wanted(deed: Deed): Partial<RunFlags> {
  switch (deed.do) {
    case "retry-failed":
      return { retryFailed: true };
    case "one-step":
      return { restAfter: true };
    case "up-to":
      return { restAfter: deed.step };
    case "set-aside":
      return { setAside: deed.hosts };
    case "fix":
    case "rerun":
    case "skip":
    case "done":
      return { [deed.do]: [deed.step] };
    default:
      return {};
  }
}
