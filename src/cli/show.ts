import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { readGuide } from "../document/read-guide.ts";
import { readGuide as readRevision } from "../journal/guide-revision.ts";
import { listKept, listRuns, listVerifies } from "../journal/list-runs.ts";
import { readJournal } from "../journal/read-journal.ts";
import { journalPath, outputPath, type RunFolder } from "../journal/run-folder.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import { renderRun, type ShownRun } from "../ui/render-run.ts";
import { renderRuns } from "../ui/render-runs.ts";
import { foldRun, type StepView } from "../story/run-fold.ts";
import { standingNow } from "../story/standing.ts";
import { verifyAsRun } from "../story/verify-as-run.ts";
import { follow } from "./follow.ts";
import { drained } from "./reporter.ts";
import { namedRun } from "./named-run.ts";
import { stepText } from "./step-text.ts";
import { styleOf } from "./style.ts";
import { type Surroundings, shownPath, stateDir } from "./terminal.ts";

interface StateFlags {
  readonly stateDir?: string;
  readonly json?: boolean;
}

/** `waymark runs`: all there are, newest first; below them what `waymark verify` saw. */
export async function runs(around: Surroundings, flags: StateFlags): Promise<ExitCode> {
  const state = stateDir(around, flags.stateDir);
  const [found, looks] = [await listRuns(state), await listVerifies(state)];
  if (flags.json !== true) around.stdout.write(renderRuns(styleOf(around, around.stdout), found, looks));
  else {
    for (const { folder, ...run } of [...found, ...looks]) {
      around.stdout.write(`${JSON.stringify({ run: folder.id, folder: folder.path, ...run })}\n`);
    }
  }
  return EXIT.ok;
}

/** `waymark show`: a run, one of its steps, or what one task printed. */
export async function show(
  around: Surroundings,
  wanted: string | undefined,
  flags: StateFlags & {
    readonly step?: string;
    readonly host?: string;
    readonly follow?: boolean;
    readonly plain?: boolean;
  },
): Promise<ExitCode> {
  const { folder, condition, verify } = namedRun(around, await listKept(stateDir(around, flags.stateDir)), wanted);
  // A look is over before anybody could follow it.
  if (flags.follow === true && verify !== true) return follow(around, folder, flags);
  if (flags.json === true) {
    await pipeline(createReadStream(journalPath(folder)), around.stdout, { end: false });
    return EXIT.ok;
  }
  const events = verifyAsRun((await readJournal(journalPath(folder))).events);
  const folded = foldRun(events);
  if (folded === undefined) {
    throw new WaymarkError("WM7003", `nothing has happened in run ${folder.id}`, {
      hint: `waymark clean ${folder.id} removes it`,
    });
  }
  const view = standingNow(folded, condition === "running", condition === "paused");
  const style = styleOf(around, around.stdout);
  const revision = events.findLast((event) => event.type === "guide-changed" || event.type === "run-started");
  const all = revision === undefined ? new Map() : await readOutline(folder, view.guide, revision.guide.digest);
  // Of a guide's other steps `waymark verify` says nothing.
  const outline = view.verify === true ? new Map([...all].filter(([id]) => view.steps.has(id))) : all;
  const shown: ShownRun = { view, guide: shownPath(around, view.guide), outline, logs: outputPath(folder) };
  if (flags.step === undefined && flags.host === undefined) around.stdout.write(renderRun(style, shown));
  for (const step of chosenSteps([...view.steps.values()], flags.step, flags.host)) {
    for await (const text of stepText(style, folder, step, shown, flags.host)) {
      if (!around.stdout.write(text)) await drained(around.stdout);
    }
  }
  return EXIT.ok;
}

function chosenSteps(
  steps: readonly StepView[],
  wanted: string | undefined,
  host: string | undefined,
): readonly StepView[] {
  if (wanted === undefined && host === undefined) return [];
  const chosen = steps.filter(
    (step) =>
      (wanted === undefined || step.id === wanted.replace(/^#/, "")) && (host === undefined || step.tasks.has(host)),
  );
  if (chosen.length > 0) return chosen;
  const what = [wanted !== undefined && `step ${wanted}`, host !== undefined && `host ${host}`]
    .filter(Boolean)
    .join(" on ");
  throw new WaymarkError("WM8013", `the run has nothing of ${what}`, {
    hint: `steps so far: ${steps.map(({ id }) => id).join(", ") || "none"}`,
  });
}

/** Titles and lines of the steps, from the run's own copy of the guide. */
async function readOutline(folder: RunFolder, path: string, digest: string): Promise<ShownRun["outline"]> {
  const bytes = await readRevision(folder, digest).catch(() => undefined);
  const { runbook } = bytes === undefined ? {} : readGuide(path, bytes);
  const inRun = runbook?.steps.filter(({ options }) => options.fix === undefined && options.undo === undefined);
  return new Map(
    (inRun ?? []).map(({ id, title, span }, index) => [
      id,
      { number: index + 1, title, line: span.start.line, isSkipped: false },
    ]),
  );
}
