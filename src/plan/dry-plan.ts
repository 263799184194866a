import type { Plan, PlannedStep } from "../model/plan.ts";

/**
 * A plan to be gone through without doing anything (`--dry-run`): nothing is asked, judged, captured or waited for, and
 * every host is looked at, whatever goes wrong on others. What a step needs of steps that have not run cannot be known:
 * such a step is skipped, and says so.
 *
 * @param known names of variables that an earlier part of the run has captured
 */
export function dryPlan(plan: Plan, known: ReadonlySet<string> = new Set()): Plan {
  const open = new Map(
    plan.variables
      .filter(({ name, capturedBy, input }) => capturedBy.length > 0 && input === undefined && !known.has(name))
      .map(({ name, capturedBy }) => [name, capturedBy]),
  );
  const steps = plan.steps.map((step) => dryStep(step, open));
  const skipped = new Set<number>();
  const order = plan.order.flatMap((visit) => {
    if (steps[visit.step]?.skip === undefined) return [visit];
    if (skipped.has(visit.step)) return [];
    skipped.add(visit.step);
    return [{ step: visit.step, hosts: [] }];
  });
  return { ...plan, steps, order };
}

function dryStep(step: PlannedStep, open: ReadonlyMap<string, readonly string[]>): PlannedStep {
  const why = step.skip ?? whyUnknown(step, open);
  const {
    checkpoint: _checkpoint,
    confirm: _confirm,
    capture: _capture,
    interactive: _interactive,
    background: _background,
    reboot: _reboot,
    newLogin: _newLogin,
    ...rest
  } = step;
  return {
    ...rest,
    ...(why !== undefined && { skip: why, hosts: [] }),
    maxFailures: "all",
    retry: 0,
    batch: false,
    expectations: step.expectations.filter((one) => one.kind === "cel" && one.source === "exit == 0"),
  };
}

function whyUnknown(
  { id, uses, asks, when, action }: PlannedStep,
  open: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (action.kind === "manual") return "done by hand";
  const [late] = asks;
  if (late !== undefined) return `needs ${late}, which is asked for then`;
  const conditions = when.map(({ value }) => value).join("\n");
  for (const [name, capturedBy] of open) {
    const isNeeded = uses.includes(name) || new RegExp(String.raw`\b${name}\b`).test(conditions);
    if (isNeeded && !capturedBy.includes(id)) return `needs ${name}, which ${capturedBy.join(" or ")} captures`;
  }
  return undefined;
}
