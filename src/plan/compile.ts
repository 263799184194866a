import { groupsOf } from "../inventory/match-hosts.ts";
import { LOCAL } from "../model/inventory.ts";
import type { Host, Inventory } from "../model/inventory.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { Runbook } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";
import { checkNames } from "./check-names.ts";
import { isChosen } from "./choice.ts";
import { expressionReader } from "./expressions.ts";
import { notYet } from "./not-yet.ts";
import { planStep } from "./plan-step.ts";
import { unmetRequirements } from "./requirements.ts";
import { targetFinder } from "./targets.ts";
import { capturesCalledLikeInputs, variableTable } from "./variable-table.ts";

export interface Gathered {
  readonly runbook: Runbook;
  /** SHA-256 of the guide's bytes, lower-case hex. */
  readonly digest: string;
  readonly inventory: Inventory;
  /** Values of inputs, as far as they are known. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Runbook × inventory × inputs → plan, and everything that can be said to be wrong without connecting to a host.
 * There is always a plan, to be looked at or compared; it may only be run when none of the diagnostics is an error.
 * `fix` and `undo` steps are not in it: they are not part of a run.
 */
export function compile({ runbook, digest, inventory, inputs }: Gathered): {
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { path: guide, settings, sections } = runbook;
  const steps = runbook.steps.filter(({ options }) => options.fix === undefined && options.undo === undefined);
  const diagnostics: Diagnostic[] = [
    ...notYet(runbook.steps, sections, guide),
    ...unmetRequirements(settings.requires, inventory, guide),
    ...capturesCalledLikeInputs(settings.inputs, steps, guide),
  ];
  const report = (problem: Omit<Diagnostic, "file">): void => {
    diagnostics.push({ ...problem, file: guide });
  };
  const variables = variableTable(settings.inputs, steps, inventory);
  const required = settings.requires.map(({ group }) => group);
  const groups = new Map([...required.map((group) => [group, []] as const), ...groupsOf(inventory)]);
  const findTarget = targetFinder(inventory, required);
  const readExpressions = expressionReader(guide, report);
  const captured = new Set<string>();

  const planned = steps.map((step, index) => {
    const expressions = readExpressions(step);
    const chosen = isChosen(expressions.when, inputs, variables, report);
    const found = findTarget(step.options.on, step.options.optional);
    // Alternatives that are not chosen need not have hosts.
    const { problems } = found;
    for (const problem of problems) if (chosen || problem.code === "WM2020") report(problem);
    const target = chosen ? found : { hosts: [], skip: "not chosen" };
    const result = planStep({ step, index, sections, expressions, target, variables, captured });
    if (step.options.capture !== undefined) captured.add(step.options.capture.value);
    return result;
  });
  const plannedSteps = planned.map(({ step }) => step);
  for (const problem of checkNames(planned, variables, new Set(groups.keys()))) report(problem);

  const plan: Plan = {
    guide: { path: guide, digest, ...(runbook.title === undefined ? {} : { title: runbook.title }) },
    hosts: hostsOf(inventory, plannedSteps),
    remote: inventory.hosts.map(({ name }) => name),
    groups: Object.fromEntries(groups),
    variables: [...variables.values()],
    steps: plannedSteps,
  };
  return { plan, diagnostics: inOrder(diagnostics) };
}

function hostsOf(inventory: Inventory, steps: readonly PlannedStep[]): readonly Host[] {
  const isLocal = steps.some(({ hosts }) => hosts.includes(LOCAL));
  return isLocal ? [...inventory.hosts, here] : inventory.hosts;
}

/** The machine Waymark runs on. */
const here: Host = {
  name: LOCAL,
  address: "localhost",
  port: 22,
  identity: [],
  knownHosts: [],
  jump: [],
  groups: [],
  vars: {},
  transport: "local",
};

/** In the order of the guide, and each once: what a section says is found wrong in each of its steps. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const offset = ({ span }: Diagnostic): number => span?.start.offset ?? 0;
  const unique = new Map(diagnostics.map((one) => [`${offset(one)} ${one.code} ${one.message}`, one]));
  return [...unique.values()].toSorted((a, b) => offset(a) - offset(b));
}
