import { apply } from "../engine/apply.ts";
import { failed } from "../engine/next-action.ts";
import type { RunState } from "../engine/state.ts";
import { isVisitOver } from "../engine/visits.ts";
import { matchHosts, unknownNames } from "../inventory/match-hosts.ts";
import { parsePattern } from "../inventory/pattern.ts";
import { WaymarkError } from "../model/errors.ts";
import type { OperatorDecided } from "../model/event.ts";
import { LOCAL } from "../model/inventory.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import { findStep } from "./find-step.ts";
import type { RunFlags } from "./flags.ts";

type Choices = Pick<RunFlags, "fix" | "setAside" | "restAfter" | "retryFailed">;

/**
 * What is wrong with `--fix`, `--set-aside` and `--rest-after` whatever the run has come to.
 * @throws {WaymarkError} WM8009, WM8070, WM2020, WM2021, WM2022, WM8072
 */
export function checkChoices(plan: Plan, { fix = [], setAside = [], restAfter }: Choices): void {
  for (const name of fix) fixOf(plan, name);
  for (const pattern of setAside) hostsOf(plan, pattern);
  if (typeof restAfter === "string") stepToRestAfter(plan, restAfter);
}

/**
 * The choices of `--set-aside` and `--fix`, as they are written down before the run goes on.
 * @param state what the run has come to
 * @throws {WaymarkError} as {@link checkChoices}; WM8070 where nothing of the step has failed
 */
export function choices(plan: Plan, flags: Choices, state: RunState): readonly OperatorDecided[] {
  const { fix = [], setAside = [], retryFailed = false } = flags;
  const aside = new Set(setAside.flatMap((pattern) => hostsOf(plan, pattern)));
  const isAside = (host: string): boolean => aside.has(host) || (!retryFailed && state.setAside.has(host));
  const more = plan.remote.filter((host) => aside.has(host) && !state.setAside.has(host));
  const at = plan.order.findIndex((_, position) => !isVisitOver(plan, state, position));
  const step = plan.steps[plan.order[at]?.step ?? -1]?.id;
  return [
    ...(more.length === 0 ? [] : [decided("set-aside", { hosts: more, ...(step !== undefined && { step }) })]),
    ...fix.map((name) => {
      const { broken, by } = fixOf(plan, name);
      const tasks = state.tasks.get(broken.id);
      const hosts = broken.hosts.filter((host) => !isAside(host) && failed(tasks?.get(host)));
      if (hosts.length === 0) throw nothingFailed(broken);
      return decided("fix", { step: broken.id, fix: by.id, hosts });
    }),
  ];
}

/**
 * The choice of `--rest-after`, as it is written down once the run goes on.
 * @param state what the run has come to, and what has been decided about it since
 * @throws {WaymarkError} WM8072 where the step is over
 */
export function restWish(
  plan: Plan,
  { restAfter, retryFailed = false }: Choices,
  state: RunState,
  more: readonly OperatorDecided[] = [],
): readonly OperatorDecided[] {
  if (restAfter === undefined || restAfter === false) return [];
  if (restAfter === true) return [decided("rest-after", {})];
  const step = stepToRestAfter(plan, restAfter);
  const known = more.reduce((before, body) => apply(before, { v: 1, seq: 0, at: "", ...body }), state);
  const after = retryFailed ? { ...known, setAside: known.setAside.clear() } : known;
  const isLeft = plan.order.some((visit, at) => visit.step === step.index && !isVisitOver(plan, after, at));
  if (isLeft) return [decided("rest-after", { step: step.id })];
  throw new WaymarkError("WM8072", `--rest-after ${restAfter}: this step is over already`, {
    hint: `name one that is to come; or run it again: --rerun ${step.id}`,
  });
}

function decided(decision: OperatorDecided["decision"], more: Partial<OperatorDecided>): OperatorDecided {
  return { type: "operator-decided", decision, ...more };
}

function stepToRestAfter(plan: Plan, name: string): PlannedStep {
  const step = findStep(plan, "--rest-after", name);
  if (step.role === "run") return step;
  throw new WaymarkError("WM8072", `--rest-after ${step.id}: a run does not go through this step`, {
    hint: step.role === "fix" ? `it fixes ${step.of ?? "another"}: name that` : `it undoes ${step.of ?? "another"}`,
  });
}

/** Of the step that is to be fixed. */
function fixOf(plan: Plan, name: string): { readonly broken: PlannedStep; readonly by: PlannedStep } {
  const broken = findStep(plan, "--fix", name);
  const by = plan.steps.find(({ role, of, skip }) => role === "fix" && of === broken.id && skip === undefined);
  if (by !== undefined) return { broken, by };
  const fixable = plan.steps.flatMap(({ role, of = "" }) => (role === "fix" ? [of] : []));
  throw new WaymarkError("WM8070", `--fix ${broken.id}: no step of the guide fixes this one`, {
    hint:
      broken.role === "fix"
        ? `it fixes ${broken.of ?? "another"}: --fix ${broken.of ?? "STEP"}`
        : fixable.length === 0
          ? "a step that does has `fix=` and the id of the one that fails"
          : `there are fixes for: ${fixable.join(", ")}`,
  });
}

function nothingFailed({ id }: PlannedStep): WaymarkError {
  return new WaymarkError("WM8070", `--fix ${id}: nothing of this step has failed`, {
    hint: "`waymark show` shows what has; without --fix, resume runs that again",
  });
}

/** Names of hosts. `local` is no host to go on without. */
function hostsOf(plan: Plan, pattern: string): readonly string[] {
  const flag = `--set-aside ${pattern}`;
  const parsed = parsePattern(pattern);
  if (!parsed.ok) throw new WaymarkError("WM2020", `${flag}: ${parsed.message}`, { hint: parsed.hint });
  const remote = new Set(plan.remote);
  const inventory = { hosts: plan.hosts.filter(({ name }) => remote.has(name)) };
  const [unknown] = unknownNames(parsed.pattern, inventory);
  if (unknown !== undefined) {
    throw new WaymarkError("WM2021", `${flag}: no host or group is called ${unknown.name}`, unknown);
  }
  const names = matchHosts(parsed.pattern, inventory).filter((name) => name !== LOCAL);
  if (names.length > 0) return names;
  throw new WaymarkError("WM2022", `${flag} matches no host`, { hint: "`waymark hosts` shows all" });
}
