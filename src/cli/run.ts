import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { recall } from "../engine/advance.ts";
import { EMPTY_STATE } from "../engine/state.ts";
import { createRun } from "../journal/run-folder.ts";
import { isUnfinished, listRuns } from "../journal/list-runs.ts";
import { openJournal } from "../journal/open-journal.ts";
import { volatileJournal } from "../journal/volatile-journal.ts";
import { runId } from "../journal/run-id.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import { checkChoices, restWish } from "./choices.ts";
import { systemClock } from "./clock.ts";
import { conduct } from "./conduct.ts";
import { confirmedSteps } from "./find-step.ts";
import type { RunFlags } from "./flags.ts";
import { readWait } from "./lease-wish.ts";
import { loadToLook, loadToRun } from "./load.ts";
import { version } from "./program.ts";
import { withQuickReact } from "./quick-react.ts";
import type { RunScreen } from "./run-screen.ts";
import { opensScreen, type Surroundings, stateDir } from "./terminal.ts";

/** `waymark run`: a new run of a guide, from its first step. */
export async function run(around: Surroundings, guide: string, flags: RunFlags): Promise<ExitCode> {
  if (!opensScreen(around, flags)) return begin(around, guide, flags);
  const { sit } = await withQuickReact(() => import("./sitting.ts"));
  const { goOn } = await import("./resume.ts");
  return sit(around, flags, {
    look: async () => {
      const seen = await loadToLook(around, guide, flags);
      if (flags.new !== true) await refuseSecondRun(stateDir(around, flags.stateDir), resolve(around.cwd, guide));
      return { ...seen, past: [] };
    },
    go: (flags, screen) =>
      screen.run === undefined
        ? begin(screen.around, guide, flags, screen)
        : goOn(screen.around, screen.run, flags, screen),
    rehearse: (around, flags, run) => (run === undefined ? begin(around, guide, flags) : goOn(around, run, flags)),
  });
}

async function begin(around: Surroundings, guide: string, flags: RunFlags, screen?: RunScreen): Promise<ExitCode> {
  const parallel = readParallel(flags.parallel ?? "100");
  readWait(flags.wait);
  const state = stateDir(around, flags.stateDir);
  const loaded = await loadToRun(around, guide, flags, undefined, async (plan) => {
    confirmedSteps(plan, flags.confirm);
    checkChoices(plan, flags);
    if (flags.new !== true && flags.dryRun !== true) await refuseSecondRun(state, resolve(around.cwd, guide));
  });

  const dry = flags.dryRun === true;
  const id = runId(systemClock.now(), Math.random());
  const folder = dry ? undefined : await createRun(state, { id, guide: loaded.guideBytes });
  const journal =
    folder === undefined ? volatileJournal(systemClock) : (await openJournal(folder, { clock: systemClock })).journal;
  return conduct(around, flags, {
    loaded,
    ...(folder !== undefined && { folder }),
    ...(screen !== undefined && { screen }),
    journal,
    before: recall([]),
    past: [],
    first: [
      {
        type: "run-started",
        run: id,
        token: randomBytes(8).toString("hex"),
        waymark: version(),
        guide: loaded.source.guide,
        inventory: loaded.source.inventory,
        inputs: loaded.openInputs,
        secretInputs: loaded.secretInputs,
        parallel,
      },
      ...restWish(loaded.plan, flags, EMPTY_STATE),
    ],
  });
}

/** @throws {WaymarkError} */
export function readParallel(text: string): number {
  const parallel = Number(text);
  if (Number.isInteger(parallel) && parallel >= 1) return parallel;
  throw new WaymarkError("WM8002", `--parallel ${text} is not a number of hosts`, {
    hint: "give a whole number from 1 up, such as --parallel 20",
  });
}

async function refuseSecondRun(state: string, guide: string): Promise<void> {
  const unfinished = (await listRuns(state)).find((summary) => summary.guide === guide && isUnfinished(summary));
  if (unfinished === undefined) return;
  throw new WaymarkError("WM8003", `run ${unfinished.folder.id} of this guide is not finished`, {
    hint: `go on with it: waymark resume ${unfinished.folder.id}; or start over: add --new`,
    exit: EXIT.paused,
  });
}
