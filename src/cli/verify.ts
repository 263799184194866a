import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { Checking } from "../engine/checking.ts";
import { answerOf, factsInTime } from "../engine/facts-in-time.ts";
import { HostSessions, type Patience } from "../engine/host-sessions.ts";
import { Judging } from "../engine/judging.ts";
import { KeptOutputs } from "../engine/kept-outputs.ts";
import { ConnectError, ConnectionLost } from "../engine/ports.ts";
import { EMPTY_STATE, type RunState } from "../engine/state.ts";
import { unlessAborted } from "../model/unless-aborted.ts";
import { unknownSecrets, withheld } from "../engine/unknown-secrets.ts";
import { Values } from "../engine/values.ts";
import { volatileJournal } from "../journal/volatile-journal.ts";
import { createRedactor } from "../journal/redactor.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { CheckFinished, EventBody } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import { jsonLine } from "../model/json-line.ts";
import { createTransport } from "../transport/transport.ts";
import { renderChecks } from "../ui/render-checks.ts";
import { systemClock } from "./clock.ts";
import { selectionOf, type VerifyFlags } from "./flags.ts";
import { type LastRun, lastRun, stateToday } from "./last-run.ts";
import { type Loaded, gather, loadToRun } from "./load.ts";
import { readParallel } from "./run.ts";
import { briefAsker, sshOptions } from "./ssh.ts";
import { styleOf } from "./style.ts";
import { type Surroundings, stateDir } from "./terminal.ts";
import { VerifyRecord } from "./verify-record.ts";

/** For hosts to be left as they were found. */
const LEAVE_MS = 10_000;
/** A host is tried once: what cannot be reached is said, and the next time is soon. */
const PATIENCE: Patience = { connectTries: 1, connectMs: 0, retryMs: 0, reconnectMs: 0 };

/** `waymark verify`: looks whether what the guide's `verify` steps saw is still so. Changes nothing; it is no run. */
export async function verify(around: Surroundings, guide: string, flags: VerifyFlags): Promise<ExitCode> {
  const parallel = readParallel(flags.parallel ?? "100");
  const folder = stateDir(around, flags.stateDir);
  const last = await lastRun(folder, resolve(around.cwd, guide));
  const loaded = await load(around, guide, flags, last);
  const state = last === undefined ? EMPTY_STATE : await stateToday(last, loaded);
  // Where nothing of the run's is to be read back, it looks in a folder of its own: others may go on with the run meanwhile.
  const run = last === undefined || isCleaned(last) ? undefined : last.state.token;
  const token = run ?? randomBytes(8).toString("hex");
  const stop = new AbortController();
  let signal: NodeJS.Signals | undefined;
  const abort = (name: NodeJS.Signals): void => {
    signal = name;
    stop.abort(new Error("interrupted"));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, abort);
  const record = await VerifyRecord.begin(around, folder, loaded, { token, parallel });
  try {
    let seq = 0;
    const tell = async (...events: readonly EventBody[]): Promise<void> => {
      for (const check of events) {
        if (flags.json !== true || check.type !== "check-finished") continue;
        const stamp = { v: 1, seq: ++seq, at: systemClock.now().toISOString() };
        around.stdout.write(jsonLine({ ...stamp, ...check }));
      }
      await record.add(...events);
    };
    const known = { loaded, last, token, state, parallel };
    const { checks, unreachable } = await looked(around, flags, known, stop.signal, tell);
    const isWell = checks.every(({ status }) => status === "ok");
    const isAll = isWell && Object.keys(selectionOf(flags)).length === 0;
    const isQuiet = isWell && (flags.quiet === true || !around.stdout.isTTY);
    if (flags.json !== true && !isQuiet) {
      const lines = renderChecks(styleOf(around, around.stdout), guide, loaded.plan.steps, checks);
      around.stdout.write(lines.map((line) => `${line}\n`).join(""));
    }
    const hasDrifted = checks.some(({ status }) => status === "drifted");
    await record.end(signal !== undefined ? "cancelled" : hasDrifted ? "failed" : isAll ? "passed" : "partial");
    if (signal !== undefined) return signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted;
    if (hasDrifted) return EXIT.failed;
    return unreachable.size > 0 ? EXIT.unreachable : EXIT.ok;
  } finally {
    await record.close();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, abort);
  }
}

/** The guide with the hosts and inputs of its last run. Inputs that no `verify` step needs are nobody's business. */
async function load(
  around: Surroundings,
  guide: string,
  flags: VerifyFlags,
  last: LastRun | undefined,
): Promise<Loaded> {
  const { plan } = await gather(around, guide, flags, "known", last?.earlier);
  const others = plan?.steps.filter((step) => !isCheck(step)).map(({ id }) => id);
  const loaded = await loadToRun(around, guide, flags, { ...last?.earlier, aside: new Set(others) });
  if (loaded.plan.steps.some(isCheck)) return loaded;
  throw new WaymarkError("WM8030", `${guide} has no \`verify\` step that could be looked at`, {
    hint: "mark the steps that only look: ```console {on=all verify}; or see what -l, --only, --from and --until leave",
  });
}

/** What needs a terminal cannot be looked at without one. */
function isCheck({ verify: only, interactive, role, skip, hosts }: PlannedStep): boolean {
  return only && interactive !== true && role === "run" && skip === undefined && hosts.length > 0;
}

interface ToLookAt {
  readonly loaded: Loaded;
  readonly last: LastRun | undefined;
  /** Names its folder on hosts: that of the last run where something is to be read back, else its own. */
  readonly token: string;
  readonly state: RunState;
  readonly parallel: number;
}

async function looked(
  around: Surroundings,
  flags: VerifyFlags,
  { loaded, last, token, state: known, parallel }: ToLookAt,
  signal: AbortSignal,
  tell: (...events: readonly EventBody[]) => Promise<void>,
): Promise<{ readonly checks: readonly CheckFinished[]; readonly unreachable: ReadonlySet<string> }> {
  const { plan, inputs } = loaded;
  let state = known;
  const redactor = createRedactor();
  const asker = briefAsker(around, flags, plan.hosts, { learn: (secret) => redactor.add(secret) });
  const transport = createTransport({ token, ssh: sshOptions(around, flags, asker), hosts: plan.hosts });
  const sessions = new HostSessions(transport, systemClock, PATIENCE, async () => undefined);
  const values = new Values(plan, inputs, () => state, redactor);
  const surroundings = { plan, state: () => state, values, sessions, redactor, clock: systemClock };
  const judging = new Judging(plan, values, () => state, redactor);
  const kept = last === undefined ? {} : { carriedFrom: last.state.token };
  const checking = new Checking({ ...surroundings, ...kept, parallel: () => parallel }, judging);
  const learnFacts = async (step: PlannedStep): Promise<void> => {
    if (!step.needsFacts || step.at !== undefined) return;
    const unknown = plan.hosts.filter(({ name }) => step.hosts.includes(name) && !state.facts.has(name));
    await Promise.all(
      unknown.map(async (host) => {
        try {
          const facts = await answerOf(await sessions.reach(host, signal), systemClock, signal);
          state = { ...state, facts: state.facts.set(host.name, facts) };
        } catch (error) {
          // The check says so itself.
          if (!(error instanceof ConnectError || error instanceof ConnectionLost || signal.aborted)) throw error;
        }
      }),
    );
  };
  try {
    const journal = volatileJournal(systemClock);
    const silent = { event: () => undefined, output: () => undefined };
    // What a passed or given up run had captured is gone from its hosts.
    const isRecalled = last !== undefined && !isCleaned(last);
    if (isRecalled) {
      await new KeptOutputs({ ...surroundings, journal, reporter: silent }).recallSecrets(signal, () => true);
    }
    const unknown = unknownSecrets(plan, inputs, isRecalled);
    const checks: CheckFinished[] = [];
    for (const step of plan.steps.filter(isCheck)) {
      if (signal.aborted) break;
      await learnFacts(step);
      const hosts = step.hosts.filter((host) => {
        const when = judging.when(step, host);
        return "error" in when || when.value;
      });
      if (hosts.length === 0) continue;
      await tell({ type: "check-started", step: step.id, hosts });
      const seen = (await checking.check({ step: step.id, hosts }, signal)).map((check) => withheld(check, unknown));
      await tell(...seen);
      checks.push(...seen);
    }
    await tell(...(await systems(sessions, signal)));
    return { checks, unreachable: checking.unreachable() };
  } finally {
    if (token !== last?.state.token) await leaveNothing(sessions, token);
    await sessions.close();
  }
}

/** What the hosts that were reached are today. */
async function systems(sessions: HostSessions, signal: AbortSignal): Promise<readonly EventBody[]> {
  if (signal.aborted) return [];
  const told = (await sessions.all()).map(async (session): Promise<readonly EventBody[]> => {
    const facts = await factsInTime(session, systemClock, signal).catch(() => undefined);
    return facts === undefined ? [] : [{ type: "host-facts", host: session.host.name, facts }];
  });
  return (await Promise.all(told)).flat();
}

async function leaveNothing(sessions: HostSessions, token: string): Promise<void> {
  const enough = AbortSignal.timeout(LEAVE_MS);
  const leaving = (await sessions.all()).map((session) => session.clean(token));
  await Promise.allSettled(leaving.map((left) => unlessAborted(enough, left)));
}

function isCleaned({ condition }: LastRun): boolean {
  return condition === "passed" || condition === "abandoned";
}
