import type { Plan, PlannedStep } from "../model/plan.ts";
import type { StepOptions } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";

/** The keys that this version reads but cannot run, each with how to see that a step has it. */
const NOT_YET: Readonly<Record<string, (options: StepOptions) => boolean>> = {
  background: ({ background }) => background,
};

/** The keys of a step that cannot be run yet. */
export function notYet(options: StepOptions): readonly string[] {
  return Object.entries(NOT_YET).flatMap(([key, isUsed]) => (isUsed(options) ? [key] : []));
}

/**
 * One error for each key that cannot be run yet, of the steps that would be run. The guide is sound: that is said of a
 * run only, and not of what is left out of it.
 */
export function cannotRunYet({ steps, order, guide }: Plan): readonly Diagnostic[] {
  const visited = new Set(order.flatMap(({ step, hosts }) => (hosts.length === 0 ? [] : [steps[step]])));
  const ids = new Set([...visited].map((step) => step?.id));
  const wouldRun = (step: PlannedStep): boolean =>
    visited.has(step) || (step.role === "fix" && step.hosts.length > 0 && ids.has(step.of));
  return steps.filter(wouldRun).flatMap(({ id, span, notYet: keys }) =>
    keys.map((key) => ({
      code: "WM3107",
      severity: "error" as const,
      message: `Step \`${id}\` uses \`${key}\`, which this version of Waymark can read but not run`,
      hint: "Leave the step out of this run, with --only or --from and --until, and do its part by hand.",
      file: guide.path,
      span,
    })),
  );
}
