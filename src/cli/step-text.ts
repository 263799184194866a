import { createReadStream } from "node:fs";
import { failedWith } from "../journal/durable-file.ts";
import { type RunFolder, taskLogPath } from "../journal/run-folder.ts";
import type { StepView } from "../story/run-fold.ts";
import { renderStepOfRun, renderTask, type ShownRun } from "../ui/render-run.ts";
import type { Style } from "../ui/style.ts";
import { taskLogText } from "../ui/task-log-text.ts";

/** What a step has printed, on one host or on all of them, however long that is: as `waymark show --step` prints it. */
export async function* stepText(
  style: Style,
  folder: RunFolder,
  step: StepView,
  shown: ShownRun,
  host?: string,
): AsyncGenerator<string> {
  if (host === undefined) yield renderStepOfRun(style, step, shown);
  // Nothing of what `waymark verify` is shown is kept but what did not hold.
  if (host === undefined && shown.view.verify === true) return;
  const tasks = [...step.tasks.values()].filter((task) => host === undefined || task.host === host);
  for (const task of tasks) {
    yield `\n${renderTask(style, step.id, task)}`;
    yield* taskLogText(logOf(taskLogPath(folder, task.loggedAs, task.host)));
  }
}

/** The text of a log; none, if there is no log. */
async function* logOf(path: string): AsyncGenerator<string> {
  try {
    for await (const text of createReadStream(path, "utf8")) yield String(text);
  } catch (error) {
    if (!failedWith(error, "ENOENT")) throw error;
  }
}
