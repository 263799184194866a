import { randomBytes } from "node:crypto";
import { recall } from "../engine/advance.ts";
import { hostToStandOn, hostsOf, stepToStandAt } from "../engine/stand.ts";
import { EMPTY_STATE, type RunState } from "../engine/state.ts";
import { readGuide } from "../document/read-guide.ts";
import { readGuide as readRevision } from "../journal/guide-revision.ts";
import { readJournal } from "../journal/read-journal.ts";
import { journalPath, type RunFolder } from "../journal/run-folder.ts";
import { WaymarkError } from "../model/errors.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { InputDeclaration } from "../model/runbook.ts";
import { compile } from "../plan/compile.ts";
import type { ResolvedInputs } from "../plan/inputs.ts";
import { completeInputs } from "./complete-inputs.ts";
import { earlierOf } from "./earlier.ts";
import { findStep } from "./find-step.ts";
import type { PlanFlags, ShellFlags } from "./flags.ts";
import { gatherInputs } from "./gather-inputs.ts";
import { readInventory } from "./inventory.ts";
import { gather, guideHosts, notARunbook } from "./load.ts";
import { terminalPrompter } from "./prompter.ts";
import { resolveHosts } from "./ssh-config.ts";
import { type Surroundings, shownPath } from "./terminal.ts";

/** Where a shell is to be: a step on a host, in a run as its journal has it. */
export interface ShellPlace {
  readonly plan: Plan;
  readonly state: RunState;
  readonly step: PlannedStep;
  readonly host: string;
  /** Values of the inputs that the step uses, secret ones included. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Finds the step and the host, with what the run was started with; its guide is what it used last, whatever has become
 * of the file since. Asks for what is not in the journal, as far as the step uses it.
 * @throws {WaymarkError} where there is no such place, or what it needs cannot be read
 */
export async function findShellPlace(around: Surroundings, folder: RunFolder, flags: ShellFlags): Promise<ShellPlace> {
  const { events } = await readJournal(journalPath(folder));
  const begun = events.find((event) => event.type === "run-started");
  if (begun === undefined) {
    throw new WaymarkError("WM7003", `nothing has happened in run ${folder.id}`, {
      hint: `waymark clean ${folder.id} removes it`,
    });
  }
  const { state } = recall(events);
  const revision = events.findLast((event) => event.type === "guide-changed")?.guide ?? begun.guide;
  const guide = shownPath(around, revision.path);
  const bytes = await readRevision(folder, revision.digest);
  const { runbook } = readGuide(guide, bytes);
  if (runbook === undefined) throw notARunbook(guide);
  const given = { ...(flags.inventory !== undefined && { inventory: flags.inventory }) };
  const found = await readInventory(around, guideHosts(revision.path, bytes, runbook), given, begun.inventory);
  const earlier = earlierOf(begun, events, state);
  const declared = runbook.settings.inputs;
  const resolved = await gatherInputs(around, guide, declared, flags, earlier.inputs);
  const problems = [...found.diagnostics, ...resolved.diagnostics];
  if (problems.some(({ severity }) => severity === "error")) {
    throw new WaymarkError("WM8004", `there is no shell for run ${folder.id}`, {
      hint: "mend what is listed above",
      diagnostics: problems,
    });
  }
  const { plan } = compile({
    runbook,
    digest: revision.digest,
    inventory: found.inventory,
    inputs: resolved.values,
    captured: earlier.captured,
  });
  return completed(around, { guide, plan, state, resolved, declared }, flags);
}

/**
 * The same in a guide of which no run has begun.
 * @throws {WaymarkError} as above
 */
export async function findPlaceBefore(
  around: Surroundings,
  guide: string,
  { step, host, ...flags }: Omit<PlanFlags, "host"> & { readonly step: string; readonly host?: string },
  hosts: readonly string[] = [],
): Promise<ShellPlace> {
  const { plan, runbook, diagnostics } = await gather(around, guide, { ...flags, host: hosts }, "known");
  if (plan === undefined || runbook === undefined || diagnostics.some(({ severity }) => severity === "error")) {
    throw new WaymarkError("WM8004", `there is no shell for ${guide}`, {
      hint: "mend what is listed above",
      diagnostics,
    });
  }
  const declared = runbook.settings.inputs;
  const resolved = await gatherInputs(around, guide, declared, flags);
  const state = { ...EMPTY_STATE, token: randomBytes(8).toString("hex") };
  const at = { step, ...(host !== undefined && { host }) };
  return completed(around, { guide, plan, state, resolved, declared }, at);
}

interface Found {
  readonly guide: string;
  readonly plan: Plan;
  readonly state: RunState;
  readonly resolved: ResolvedInputs;
  readonly declared: readonly InputDeclaration[];
}

/** With the inputs that the step uses, and hosts that can be connected to. */
async function completed(
  around: Surroundings,
  { guide, plan, state, resolved, declared }: Found,
  flags: Pick<ShellFlags, "step" | "host">,
): Promise<ShellPlace> {
  const { step, host } = standAt(plan, state, flags);
  const unneeded = new Set(declared.map(({ name }) => name).filter((name) => !step.uses.includes(name)));
  const prompter = terminalPrompter(around, {});
  const { values } = await completeInputs(around, {
    guide,
    // What the run asks for late is wanted now.
    resolved: { ...resolved, missing: resolved.missing.map((one) => ({ ...one, ask: "first" })) },
    idle: () => unneeded,
    ...(prompter !== undefined && { prompter }),
  });
  const { hosts } = await resolveHosts(around, { path: guide, hosts: plan.hosts }, reached(step, host, state));
  return { plan: { ...plan, hosts }, state, step, host, inputs: values };
}

/** @throws {WaymarkError} WM8009, WM8061 */
function standAt(
  plan: Plan,
  state: RunState,
  flags: Pick<ShellFlags, "step" | "host">,
): { readonly step: PlannedStep; readonly host: string } {
  const step = flags.step === undefined ? stepToStandAt(plan, state, flags.host) : findStep(plan, "--step", flags.step);
  if (step === undefined) {
    const where = flags.host === undefined ? "" : ` on ${flags.host}`;
    throw new WaymarkError("WM8061", `no step of the run stands${where || " anywhere"}`, {
      hint: "name one of its hosts: waymark plan GUIDE lists them",
    });
  }
  const host = flags.host ?? hostToStandOn(step, state);
  if (host !== undefined && hostsOf(step).includes(host)) return { step, host };
  throw new WaymarkError("WM8061", `${step.id} is not for ${host ?? "any host"}`, {
    hint: hostsOf(step).length === 0 ? "name another step" : `its hosts: ${hostsOf(step).join(", ")}`,
  });
}

/** The hosts that may have to be connected to: where the step runs, and those that have what it uses. */
function reached(step: PlannedStep, host: string, { captures }: RunState): readonly string[] {
  const sources = step.uses.flatMap((name) => [...(captures.get(name) ?? [])]);
  return [...new Set([step.at ?? host, ...sources.map(([from, { where = from }]) => where)])];
}
