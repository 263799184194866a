import type { RunEvent } from "../model/event.ts";
import type { Plan, PlannedStep, Visit } from "../model/plan.ts";
import { type RunState, isDone, taskOf } from "./state.ts";

/**
 * What reverts a run: the `undo` steps of those that it has finished, and the originals of the files that its `file`
 * steps have changed, in reverse, on the hosts where they finished. A step that was skipped there, or found nothing to
 * change, has nothing to revert. Batches come in reverse as well.
 *
 * An `undo` step runs on those of its hosts where the step it reverts has finished; where these are others altogether
 * (removed on the master what was made on the workers) it runs on all of its own, once.
 *
 * @param events of the run, which tell every task that wrote a file
 */
export function undoPlan(plan: Plan, state: RunState, events: readonly RunEvent[]): Plan {
  const steps: PlannedStep[] = plan.steps.map(withoutUnselected);
  const order: Visit[] = [];
  const elsewhere = new Set<PlannedStep>();
  const writers = changingTasks(events);
  const restores = new Map<PlannedStep, PlannedStep>();
  for (const visit of plan.order.toReversed()) {
    const step = steps[visit.step];
    if (step === undefined) continue;
    const hosts = visit.hosts.filter((host) => hasDone(state, step.id, host));
    if (hosts.length === 0) continue;
    const undos = plan.steps.filter(({ role, of, skip }) => role === "undo" && of === step.id && skip === undefined);
    for (const undo of undos) {
      const own = undo.hosts.filter((host) => hosts.includes(host));
      if (own.length > 0) order.push({ step: undo.index, hosts: own });
      else if (!undo.hosts.some((host) => hasDone(state, step.id, host)) && !elsewhere.has(undo)) {
        elsewhere.add(undo);
        order.push({ step: undo.index, hosts: undo.hosts });
      }
    }
    const written = writers.get(step.id);
    if (undos.length > 0 || step.action.kind !== "file" || written === undefined) continue;
    // One step, however many batches went through it: tasks are known by its id.
    const restore = restores.get(step) ?? restoring(step, steps.length, doneHosts(plan, step, state), written);
    if (!restores.has(step)) steps.push(restore);
    restores.set(step, restore);
    order.push({ step: restore.index, hosts });
  }
  return { ...plan, steps, order, undoes: true };
}

function doneHosts({ order }: Plan, { index, id }: PlannedStep, state: RunState): readonly string[] {
  return order.flatMap(({ step, hosts }) => (step === index ? hosts.filter((host) => hasDone(state, id, host)) : []));
}

function hasDone(state: RunState, step: string, host: string): boolean {
  const task = taskOf(state, step, host);
  return isDone(task) && task?.status === "ok";
}

/** A run of a part of the guide is undone as far as it went. */
function withoutUnselected({ unselected: _unselected, ...step }: PlannedStep): PlannedStep {
  return step;
}

/** By step (as it is called now), then host: the tasks that did something there, oldest first. */
function changingTasks(events: readonly RunEvent[]): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const steps = new Map<string, Map<string, string[]>>();
  const running = new Map<string, string>();
  for (const event of events) {
    if (event.type === "guide-changed") {
      const renamed = [...steps].map(([step, hosts]) => [event.renamed[step] ?? step, hosts] as const);
      steps.clear();
      for (const [step, hosts] of renamed) steps.set(step, hosts);
    } else if (event.type === "step-undone") {
      steps.get(event.step)?.delete(event.host);
    } else if (event.type === "task-started") {
      running.set(`${event.host} ${event.step}`, event.task);
    } else if (event.type === "attempt-judged" && event.unchanged !== true) {
      const hosts = steps.get(event.step) ?? new Map<string, string[]>();
      const task = running.get(`${event.host} ${event.step}`) ?? "";
      const known = hosts.get(event.host) ?? [];
      if (!known.includes(task)) hosts.set(event.host, [...known, task]);
      steps.set(event.step, hosts);
    }
  }
  return steps;
}

/** The step that puts originals back. No guide has its id: it has a blank in it. */
function restoring(
  step: PlannedStep,
  index: number,
  hosts: readonly string[],
  written: ReadonlyMap<string, readonly string[]>,
): PlannedStep {
  const {
    capture: _capture,
    checkpoint: _checkpoint,
    confirm: _confirm,
    unless: _unless,
    creates: _creates,
    ...rest
  } = step;
  const tasks = hosts.map((host): [string, readonly string[]] => [host, (written.get(host) ?? []).toReversed()]);
  return {
    ...rest,
    index,
    id: `undo ${step.id}`,
    role: "undo",
    of: step.id,
    title: `${step.title}: the file as it was`,
    hosts,
    action: { kind: "restore", tasks: Object.fromEntries(tasks) },
    uses: [],
    asks: [],
    retry: 0,
    when: [],
    verify: false,
    effectDigest: `undo ${step.effectDigest}`,
  };
}
