import type { Map as ImmutableMap } from "immutable";
import type { GuideChanged } from "../model/event.ts";
import type { RunState, TaskState } from "./state.ts";

/** An edited guide: everything that is known of a step goes with it to its new id, or away with a step that is gone. */
export function rename(state: RunState, event: GuideChanged): RunState {
  const renamed = new Map(Object.entries(event.renamed));
  const name = (step: string): string => renamed.get(step) ?? step;
  const gone = new Set(event.removed);
  const byStep = <T>(map: ImmutableMap<string, T>): ImmutableMap<string, T> =>
    map.filterNot((_, step) => gone.has(step)).mapKeys(name);
  const { current: _current, checkpoint, ...rest } = state;
  const rejudged = new Set(event.rejudged);
  const changed = new Set(event.changed);
  return {
    ...rest,
    tasks: byStep(state.tasks).map((tasks, step) =>
      rejudged.has(step) ? tasks.map(judgedAgain) : changed.has(step) ? tasks.map(withoutReboot) : tasks,
    ),
    captures: state.captures.map((hosts) => hosts.map((captured) => ({ ...captured, step: name(captured.step) }))),
    steps: byStep(state.steps),
    settled: byStep(state.settled),
    // Nobody has agreed to a text that is another now.
    confirmed: byStep(state.confirmed).filterNot((_, step) => changed.has(step)),
    ticked: byStep(state.ticked),
    fixes: byStep(state.fixes)
      .filterNot(({ by }) => gone.has(by))
      .map((fix) => ({ ...fix, by: name(fix.by) })),
    choices: byStep(state.choices),
    ...(checkpoint !== undefined &&
      !gone.has(checkpoint.step) && { checkpoint: { ...checkpoint, step: name(checkpoint.step) } }),
  };
}

/** Only what has ended by itself has printed all that there is to judge. */
function judgedAgain(task: TaskState): TaskState {
  if (task.phase !== "finished" || task.end?.end !== "exited" || task.status === undefined) return task;
  return { ...task, rejudged: task.status };
}

/** No host is rebooted for what another text has done. */
function withoutReboot(task: TaskState): TaskState {
  if (task.phase !== "finished") return task;
  const { leaving: _leaving, ...rest } = task;
  return rest;
}
