import type { AttemptFinished, EventBody, TaskFinished, TaskRef } from "../model/event.ts";
import { EXIT, WaymarkError } from "../model/errors.ts";
import type { Host } from "../model/inventory.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { Action } from "./action.ts";
import { AttemptOutput, WITHHELD } from "./attempt-output.ts";
import type { HostSessions } from "./host-sessions.ts";
import { Judging, needsOutput } from "./judging.ts";
import { type Clock, ConnectError, type Job, type JobEnd, type JobKey, type Journal, type Look } from "./ports.ts";
import type { Redactor, Reporter, Session } from "./ports.ts";
import { type RunState, type TaskState, taskOf } from "./state.ts";
import { Unset, type Values } from "./values.ts";

/** How long a cancelled job has between TERM and KILL. */
const CANCEL_GRACE_MS = 5000;
const OUTPUT_GONE = "it has ended, but what it printed is gone from its host";
/** `unless` and `creates` only look; they may not hang the run. */
const LOOK_TIMEOUT_MS = 60_000;

type Of<T extends Action["type"]> = Extract<Action, { type: T }>;

export interface TaskSurroundings {
  readonly plan: Plan;
  readonly state: () => RunState;
  readonly values: Values;
  readonly sessions: HostSessions;
  readonly journal: Journal;
  readonly redactor: Redactor;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly newTaskId: () => string;
  readonly record: (...events: readonly EventBody[]) => Promise<void>;
}

/**
 * Performs the actions that concern single tasks: owns the output of attempts that are not finished yet, and the
 * handles by which running ones are cancelled. What goes wrong on a host is an event, never thrown.
 */
export class TaskRunner {
  private readonly around: TaskSurroundings;
  private readonly judging: Judging;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly steps: ReadonlyMap<string, PlannedStep>;
  private readonly outputs = new Map<string, AttemptOutput>();
  private readonly running = new Map<
    string,
    { readonly host: Host; readonly key: JobKey; readonly stop: AbortController }
  >();
  private readonly cancelled = new AbortController();

  constructor(around: TaskSurroundings) {
    this.around = around;
    this.hosts = new Map(around.plan.hosts.map((host) => [host.name, host]));
    this.steps = new Map(around.plan.steps.map((step) => [step.id, step]));
    this.judging = new Judging(around.plan, around.values, around.state, around.redactor);
  }

  /** `when`, the variables it needs, the connection, `unless` and `creates`, in this order; then the task has a name. */
  async start({ step: id, host: name }: Of<"start-task">, stopped: AbortSignal): Promise<readonly EventBody[]> {
    const step = this.step(id);
    const host = this.host(name);
    const signal = AbortSignal.any([stopped, this.cancelled.signal]);
    const end = (status: TaskFinished["status"], why: string): readonly EventBody[] => {
      const reason = this.around.redactor.redact(why);
      return [
        { type: "task-finished", step: id, host: name, status, reason, durationMs: 0, attempts: 0, expectations: [] },
      ];
    };
    try {
      if (step.needsFacts && !this.around.state().facts.has(name)) {
        await this.around.sessions.get(host, signal);
        const facts = await this.around.sessions.persist(host, signal, (session) => session.facts());
        await this.around.record({ type: "host-facts", host: name, facts });
      }
      const when = this.judging.when(step, name);
      if ("error" in when) return end("failed", when.error);
      if (!when.value) return end("skipped", `when is false: ${when.source}`);
      this.around.values.environment(step.uses, name);
      await this.around.sessions.get(host, signal);
      const done = await this.alreadyDone(step, host, signal);
      if (done !== undefined) return end("skipped", `already done: ${done}`);
    } catch (error) {
      if (this.cancelled.signal.aborted) return end("failed", "cancelled");
      if (error instanceof Unset) return end("failed", error.message);
      if (error instanceof ConnectError) return end("unreachable", `${error.message} (${error.hint})`);
      throw error;
    }
    const { effectDigest, command } = step;
    const user = command.user !== undefined && { user: command.user };
    return [{ type: "task-started", step: id, host: name, task: this.around.newTaskId(), effectDigest, ...user }];
  }

  /** Starts or attaches, follows through lost connections, and says how it ended. */
  async runAttempt(action: Of<"run-attempt">, stopped: AbortSignal): Promise<readonly EventBody[]> {
    const { step: id, host: name, task, attempt, attachOnly } = action;
    const step = this.step(id);
    const host = this.host(name);
    const key = this.keyOf(action);
    const stop = new AbortController();
    const signal = AbortSignal.any([stopped, stop.signal]);
    const unknown = (reason: string, asked: boolean): EventBody => this.unknown(action, reason, asked);
    // Before anything is waited for: a cancel must find it.
    this.running.set(outputKey(task, attempt), { host, key, stop });
    const output = await this.openOutput(action, step);
    try {
      const end = await this.around.sessions.persist(host, signal, (session) =>
        attachOnly
          ? session.attach(key, output.offsets, output.sink, signal)
          : session.run(this.job(step, name, key), output.offsets, output.sink, signal),
      );
      await this.closeOutput(step, output);
      if (end.type !== "unknown") return [attemptFinished(action, this.redacted(end), output)];
      const done = await this.alreadyDone(step, host, signal);
      if (done === undefined) return [unknown(end.reason, true)];
      return [
        {
          type: "task-finished",
          step: id,
          host: name,
          status: "ok",
          reason: this.around.redactor.redact(`${end.reason}; settled by ${done}`),
          durationMs: 0,
          attempts: attempt,
          expectations: [],
        },
      ];
    } catch (error) {
      await output.end();
      if (stop.signal.aborted) return [unknown(String(stop.signal.reason), false)];
      // A variable may have lost its value since the job was started.
      if (error instanceof ConnectError || error instanceof Unset) return [unknown(error.message, false)];
      throw error;
    } finally {
      this.running.delete(outputKey(task, attempt));
    }
  }

  async judge(action: Of<"judge-attempt">, signal: AbortSignal): Promise<readonly EventBody[]> {
    const { step: id, host, attempt, exit, spentMs } = action;
    const step = this.step(id);
    const output = await this.outputOf(step, action, signal).catch(onlyUnreachable);
    if (output === undefined) return [this.unknown(action, OUTPUT_GONE, true)];
    if (output instanceof ConnectError) return [this.unknown(action, output.message, false)];
    const expectations = this.judging.attempt(step, { host, exit, durationMs: spentMs, output });
    const passed = expectations.every((expectation) => expectation.passed);
    return [{ type: "attempt-judged", step: id, host, attempt, passed, expectations }];
  }

  async judgeBatch(action: Of<"judge-batch">, signal: AbortSignal): Promise<readonly EventBody[]> {
    const { step: id, attempt, hosts } = action;
    const step = this.step(id);
    const results = await Promise.all(
      action.tasks.map(async (task) => ({
        host: task.host,
        exit: task.exit,
        output: await this.outputOf(step, { ...task, step: id }, signal),
      })),
    );
    const kept = results.flatMap(({ output, ...result }) => (output === undefined ? [] : [{ ...result, output }]));
    const expectations = this.judging.batch(step, kept);
    const passed = expectations.every((expectation) => expectation.passed);
    return [{ type: "batch-judged", step: id, attempt, hosts, passed, expectations }];
  }

  /** Keeps what it captured, then lets go of its output. */
  async finish(action: Of<"finish-task">, signal: AbortSignal): Promise<readonly EventBody[]> {
    const { event, task, attempt, capture } = action;
    const events: EventBody[] = [];
    if (capture !== undefined) {
      const step = this.step(event.step);
      const ref = { step: event.step, host: event.host, task, attempt };
      const output = await this.outputOf(step, ref, signal).catch(onlyUnreachable);
      if (output === undefined) return [this.unknown(ref, OUTPUT_GONE, true)];
      if (output instanceof ConnectError) return [this.unknown(ref, output.message, false)];
      const value = captured(output);
      // What contains a secret is one.
      const secret = step.secret || this.around.redactor.redact(value) !== value;
      if (secret) this.around.values.addSecret(capture, event.host, value);
      const { user } = this.taskState(ref) ?? {};
      events.push({
        type: "variable-captured",
        ...ref,
        name: capture,
        secret,
        ...(!secret && { value }),
        ...(user !== undefined && { user }),
      });
    }
    this.outputs.delete(outputKey(task, attempt));
    const reason = event.reason === undefined ? {} : { reason: this.around.redactor.redact(event.reason) };
    return [...events, { ...event, ...reason }];
  }

  /** TERM, KILL and proof for every attempt that is running; one without proof becomes unknown. */
  async cancelAll(): Promise<void> {
    this.cancelled.abort(new Error("cancelled by the operator"));
    await Promise.all(
      [...this.running.values()].map(async ({ host, key, stop }) => {
        const session = await this.around.sessions.current(host);
        const settled = await session?.cancel(key, CANCEL_GRACE_MS).catch(() => undefined);
        if (settled !== "ended" && settled !== "never-ran") {
          stop.abort(`cancelled, and ${host.name} gave no proof that it is gone`);
        }
      }),
    );
  }

  /**
   * Reads the secrets that an earlier process captured back from their capsules, before anything is shown that could
   * contain them.
   * @param again says which tasks the operator wants to run again: their secrets may be gone
   * @throws {WaymarkError} when one cannot be had
   */
  async recallSecrets(signal: AbortSignal, again: (task: TaskRef) => boolean): Promise<void> {
    const missing = this.around.values.missingSecrets();
    const withheld = this.withheldOutputs().map(async (ref) => {
      // No step asks for these values, so a host that is out of reach need not stop the run.
      const output = await this.readBack(ref, signal, ref.user).catch(onlyUnreachable);
      if (output instanceof AttemptOutput) this.around.redactor.add(captured(output));
    });
    await Promise.all([
      ...withheld,
      ...missing.map(async ({ name, host, captured: { task, attempt, step, user } }) => {
        const ref = { step, host, task, attempt };
        const known = this.hosts.has(host);
        const output = known ? await this.readBack(ref, signal, user).catch(onlyUnreachable) : undefined;
        if (output === undefined || output instanceof ConnectError) {
          if (again(ref)) return;
          const why = output?.message ?? (known ? "it is gone from there" : "the inventory no longer has that host");
          throw new WaymarkError("WM6004", `the secret ${name} cannot be read back from ${host}: ${why}`, {
            hint: `resume when ${host} can be reached, or capture it again: waymark resume --rerun ${step}`,
            exit: output === undefined ? EXIT.failed : EXIT.unreachable,
          });
        }
        this.around.values.addSecret(name, host, captured(output));
      }),
    ]);
  }

  /** What secret steps have printed that no variable holds. */
  private withheldOutputs(): readonly (TaskRef & { task: string; attempt: number; user: string | undefined })[] {
    const secret = this.around.plan.steps.filter((step) => step.secret && step.capture === undefined);
    return secret.flatMap(({ id }) =>
      [...(this.around.state().tasks.get(id) ?? [])]
        .filter(([host, { status, attempt }]) => status === "ok" && attempt > 0 && this.hosts.has(host))
        .map(([host, { task, attempt, user }]) => ({ step: id, host, task, attempt, user })),
    );
  }

  private async alreadyDone(step: PlannedStep, host: Host, signal: AbortSignal): Promise<string | undefined> {
    const { values, sessions } = this.around;
    const { user, dir } = step.command;
    const look: Omit<Look, "code"> = {
      interpreter: ["sh"],
      env: values.environment(step.uses, host.name),
      timeoutMs: LOOK_TIMEOUT_MS,
      ...(user !== undefined && { user }),
      ...(dir !== undefined && { dir: values.fill(dir, host.name) }),
    };
    const holds = async (code: string, more: Readonly<Record<string, string>> = {}): Promise<boolean> => {
      const { dir: _dir, ...anywhere } = look;
      const command = { ...(step.unless === code ? look : anywhere), code, env: { ...look.env, ...more } };
      const { exit } = await sessions.persist(host, signal, (session: Session) => session.look(command, signal));
      return exit === 0;
    };
    if (step.creates !== undefined) {
      const path = values.fill(step.creates, host.name);
      const inHome = path === "~" || path.startsWith("~/");
      const target = inHome ? `"$HOME"/"$WAYMARK_PATH"` : `"$WAYMARK_PATH"`;
      if (await holds(`[ -e ${target} ]\n`, { WAYMARK_PATH: inHome ? path.slice(2) : path })) return `${path} exists`;
    }
    if (step.unless !== undefined && (await holds(step.unless))) return `unless holds: ${step.unless}`;
    return undefined;
  }

  private job(step: PlannedStep, host: string, key: JobKey): Job {
    const { values } = this.around;
    const { interpreter, code, dir } = step.command;
    return {
      key,
      interpreter,
      code,
      env: values.environment(step.uses, host),
      timeoutMs: step.timeoutMs,
      ...(dir !== undefined && { dir: values.fill(dir, host) }),
    };
  }

  private keyOf(ref: TaskRef & { task: string; attempt: number }, owner?: string): JobKey {
    const user = owner ?? this.taskState(ref)?.user;
    const { host, task, attempt } = ref;
    return { token: this.around.state().token, host, task, attempt, ...(user !== undefined && { user }) };
  }

  private async openOutput(
    ref: TaskRef & { task: string; attempt: number },
    step: PlannedStep,
  ): Promise<AttemptOutput> {
    const log = await this.around.journal.openLog(ref.step, ref.host);
    const { step: id, host } = ref;
    if (step.secret) log.write("stdout", WITHHELD);
    const output = new AttemptOutput({
      ref: { step: id, host },
      redactor: this.around.redactor,
      keep: needsOutput(step),
      log,
      withhold: step.secret,
      reporter: this.around.reporter,
    });
    this.outputs.delete(outputKey(ref.task, ref.attempt - 1));
    this.outputs.set(outputKey(ref.task, ref.attempt), output);
    return output;
  }

  /** From here on what a secret step printed is hidden wherever it turns up. */
  private async closeOutput(step: PlannedStep, output: AttemptOutput): Promise<void> {
    if (step.secret) this.around.redactor.add(captured(output));
    await output.end();
  }

  /** What an attempt printed: still in memory, or from its capsule again. */
  private async outputOf(
    step: PlannedStep,
    ref: TaskRef & { task: string; attempt: number },
    signal: AbortSignal,
  ): Promise<AttemptOutput | undefined> {
    const known = this.outputs.get(outputKey(ref.task, ref.attempt));
    if (known !== undefined || !needsOutput(step))
      return known ?? new AttemptOutput({ ref, redactor: this.around.redactor, keep: false });
    const output = await this.readBack(ref, signal, this.taskState(ref)?.user);
    if (output === undefined) return undefined;
    if (step.secret) this.around.redactor.add(captured(output));
    this.outputs.set(outputKey(ref.task, ref.attempt), output);
    return output;
  }

  private async readBack(
    ref: TaskRef & { task: string; attempt: number },
    signal: AbortSignal,
    user: string | undefined,
  ): Promise<AttemptOutput | undefined> {
    const key = this.keyOf(ref, user);
    const output = new AttemptOutput({ ref, redactor: this.around.redactor, keep: true });
    const end = await this.around.sessions.persist(this.host(ref.host), signal, (session) =>
      session.attach(key, output.offsets, output.sink, signal),
    );
    return end.type === "ended" ? output : undefined;
  }

  private unknown(ref: TaskRef & { task: string; attempt: number }, why: string, asked: boolean): EventBody {
    const { step, host, task, attempt } = ref;
    return { type: "task-unknown", step, host, task, attempt, reason: this.around.redactor.redact(why), asked };
  }

  /** What a host says of a job may name its directory, and that a secret. */
  private redacted<End extends JobEnd>(end: End): End {
    return "reason" in end ? { ...end, reason: this.around.redactor.redact(end.reason) } : end;
  }

  private taskState({ step, host }: TaskRef): TaskState | undefined {
    return taskOf(this.around.state(), step, host);
  }

  private step(id: string): PlannedStep {
    const step = this.steps.get(id);
    if (step === undefined) throw new Error(`no step ${id} in the plan`);
    return step;
  }

  private host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name} in the plan`);
    return host;
  }
}

function attemptFinished(
  { step, host, task, attempt }: Of<"run-attempt">,
  end: Exclude<JobEnd, { type: "unknown" }>,
  output: AttemptOutput,
): AttemptFinished {
  const { stdout, stderr } = output.offsets;
  const common = {
    type: "attempt-finished",
    step,
    host,
    task,
    attempt,
    stdoutBytes: stdout,
    stderrBytes: stderr,
  } as const;
  return end.type === "refused"
    ? { ...common, end: "refused", durationMs: 0, reason: end.reason }
    : { ...common, end: end.end, exit: end.exit, durationMs: end.durationMs };
}

/** stdout, less its last newline. */
function captured(output: AttemptOutput): string {
  return new TextDecoder().decode(output.bytes("stdout").bytes).replace(/\r?\n$/, "");
}

function onlyUnreachable(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  throw error;
}

function outputKey(task: string, attempt: number): string {
  return `${task}.${attempt}`;
}
