import { groupsOf } from "../inventory/match-hosts.ts";
import { LOCAL } from "../model/inventory.ts";
import type { Host, Inventory } from "../model/inventory.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { Runbook, Step } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";
import { notOfBackground } from "./background-expectations.ts";
import { checkNames } from "./check-names.ts";
import { isChosen } from "./choice.ts";
import { expressionReader } from "./expressions.ts";
import { visitsOf } from "./order.ts";
import { otherHosts } from "./other-hosts.ts";
import { aboutOwnMachine } from "./own-machine.ts";
import { namesIn, planStep, type StepInPlan, titlesAbove } from "./plan-step.ts";
import { unmetRequirements } from "./requirements.ts";
import { type Selection, selector } from "./selection.ts";
import { targetFinder } from "./targets.ts";
import { capturesCalledLikeInputs, type VariableTable, variableTable } from "./variable-table.ts";

export interface Gathered {
  readonly runbook: Runbook;
  /** SHA-256 of the guide's bytes, lower-case hex. */
  readonly digest: string;
  readonly inventory: Inventory;
  /** Values of inputs, as far as they are known. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Absent: all of the guide, on all of its hosts. */
  readonly selection?: Selection;
  /** Names of variables that an earlier part of the run has captured. */
  readonly captured?: ReadonlySet<string>;
  /** Ids of steps that an earlier part of the run has come to the end of. */
  readonly over?: ReadonlySet<string>;
  /** Ids of steps that are left alone this time: what only they use is not needed. */
  readonly aside?: ReadonlySet<string>;
}

/**
 * Runbook × inventory × inputs → plan, and everything that can be said to be wrong without connecting to a host.
 * There is always a plan, to be looked at or compared; it may only be run when none of the diagnostics is an error.
 */
export function compile({
  runbook,
  digest,
  inventory,
  inputs,
  selection = {},
  captured: earlier,
  over,
  aside,
}: Gathered): {
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** Inputs that only steps use which are skipped, of steps left alone, and late ones of steps that are over: nobody needs their values. */
  readonly idle: ReadonlySet<string>;
} {
  const { path: guide, settings, sections, steps } = runbook;
  const selecting = selector(
    selection,
    steps.filter(isRun).map(({ id }) => id),
    inventory,
    new Map(steps.flatMap((step) => (isRun(step) ? [] : [[step.id, roleOf(step)]]))),
  );
  const diagnostics: Diagnostic[] = [
    ...selecting.diagnostics,
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
  const captured = new Set(earlier);
  const findHosts = otherHosts(findTarget, report);

  const planned = steps.map((step, index) => {
    const expressions = readExpressions(step);
    if (step.options.background) for (const problem of notOfBackground(step.id, expressions)) report(problem);
    const chosen = isChosen(expressions.when, inputs, variables, report);
    const found = findTarget(step.options.on, step.options.optional);
    // Alternatives that are not chosen need not have hosts.
    const { problems } = found;
    for (const problem of problems) if (chosen || problem.code === "WM2020") report(problem);
    const chosenTarget = chosen ? found : { hosts: [], skip: "not chosen" };
    const target = isRun(step) ? selecting.select(step.id, chosenTarget) : chosenTarget;
    const hostsOf = findHosts(step);
    const result = planStep({ step, index, sections, expressions, target, variables, captured, inputs, hostsOf });
    if (step.options.capture !== undefined) captured.add(step.options.capture.value);
    return result;
  });
  const plannedSteps = planned.map(({ step }) => step);
  const hosts = hostsOf(inventory, plannedSteps);
  const placedOn = steps.flatMap(({ options: { on } }, index) => {
    const step = plannedSteps[index];
    return step === undefined ? [] : [{ step, on: on.span }];
  });
  for (const problem of aboutOwnMachine(placedOn, hosts)) report(problem);
  for (const problem of checkNames(planned, variables, new Set(groups.keys()), earlier)) report(problem);
  const placed = plannedSteps.map((step, index) => {
    const section = steps[index]?.section;
    return { step, ...(section === undefined ? {} : { section }) };
  });
  const { order, rolling, problems } = visitsOf(placed, sections, ({ on }) =>
    on === undefined ? [] : findTarget(on, true).hosts,
  );
  for (const problem of problems) report(problem);

  const plan: Plan = {
    guide: { path: guide, digest, ...(runbook.title === undefined ? {} : { title: runbook.title }) },
    hosts,
    remote: inventory.hosts.map(({ name }) => name),
    groups: Object.fromEntries(groups),
    variables: [...variables.values()],
    steps: plannedSteps,
    order,
    rolling: [...rolling].map(([index, { serial, hosts }]) => {
      return { section: titlesAbove(index, sections), serial, hosts };
    }),
  };
  return { plan, diagnostics: inOrder(diagnostics), idle: idleInputs(planned, variables, over, aside) };
}

/** What no step uses at all is not among them: its value may be wanted for what cannot be told from the text. */
function idleInputs(
  planned: readonly StepInPlan[],
  variables: VariableTable,
  over: ReadonlySet<string> = new Set(),
  aside: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const live = planned.filter(({ step }) => step.skip === undefined && !aside.has(step.id));
  const expressions = live.flatMap(({ expressions: { when, expect } }) => [...when, ...expect]);
  if (expressions.some(({ value }) => value.dynamicVars)) return new Set();
  const isLate = (name: string): boolean => variables.get(name)?.input?.ask === "late";
  const needed = live.flatMap((one) => namesIn(one).filter((name) => !(isLate(name) && over.has(one.step.id))));
  return new Set(planned.flatMap(namesIn)).difference(new Set(needed));
}

function hostsOf(inventory: Inventory, steps: readonly PlannedStep[]): readonly Host[] {
  const isLocal = steps.some(
    ({ hosts, at, action }) =>
      hosts.includes(LOCAL) ||
      at === LOCAL ||
      (action.kind === "copy" && action.lines.some(({ source }) => source.host === LOCAL)),
  );
  return isLocal ? [...inventory.hosts, here] : inventory.hosts;
}

/** Why a run does not go through it. */
function roleOf({ options: { fix, undo } }: Step): string {
  return fix === undefined
    ? `this step is no part of the run, it undoes \`${undo?.value ?? ""}\``
    : `this step is run only when \`${fix.value}\` has failed`;
}

/** Part of a run: neither `fix` nor `undo`. */
function isRun({ options }: Step): boolean {
  return options.fix === undefined && options.undo === undefined;
}

/** The machine Waymark runs on. */
export const here: Host = {
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
