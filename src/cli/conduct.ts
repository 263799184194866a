import { randomBytes } from "node:crypto";
import type { Advanced } from "../engine/advance.ts";
import { Driver } from "../engine/driver.ts";
import { PATIENCE } from "../engine/host-sessions.ts";
import type { Journal, Operator } from "../engine/ports.ts";
import { listRuns } from "../journal/list-runs.ts";
import { createRedactor } from "../journal/redactor.ts";
import type { RunFolder } from "../journal/run-folder.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { EventBody, RunEvent } from "../model/event.ts";
import { dryRun } from "../transport/dry-run.ts";
import { createTransport } from "../transport/transport.ts";
import { dryPlan } from "../plan/dry-plan.ts";
import { inTurn } from "./at-terminal.ts";
import { systemClock } from "./clock.ts";
import { leaseWish, readWait } from "./lease-wish.ts";
import { Stopping } from "./stopping.ts";
import { exitCode } from "./exit-code.ts";
import type { RunFlags } from "./flags.ts";
import type { Loaded } from "./load.ts";
import { confirmedSteps } from "./find-step.ts";
import { lendTerminal } from "./lent-terminal.ts";
import { createOperator } from "./operator.ts";
import type { Looking } from "./preview.ts";
import { terminalPrompter } from "./prompter.ts";
import { createReporter, drained } from "./reporter.ts";
import type { RunScreen } from "./run-screen.ts";
import { runAsker, sshOptions } from "./ssh.ts";
import type { Edited } from "../ui/render-edits.ts";
import { type Surroundings, stateDir } from "./terminal.ts";

/** The newest of the earlier runs of the guide that have passed: it has cleaned up after those before it. */
async function superseded(
  around: Surroundings,
  flags: RunFlags,
  { folder, loaded }: Conducted,
): Promise<readonly string[]> {
  if (folder === undefined) return [];
  const runs = await listRuns(stateDir(around, flags.stateDir));
  const passed = runs.filter(
    ({ condition, guide, folder: { id } }) =>
      condition === "passed" && guide === loaded.source.guide.path && id < folder.id,
  );
  return passed.slice(0, 1).flatMap(({ token }) => token ?? []);
}

/** A run that is about to start or to go on. */
export interface Conducted {
  readonly loaded: Loaded;
  /** Absent: a dry run. It looks at hosts and does nothing, asks nobody, and leaves no run. */
  readonly folder?: RunFolder;
  readonly journal: Journal;
  readonly before: Advanced;
  /** The events that `before` was recalled from. */
  readonly past: readonly RunEvent[];
  readonly first: readonly EventBody[];
  /** How the guide was edited since the run used it last. */
  readonly edited?: Edited;
  /** Where it is shown, if that is a screen. */
  readonly screen?: RunScreen;
}

/** Runs to the end or to a rest, with Ctrl-C and SIGTERM obeyed, and closes the journal. */
export async function conduct(around: Surroundings, flags: RunFlags, run: Conducted): Promise<ExitCode> {
  const { loaded, folder, journal, before, past, first } = run;
  const started = first.find((body) => body.type === "run-started");
  const token = started?.token ?? before.state.token;
  const redactor = createRedactor();
  const isDry = folder === undefined;
  const plan = isDry ? dryPlan(loaded.plan, new Set(before.state.captures.keys())) : loaded.plan;
  const told = { plan, past, ...(!isDry && { folder }), ...(run.edited !== undefined && { edited: run.edited }) };
  const old = await superseded(around, flags, run);
  // From here on until it listens nothing is awaited: whoever wants it to stop finds somebody who hears that.
  const restAfter = (step?: string): void => void driver.restAfter(step).catch(() => undefined);
  const runOn = (): void => void driver.runOn().catch(() => undefined);
  const reporter =
    (isDry ? around.looking?.begin(plan) : undefined) ??
    (run.screen === undefined || isDry
      ? createReporter(around, flags, told)
      : run.screen.begin({
          ...told,
          folder,
          guide: loaded.guideBytes,
          restAfter,
          runOn,
          interrupt: () => void stopping.press(),
        }));
  const stopping = new Stopping(run.screen?.terminal ?? around, {
    interrupt: async () => {
      withdrawn.abort();
      await driver.interrupt().catch(() => undefined);
    },
    atWork: () => driver.atWork(),
    isLent: () => run.screen?.lent === true,
    leave: () => run.screen?.leave(),
    resume: `waymark ${plan.undoes === true ? "undo" : "resume"}${isDry ? "" : ` ${folder.id}`}`,
  });
  const prompter = run.screen?.prompter ?? terminalPrompter(around, flags);
  const terminal = prompter && { prompter, hold: inTurn(reporter.hold), interrupt: () => stopping.press() };
  const withdrawn = new AbortController();
  const asker = runAsker(around, flags, {
    hosts: plan.hosts,
    ...(terminal !== undefined && { terminal }),
    learn: (secret) => redactor.add(secret),
    withdrawn: withdrawn.signal,
  });
  const reach = createTransport({
    token,
    ssh: sshOptions(around, flags, asker),
    hosts: loaded.plan.hosts,
    // A dry run only looks.
    ...(!isDry && { lease: leaseWish(around, folder.id) }),
  });
  const said = { yes: flags.yes === true, confirm: confirmedSteps(loaded.plan, flags.confirm) };
  const operator: Operator = {
    ...createOperator(said, isDry ? undefined : terminal, around.remembered),
    ...(terminal !== undefined && { lend: lendTerminal(run.screen?.terminal ?? around, terminal.hold) }),
  };
  const driver = new Driver({
    plan,
    before,
    first,
    inputs: loaded.inputs,
    journal,
    transport: isDry ? dryRun(reach, started?.token) : reach,
    redactor,
    reporter,
    operator,
    forgiving: isDry || plan.undoes === true,
    clock: systemClock,
    patience: { ...PATIENCE, heldMs: readWait(flags.wait) },
    superseded: old,
    newTaskId: () => randomBytes(16).toString("hex"),
  });
  const unheard = around.looking === undefined ? heard(stopping) : endedBy(around.looking, stopping);
  try {
    const state = await driver.run();
    return exitCode(state, stopping.signal);
  } catch (error) {
    // Interrupted before it went on: by whom is known here.
    const early = error instanceof WaymarkError && error.exit === EXIT.interrupted && stopping.signal === "SIGTERM";
    if (!early) throw error;
    throw new WaymarkError(error.code, error.message, { hint: error.hint, exit: EXIT.terminated, cause: error });
  } finally {
    await reporter.stop();
    unheard();
    await journal.close();
    // A reader that goes away meanwhile is no error of the run.
    await drained(around.stdout);
  }
}

/** @returns what ends that */
function heard(stopping: Stopping): () => void {
  stopping.listen();
  return () => stopping.stop();
}

/** What is at work is cancelled at once: nothing comes of it. @returns what ends that */
function endedBy({ signal }: Looking, stopping: Stopping): () => void {
  const end = (): void => {
    void stopping.press();
    void stopping.press();
  };
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return () => signal.removeEventListener("abort", end);
}
