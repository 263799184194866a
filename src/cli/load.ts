import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { readGuide } from "../document/read-guide.ts";
import { WaymarkError } from "../model/errors.ts";
import type { GuideRevision, InventorySource } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Runbook } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";
import { compile } from "../plan/compile.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { completeInputs, unobtainable } from "./complete-inputs.ts";
import { type PlanFlags, selectionOf } from "./flags.ts";
import { gatherInputs } from "./gather-inputs.ts";
import { readGiven } from "./read-given.ts";
import { type GuideHosts, readInventory } from "./inventory.ts";
import { type Prompter, terminalPrompter } from "./prompter.ts";
import { resolveHosts } from "./ssh-config.ts";
import { type Surroundings, shownPath } from "./terminal.ts";

/** A guide with everything that was given to it, as far as it could be read. */
export interface Gathered {
  readonly guideBytes: Uint8Array;
  readonly source: { readonly guide: GuideRevision; readonly inventory: InventorySource };
  readonly runbook?: Runbook;
  readonly plan?: Plan;
  /** All input values, secret ones included. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of the guide, the hosts file, the inputs and the plan. */
  readonly diagnostics: readonly Diagnostic[];
  /** The same without the plan's. */
  readonly readings: readonly Diagnostic[];
  /** How many there are in the inventory. */
  readonly hosts: number;
}

/** A guide that can run. */
export interface Loaded extends Gathered {
  readonly plan: Plan;
  /** Values of the inputs that are not secret. */
  readonly openInputs: Readonly<Record<string, string>>;
  readonly secretInputs: readonly string[];
}

/** What a resumed run was started with, and has come to. */
export interface Earlier {
  /** Absent where there was no run: the hosts are found as for a new one. */
  readonly inventory?: InventorySource;
  /** Values of the inputs that are not secret, as they were last. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Names of variables that it has captured. */
  readonly captured?: ReadonlySet<string>;
  /** Ids of steps that nothing is left to be done of. */
  readonly over?: ReadonlySet<string>;
  /** Ids of steps that are left alone this time. */
  readonly aside?: ReadonlySet<string>;
}

/** Which inputs to get: `all`, or (`known`, for `plan` and `check`) only those at hand: nothing is fetched or asked for. */
export type Fetching = "all" | "known";

/** For `all`: who may be asked, and what is to be done before that, once nothing else is in the way of a run. */
export interface Obtaining {
  readonly prompter?: Prompter;
  readonly ready?: (plan: Plan) => Promise<void> | void;
}

/** Patterns that match nothing, which says nothing where the hosts could not be read. */
const OF_NO_HOSTS: ReadonlySet<string> = new Set(["WM2021", "WM2022"]);

/** Reads a guide, its hosts and its inputs; every problem is a diagnostic. @throws {WaymarkError} when a file cannot be read */
export async function gather(
  around: Surroundings,
  guide: string,
  flags: PlanFlags,
  fetching: Fetching,
  earlier?: Earlier,
  { prompter, ready }: Obtaining = {},
): Promise<Gathered> {
  const path = resolve(around.cwd, guide);
  const guideBytes = await readGiven(path, guide, "guide");
  const digest = createHash("sha256").update(guideBytes).digest("hex");
  const { runbook, diagnostics } = readGuide(guide, guideBytes);
  const problems: Diagnostic[] = [...diagnostics];
  if (runbook === undefined) {
    const source = { guide: { path, digest }, inventory: { hosts: [] } };
    return { guideBytes, source, inputs: {}, diagnostics: problems, readings: problems, hosts: 0 };
  }
  const hosts = await readInventory(around, guideHosts(path, guideBytes, runbook), flags, earlier?.inventory);
  problems.push(...hosts.diagnostics);
  const resolved = await gatherInputs(around, guide, runbook.settings.inputs, flags, earlier?.inputs);
  problems.push(...resolved.diagnostics);
  const selection = selectionOf(flags);
  const { captured, over, aside } = earlier ?? {};
  const compileWith = (inputs: Readonly<Record<string, string>>) =>
    compile({
      runbook,
      digest,
      inventory: hosts.inventory,
      inputs,
      selection,
      ...(captured && { captured }),
      ...(over && { over }),
      ...(aside && { aside }),
    });
  const isUnread = hosts.diagnostics.some(({ severity }) => severity === "error");
  let { values } = resolved;
  let compiled = compileWith(values);
  if (fetching === "all") {
    const wanted = {
      guide,
      resolved,
      idle: (inputs: Readonly<Record<string, string>>) => compileWith(inputs).idle,
      ...(prompter !== undefined && { prompter }),
    };
    problems.push(...unobtainable(wanted));
    if (![...problems, ...compiled.diagnostics].some(({ severity }) => severity === "error")) {
      await ready?.(compiled.plan);
      const completed = await completeInputs(around, wanted);
      problems.push(...completed.diagnostics);
      values = completed.values;
      compiled = compileWith(values);
    }
  }
  return {
    guideBytes,
    runbook,
    source: { guide: { path, digest }, inventory: hosts.source },
    inputs: values,
    diagnostics: [...problems, ...compiled.diagnostics.filter(({ code }) => !isUnread || !OF_NO_HOSTS.has(code))],
    readings: problems,
    hosts: hosts.inventory.hosts.length,
    plan: compiled.plan,
  };
}

/** The same, for a run, with all inputs: prints warnings, and refuses what has errors. @throws {WaymarkError} with the errors */
export async function loadToRun(
  around: Surroundings,
  guide: string,
  flags: PlanFlags & { readonly json?: boolean },
  earlier?: Earlier,
  ready?: Obtaining["ready"],
): Promise<Loaded> {
  const prompter = terminalPrompter(around, flags);
  const obtaining = { ...(prompter !== undefined && { prompter }), ...(ready !== undefined && { ready }) };
  const gathered = await completed(around, await gather(around, guide, flags, "all", earlier, obtaining));
  const plan = planToRun(guide, gathered);
  if (gathered.diagnostics.length > 0) await printDiagnostics(around, gathered.diagnostics);
  const open = openInputs(plan, gathered.inputs);
  return {
    ...gathered,
    plan,
    openInputs: open,
    secretInputs: Object.keys(gathered.inputs).filter((name) => !Object.hasOwn(open, name)),
  };
}

/** @throws {WaymarkError} with the errors, where there are some */
function planToRun(guide: string, { plan, runbook, diagnostics }: Gathered): Plan {
  const failed = diagnostics.some(({ severity }) => severity === "error");
  if (runbook === undefined && !failed) throw notARunbook(guide);
  if (plan !== undefined && !failed) return plan;
  throw new WaymarkError("WM8004", `${guide} cannot be run`, {
    hint: "nothing was run; mend what is listed above, `waymark check` shows it again",
    diagnostics,
  });
}

/**
 * The same, to be looked at before it is run: nobody is asked for inputs, and no host is looked up. Warnings are left for
 * when it is.
 * @throws {WaymarkError} with the errors
 */
export async function loadToLook(
  around: Surroundings,
  guide: string,
  flags: PlanFlags,
  earlier?: Earlier,
): Promise<{
  readonly plan: Plan;
  readonly guide: Uint8Array;
  readonly inputs: Readonly<Record<string, string>>;
}> {
  const gathered = await gather(around, guide, flags, "known", earlier);
  const plan = planToRun(guide, gathered);
  return { plan, guide: gathered.guideBytes, inputs: openInputs(plan, gathered.inputs) };
}

/** Those that are not secret. */
function openInputs(plan: Plan, inputs: Gathered["inputs"]): Gathered["inputs"] {
  const secret = new Set(plan.variables.filter((variable) => variable.secret).map(({ name }) => name));
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !secret.has(name)));
}

/** With hosts that can be connected to, unless something is wrong already: then nobody's ssh config is asked. */
async function completed(around: Surroundings, gathered: Gathered): Promise<Gathered> {
  const { plan, diagnostics, source } = gathered;
  if (plan === undefined || diagnostics.some(({ severity }) => severity === "error")) return gathered;
  const { file } = source.inventory;
  const path = file === undefined ? plan.guide.path : shownPath(around, file);
  const resolved = await resolveHosts(around, { path, hosts: plan.hosts });
  return {
    ...gathered,
    plan: { ...plan, hosts: resolved.hosts },
    diagnostics: [...diagnostics, ...resolved.diagnostics],
  };
}

export function notARunbook(guide: string): WaymarkError {
  return new WaymarkError("WM8005", `${guide} is not a runbook: nothing in it is marked as a step`, {
    hint: "tag a code block, ```bash {on=all}, or give its front matter a `runbook:` key",
  });
}

/** What the guide itself says of its hosts. @param path absolute */
export function guideHosts(path: string, bytes: Uint8Array, { settings }: Runbook): GuideHosts {
  const inline = settings.hosts?.span;
  return { path, ...(inline !== undefined && { inline, text: new TextDecoder().decode(bytes) }) };
}
