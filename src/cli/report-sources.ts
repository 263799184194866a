import { readGuide } from "../document/read-guide.ts";
import { attemptLogPath } from "../journal/attempt-logs.ts";
import { readGuide as readRevision } from "../journal/guide-revision.ts";
import type { RunSummary } from "../journal/list-runs.ts";
import { type LogEnds, logSize, readLogEnds } from "../journal/read-log-ends.ts";
import { readJournal } from "../journal/read-journal.ts";
import { journalPath, outputPath, type RunFolder, taskLogPath } from "../journal/run-folder.ts";
import { WaymarkError } from "../model/errors.ts";
import type { InventorySource } from "../model/event.ts";
import { compile } from "../plan/compile.ts";
import { fairShare } from "../publish/report/fair-share.ts";
import { type History, historyOf, type LoggedAttempt, type TaskHistory } from "../publish/report/history.ts";
import type { Report } from "../publish/report/report.ts";
import { type GuideText, reportOf } from "../publish/report/report-of.ts";
import { foldRun } from "../story/run-fold.ts";
import { standingNow } from "../story/standing.ts";
import { verifyAsRun } from "../story/verify-as-run.ts";
import { readInventory } from "./inventory.ts";
import { guideHosts } from "./load.ts";
import { type Surroundings, shownPath } from "./terminal.ts";

/** Bytes of one output; of all of them; and what is not worth being shown. */
const LIMITS = { most: 64 * 1024, total: 6 * 2 ** 20, least: 200 };
/** The same of what went wrong, which is looked at first. */
const FAILED_LIMITS = { most: 64 * 1024, total: 4 * 2 ** 20, least: 200 };
/** The same of attempts that were not the last ones. */
const EARLIER_LIMITS = { most: 16 * 1024, total: 2 * 2 ** 20, least: 200 };
/** Files read at once. */
const AT_ONCE = 64;

const NONE: ReadonlyMap<string, LogEnds> = new Map();

/**
 * Everything that is kept of a run, as its reports tell it; what was printed only if it is wanted.
 * @throws {WaymarkError} WM7003 where nothing has happened in it
 */
export async function readReport(
  around: Surroundings,
  { folder, condition }: Pick<RunSummary, "folder" | "condition">,
  made: Date,
  { outputs: wanted = true }: { readonly outputs?: boolean } = {},
): Promise<Report> {
  const events = verifyAsRun((await readJournal(journalPath(folder))).events);
  const folded = foldRun(events);
  const view = folded === undefined ? undefined : standingNow(folded, condition === "running", condition === "paused");
  const begun = events.find((event) => event.type === "run-started");
  if (view === undefined || begun === undefined) throw nothingHappened(folder);
  const history = historyOf(events);
  const outputs = wanted ? await readOutputs(folder, history) : NONE;
  const earlier = wanted ? await readEarlier(folder, history) : NONE;
  return reportOf({
    view: { ...view, guide: shownPath(around, view.guide) },
    history,
    texts: await readTexts(around, folder, { history, guide: view.guide, hosts: begun.inventory, inputs: view.inputs }),
    outputOf: ({ loggedAs, host }) => outputs.get(taskLogPath(folder, loggedAs, host)),
    earlierOf: (attempt, host) => earlier.get(pathOf(folder, attempt, host)),
    made: made.toISOString(),
    logs: outputPath(folder),
  });
}

function nothingHappened({ id }: RunFolder): WaymarkError {
  return new WaymarkError("WM7003", `nothing has happened in run ${id}`, { hint: `waymark clean ${id} removes it` });
}

interface Known {
  readonly history: History;
  /** Absolute path. */
  readonly guide: string;
  readonly hosts: InventorySource;
  readonly inputs: Readonly<Record<string, string>>;
}

/** The texts that are kept, with the plans that they made as far as that can be told today: the hosts file may be gone. */
async function readTexts(
  around: Surroundings,
  folder: RunFolder,
  { history, guide, hosts, inputs }: Known,
): Promise<ReadonlyMap<string, GuideText>> {
  const texts = new Map<string, GuideText>();
  for (const { digest } of history.revisions) {
    const bytes = await readRevision(folder, digest).catch(() => undefined);
    if (bytes === undefined) continue;
    const { runbook } = readGuide(shownPath(around, guide), bytes);
    const text = new TextDecoder().decode(bytes);
    if (runbook === undefined) {
      texts.set(digest, { text });
      continue;
    }
    const found = await readInventory(around, guideHosts(guide, bytes, runbook), {}, hosts).catch(() => undefined);
    const { plan } = compile({ runbook, digest, inventory: found?.inventory ?? { hosts: [] }, inputs });
    texts.set(digest, { text, plan });
  }
  return texts;
}

/** What tasks have printed, by the paths of their logs: as much as there is room for, of what went wrong first. */
async function readOutputs(folder: RunFolder, { steps }: History): Promise<ReadonlyMap<string, LogEnds>> {
  const tasks = steps.flatMap((step) => [...step.tasks.values()]);
  const [bad, good] = [tasks.filter(wentWrong), tasks.filter((task) => !wentWrong(task))];
  const outputs = new Map<string, LogEnds>();
  for (const [alike, limits] of [[bad, FAILED_LIMITS] as const, [good, LIMITS] as const]) {
    const paths = [...new Set(alike.map(({ loggedAs, host }) => taskLogPath(folder, loggedAs, host)))];
    for (const [path, found] of await readShares(paths, limits)) outputs.set(path, found);
  }
  return outputs;
}

/** The same of attempts that others came after. */
async function readEarlier(folder: RunFolder, { steps }: History): Promise<ReadonlyMap<string, LogEnds>> {
  const tasks = steps.flatMap((step) => [...step.tasks.values()]);
  const paths = tasks.flatMap(({ host, attempts }) =>
    attempts.slice(0, -1).map((attempt) => pathOf(folder, attempt, host)),
  );
  return readShares(paths, EARLIER_LIMITS);
}

function pathOf(
  folder: RunFolder,
  { loggedAs, task, number }: Pick<LoggedAttempt, "loggedAs" | "task" | "number">,
  host: string,
): string {
  return attemptLogPath(taskLogPath(folder, loggedAs, host), { task, attempt: number });
}

async function readShares(paths: readonly string[], limits: typeof LIMITS): Promise<ReadonlyMap<string, LogEnds>> {
  const sizes = await each(paths, logSize);
  const limit = fairShare(sizes, limits);
  const printed = paths.filter((_, index) => (sizes[index] ?? 0) > 0);
  const ends = await each(printed, async (path) => [path, await readLogEnds(path, limit)] as const);
  return new Map(ends.flatMap(([path, found]) => (found === undefined ? [] : [[path, found] as const])));
}

function wentWrong({ status }: TaskHistory): boolean {
  return !["ok", "unchanged", "skipped"].includes(status);
}

async function each<From, To>(items: readonly From[], work: (item: From) => Promise<To>): Promise<readonly To[]> {
  const done: To[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    done.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map((item) => work(item)))));
  }
  return done;
}
