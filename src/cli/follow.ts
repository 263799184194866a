import { open } from "node:fs/promises";
import { readGuide } from "../document/read-guide.ts";
import { followJournal } from "../journal/follow-journal.ts";
import { readGuide as readRevision } from "../journal/guide-revision.ts";
import { readJournal } from "../journal/read-journal.ts";
import { journalPath, outputPath, type RunFolder, taskLogPath } from "../journal/run-folder.ts";
import { EXIT, type ExitCode } from "../model/errors.ts";
import type { GuideRevision, InventorySource, TaskRef } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { jsonLine } from "../model/json-line.ts";
import { compile } from "../plan/compile.ts";
import { plainReporter } from "../ui/plain-reporter.ts";
import { readInventory } from "./inventory.ts";
import { guideHosts } from "./load.ts";
import { withQuickReact } from "./quick-react.ts";
import { styleOf } from "./style.ts";
import { canOpenScreen, type Surroundings, shownPath } from "./terminal.ts";

/** How much of what a task has printed is looked at: more than is shown. */
const TAIL_BYTES = 256 * 1024;

/**
 * `waymark show --follow`: a run as who runs it sees it. On a terminal as a screen to read it on, until that is closed;
 * elsewhere as lines from its first step on, until nobody works on it any more.
 */
export async function follow(
  around: Surroundings,
  folder: RunFolder,
  {
    json = false,
    plain = false,
    stateDir,
  }: { readonly json?: boolean; readonly plain?: boolean; readonly stateDir?: string },
): Promise<ExitCode> {
  if (json) {
    for await (const event of followJournal(folder)) around.stdout.write(jsonLine(event));
    return EXIT.ok;
  }
  const { events } = await readJournal(journalPath(folder));
  const begun = events.find((event) => event.type === "run-started");
  if (begun === undefined) return EXIT.ok;
  const revision = events.findLast((event) => event.type === "guide-changed")?.guide ?? begun.guide;
  const plan = await planOf(around, folder, begun.inventory, revision, begun.inputs);
  if (plan === undefined) return EXIT.ok;
  if (!plain && canOpenScreen(around)) {
    const { watch } = await withQuickReact(() => import("./watch.ts"));
    const guide = await readRevision(folder, revision.digest);
    await watch(around, folder, { plan, guide }, { ...(stateDir !== undefined && { stateDir }) });
    return EXIT.ok;
  }
  const logs = outputPath(folder);
  const reporter = plainReporter(around.stdout, styleOf(around, around.stdout), {
    plan,
    run: folder.id,
    logs,
    past: [],
  });
  for await (const event of followJournal(folder)) {
    // The log is complete by then.
    if (event.type === "attempt-finished") {
      const { step, host } = event;
      reporter.output({ type: "task-output", step, host, stream: "stdout", text: await logOf(folder, event) });
    }
    reporter.event(event);
  }
  return EXIT.ok;
}

/** Titles, places and hosts, as of the run's newest revision of the guide. */
async function planOf(
  around: Surroundings,
  folder: RunFolder,
  hosts: InventorySource,
  { path, digest }: GuideRevision,
  inputs: Readonly<Record<string, string>>,
): Promise<Plan | undefined> {
  const bytes = await readRevision(folder, digest);
  const { runbook } = readGuide(shownPath(around, path), bytes);
  if (runbook === undefined) return undefined;
  // The hosts file may be gone since.
  const found = await readInventory(around, guideHosts(path, bytes, runbook), {}, hosts).catch(() => undefined);
  return compile({ runbook, digest, inventory: found?.inventory ?? { hosts: [] }, inputs }).plan;
}

export async function logOf(folder: RunFolder, { step, host }: TaskRef): Promise<string> {
  const file = await open(taskLogPath(folder, step, host)).catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
