import { WaymarkError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";

/**
 * The step that a flag names, by its id, with or without `#`.
 * @throws {WaymarkError} WM8009
 */
export function findStep({ steps }: Pick<Plan, "steps">, flag: string, name: string): PlannedStep {
  const id = name.replace(/^#/, "");
  const step = steps.find((planned) => planned.id === id);
  if (step !== undefined) return step;
  const ids = steps.map((planned) => planned.id);
  throw new WaymarkError("WM8009", `${flag} ${name}: the guide has no such step`, {
    hint: didYouMean(id, ids, `its steps: ${ids.join(", ")}`),
  });
}

/** The ids of `--confirm`. @throws {WaymarkError} WM8009; WM8015 where nothing is asked */
export function confirmedSteps(plan: Pick<Plan, "steps">, names: readonly string[] = []): ReadonlySet<string> {
  const steps = names.map((name) => findStep(plan, "--confirm", name));
  const silent = steps.find(({ confirm }) => confirm === undefined);
  if (silent === undefined) return new Set(steps.map(({ id }) => id));
  const asking = plan.steps.filter(({ confirm }) => confirm !== undefined).map(({ id }) => id);
  throw new WaymarkError("WM8015", `--confirm ${silent.id}: this step asks for no confirmation`, {
    hint:
      silent.action.kind === "manual"
        ? `it is done by hand; once it is: waymark resume RUN --done ${silent.id}`
        : asking.length === 0
          ? "no step of the guide does"
          : `these do: ${asking.join(", ")}`,
  });
}
