import type { CheckFinished } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import type { ExpectationResult } from "../model/outcome.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import { AttemptOutput } from "./attempt-output.ts";
import { carriesOf } from "./carry-over.ts";
import type { Check } from "./checks-due.ts";
import type { HostSessions } from "./host-sessions.ts";
import { type Judging, needsOutput } from "./judging.ts";
import { captured } from "./kept-outputs.ts";
import { endReason } from "./next-action.ts";
import { type Clock, ConnectError, ConnectionLost, type LookResult, type Redactor } from "./ports.ts";
import { type RunState, taskOf } from "./state.ts";
import { Unset, type Values } from "./values.ts";

export interface CheckSurroundings {
  readonly plan: Plan;
  readonly state: () => RunState;
  readonly values: Values;
  readonly sessions: HostSessions;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** Hosts looked at at once. */
  readonly parallel: () => number;
  /** Token of the run whose exports are taken up. Absent: that of the sessions. */
  readonly carriedFrom?: string;
}

/** What one host has answered, or why it did not. */
type Looked =
  | { readonly host: string; readonly durationMs: number; readonly result: LookResult; readonly output: AttemptOutput }
  | { readonly host: string; readonly durationMs: number; readonly why: string };

interface Judged {
  readonly passed: boolean;
  readonly expectations: readonly ExpectationResult[];
}

const NOTHING: Judged = { passed: true, expectations: [] };

/**
 * Looks at `verify` steps that have passed before, once and without a capsule: as the step's user, in its directory,
 * with what it had taken up from steps before it. Owns what it has learnt of hosts that are out of reach: each is tried
 * once.
 */
export class Checking {
  private readonly around: CheckSurroundings;
  private readonly judging: Judging;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly steps: ReadonlyMap<string, PlannedStep>;
  private readonly lost = new Map<string, string>();

  constructor(around: CheckSurroundings, judging: Judging) {
    this.around = around;
    this.judging = judging;
    this.hosts = new Map(around.plan.hosts.map((host) => [host.name, host]));
    this.steps = new Map(around.plan.steps.map((step) => [step.id, step]));
  }

  /** Names of the hosts that could not be reached so far. */
  unreachable(): ReadonlySet<string> {
    return new Set(this.lost.keys());
  }

  /** One event for each host. Never throws for what is wrong with a host or a check. */
  async check({ step: id, hosts }: Check, signal: AbortSignal): Promise<readonly CheckFinished[]> {
    const step = this.steps.get(id);
    if (step === undefined) throw new Error(`no step ${id} in the plan`);
    const looked: Looked[] = [];
    const queue = [...hosts];
    const worker = async (): Promise<void> => {
      for (let host = queue.shift(); host !== undefined; host = queue.shift()) {
        looked.push(await this.look(step, host, signal));
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.around.parallel(), hosts.length) }, worker));
    const inOrder = looked.toSorted((a, b) => hosts.indexOf(a.host) - hosts.indexOf(b.host));
    return this.judge(step, inOrder);
  }

  private async look(step: PlannedStep, host: string, signal: AbortSignal): Promise<Looked> {
    const { clock, sessions, redactor } = this.around;
    const begun = clock.now().getTime();
    const elapsed = (): number => clock.now().getTime() - begun;
    const place = step.at ?? host;
    const not = (why: string): Looked => ({ host, durationMs: elapsed(), why: redactor.redact(why) });
    const known = this.lost.get(place);
    if (known !== undefined) return not(known);
    try {
      const command = this.command(step, host);
      const target = this.hosts.get(place);
      if (target === undefined) throw new Error(`no host ${place} in the plan`);
      const session = await sessions.reach(target, signal);
      const { user } = step;
      const look = { ...command, ...(user !== undefined && user !== session.user && { user }) };
      const result = await session.look(look, signal);
      if (result.refused !== undefined) return not(result.refused);
      if (result.truncated === true && needsOutput(step)) return not("it printed too much to be looked at");
      const output = new AttemptOutput({ ref: { step: step.id, host }, redactor, keep: true });
      output.sink("stdout", Buffer.from(result.stdout));
      output.sink("stderr", Buffer.from(result.stderr));
      if (step.secret) redactor.add(captured(output));
      return { host, durationMs: elapsed(), result, output };
    } catch (error) {
      if (signal.aborted) return not("interrupted by the operator");
      if (error instanceof Unset) return not(error.message);
      if (!(error instanceof ConnectError || error instanceof ConnectionLost)) throw error;
      const hint = error instanceof ConnectError ? ` (${error.hint})` : "";
      this.lost.set(place, `${error.message}${hint}`);
      return not(`${error.message}${hint}`);
    }
  }

  private command(step: PlannedStep, host: string) {
    const { values, carriedFrom: token } = this.around;
    const { action } = step;
    if (action.kind !== "command") throw new Error(`${step.id} runs no program`);
    const { interpreter, code } = action;
    const carried = taskOf(this.around.state(), step.id, host)?.carries;
    const dir = action.dir === undefined ? carried?.dir : values.fill(action.dir, host);
    return {
      interpreter,
      code,
      env: values.environment(step.uses, host),
      timeoutMs: step.timeoutMs,
      ...(dir !== undefined && { dir }),
      carries: { ...carriesOf(carried).carries, ...(token !== undefined && { token }) },
    };
  }

  private judge(step: PlannedStep, looked: readonly Looked[]): readonly CheckFinished[] {
    const own = new Map(looked.flatMap((one) => ("why" in one ? [] : [[one.host, this.judgeOne(step, one)]])));
    const silent = looked.filter((one) => "why" in one).map(({ host }) => host);
    const together = step.batch ? this.judgeTogether(step, looked, own, silent) : undefined;
    return looked.map((one): CheckFinished => {
      const common = { type: "check-finished", step: step.id, host: one.host, durationMs: one.durationMs } as const;
      if ("why" in one) return { ...common, status: "unverifiable", reason: one.why, expectations: [] };
      const alone = own.get(one.host) ?? { passed: false, expectations: [] };
      const { exit, timedOut } = one.result;
      if (alone.passed && together === "incomplete") {
        const reason = `its results cannot be compared: none from ${silent.join(", ")}`;
        return { ...common, status: "unverifiable", exit, reason, expectations: alone.expectations };
      }
      const others = together === undefined || together === "incomplete" ? NOTHING : together;
      const expectations = [...alone.expectations, ...(alone.passed ? others.expectations : [])];
      const passed = alone.passed && others.passed;
      if (passed) return { ...common, status: "ok", exit, expectations };
      const end = { end: timedOut === true ? ("timeout" as const) : ("exited" as const), exit };
      const reason = this.around.redactor.redact(endReason(step, { end, verdict: { passed, expectations } }));
      return { ...common, status: "drifted", exit, reason, expectations };
    });
  }

  private judgeOne(step: PlannedStep, { host, result, durationMs, output }: Exclude<Looked, { why: string }>): Judged {
    if (result.timedOut === true) return { passed: false, expectations: [] };
    const expectations = this.judging.attempt(step, { host, exit: result.exit, durationMs, output });
    return { passed: expectations.every(({ passed }) => passed), expectations };
  }

  /** What is expected of all results, once each of those that it would be judged by is at hand. */
  private judgeTogether(
    step: PlannedStep,
    looked: readonly Looked[],
    own: ReadonlyMap<string, Judged>,
    silent: readonly string[],
  ): Judged | "incomplete" {
    if (silent.length > 0) return "incomplete";
    const results = looked.flatMap((one) =>
      "why" in one || own.get(one.host)?.passed !== true
        ? []
        : [{ host: one.host, exit: one.result.exit, output: one.output }],
    );
    const expectations = this.judging.batch(step, results);
    return { passed: expectations.every(({ passed }) => passed), expectations };
  }
}
