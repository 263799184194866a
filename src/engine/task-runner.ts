/*
 * One method an action that concerns single tasks. Longer than most files, since what each may throw, and which event
 * that becomes, has to be read side by side.
 */
import type { AttemptFinished, CarriedOver, EventBody, TaskFinished, TaskRef } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import type { ExpectationResult } from "../model/outcome.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { Action } from "./action.ts";
import { alreadyDone } from "./already-done.ts";
import type { AttemptOutput } from "./attempt-output.ts";
import type { AttemptTraces } from "./attempt-traces.ts";
import { type Backgrounds, LAPSE_MS } from "./backgrounds.ts";
import { carriesOf, leavings, takenUp } from "./carry-over.ts";
import { answerOf, factsInTime } from "./facts-in-time.ts";
import { fileInPlace, fileJob, fileStatus, restoreJob } from "./file-job.ts";
import { heldBack } from "./holding.ts";
import { Copying } from "./copying.ts";
import { Interacting } from "./interacting.ts";
import { Judging } from "./judging.ts";
import { CAPTURE } from "./next-action.ts";
import type { Meaning, Rebooting } from "./rebooting.ts";
import {
  type AttemptRef,
  captured,
  type KeptOutputs,
  onlyUnreachable,
  type OutputSurroundings,
} from "./kept-outputs.ts";
import {
  type Clock,
  ConnectError,
  type Job,
  type JobEnd,
  type JobKey,
  type Keeps,
  type Operator,
  type Session,
  type Settled,
  HostHeld,
} from "./ports.ts";
import { isDone, type TaskState, taskOf } from "./state.ts";
import { Unset } from "./values.ts";

/** How long a cancelled job has between TERM and KILL. */
const CANCEL_GRACE_MS = 5000;
/** For the proof that nothing of it is left: the host itself needs no longer than 15 s. */
const CANCEL_PROOF_MS = 20_000;
/** For an answer about a task that nobody waits for: time to connect, and to be told what has ended already. */
const BRIEFLY_MS = 10_000;
const CUT_OFF = "ended without its terminal";
const OUTPUT_GONE = "it has ended, but what it printed is gone from its host";

type Of<T extends Action["type"]> = Extract<Action, { type: T }>;

export interface TaskSurroundings extends OutputSurroundings {
  readonly newTaskId: () => string;
  readonly clock: Clock;
  readonly record: (...events: readonly EventBody[]) => Promise<void>;
  readonly operator: Operator;
  readonly rebooting: Rebooting;
  readonly traces: AttemptTraces;
  readonly backgrounds: Backgrounds;
  /** The operator wants to stop: nobody waits for hosts any longer that are away. */
  readonly interrupted: AbortSignal;
}

/**
 * Performs the actions that concern single tasks: owns the handles by which running attempts are cancelled. What goes wrong on a host is an event, never thrown.
 */
export class TaskRunner {
  private readonly around: TaskSurroundings;
  private readonly judging: Judging;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly steps: ReadonlyMap<string, PlannedStep>;
  private readonly kept: KeptOutputs;
  private readonly running = new Map<
    string,
    { readonly host: Host; readonly key: JobKey; readonly stop: AbortController }
  >();
  /** Hosts that are being asked for their facts. */
  private readonly learning = new Map<string, Promise<void>>();
  /** Those that have not answered in time: they are not waited for at every step. */
  private readonly silent = new Set<string>();
  private readonly copying: Copying;
  private readonly interacting: Interacting;

  constructor(around: TaskSurroundings, kept: KeptOutputs) {
    this.around = around;
    this.kept = kept;
    this.hosts = new Map(around.plan.hosts.map((host) => [host.name, host]));
    this.steps = new Map(around.plan.steps.map((step) => [step.id, step]));
    this.copying = new Copying(around, kept);
    this.interacting = new Interacting(around);
    this.judging = new Judging(around.plan, around.values, around.state, around.redactor);
  }

  /**
   * Once a host, and once more after it was rebooted; with `at=` many tasks may need the same one at once.
   * @param isNeeded the task cannot begin without them; else it only has to wait for them a moment
   */
  private async learnFacts(host: Host, isNeeded: boolean, signal: AbortSignal): Promise<void> {
    const { sessions, state, record, clock } = this.around;
    const { name } = host;
    if (state().facts.has(name) || (!isNeeded && this.silent.has(name))) return;
    const ask = async (): Promise<void> => {
      await sessions.get(host, signal);
      const facts = await sessions.persist(host, signal, (session) =>
        (isNeeded ? answerOf : factsInTime)(session, clock, signal),
      );
      if (facts === undefined) this.silent.add(name);
      else await record({ type: "host-facts", host: name, facts });
    };
    const asking = this.learning.get(name) ?? ask().finally(() => this.learning.delete(name));
    this.learning.set(name, asking);
    await asking;
    // Another task may have asked, which could do without an answer.
    if (isNeeded) await this.learnFacts(host, isNeeded, signal);
  }

  /** `when`, the variables it needs, the connection, `unless` and `creates`, in this order; then the task has a name. */
  async start({ step: id, host: name }: Of<"start-task">, stopped: AbortSignal): Promise<readonly EventBody[]> {
    const step = this.step(id);
    const host = this.host(step.at ?? name);
    const signal = AbortSignal.any([stopped, this.around.interrupted]);
    // The login user is the same with `sudo` as without.
    let { user } = step;
    let carries: CarriedOver | undefined;
    const end = (status: TaskFinished["status"], why: string): readonly EventBody[] => {
      const reason = this.around.redactor.redact(why);
      return [
        { type: "task-finished", step: id, host: name, status, reason, durationMs: 0, attempts: 0, expectations: [] },
      ];
    };
    try {
      // Run elsewhere, the host itself need not be reachable.
      if (step.needsFacts && step.at === undefined) await this.learnFacts(host, true, signal);
      const when = this.judging.when(step, name);
      if ("error" in when) return end("failed", when.error);
      if (!when.value) return end("skipped", `when is false: ${when.source}`);
      this.around.values.environment(step.uses, name);
      // What a person does needs no connection.
      if (step.action.kind !== "manual") {
        // Whoever is told about the run wants to know on what it was.
        await this.learnFacts(host, false, signal);
        const session = await this.around.sessions.get(host, signal);
        if (session.user === user) user = undefined;
        carries = takenUp(this.around.state().terminals, step, host.name, user);
        const done = await alreadyDone(step, name, host, this.around, signal, carries);
        if (done !== undefined) return end("skipped", `already done: ${done}`);
        const missing = this.interacting.missing(step, name);
        if (missing !== undefined) return [missing];
      }
    } catch (error) {
      if (error instanceof Unset) return end("failed", error.message);
      if (error instanceof HostHeld) return [heldBack({ step: id, host: name }, error, this.around.clock.now())];
      if (error instanceof ConnectError) return end("unreachable", `${error.message} (${error.hint})`);
      if (stopped.aborted || !this.around.interrupted.aborted) throw error;
      return [{ type: "task-deferred", step: id, host: name, reason: "interrupted" }];
    }
    // Never two at once.
    if (!(await this.around.backgrounds.endOf({ step: id, host: name }))) {
      return end("failed", `nobody can say whether what it had started before is gone from ${host.name}`);
    }
    const { effectDigest, at } = step;
    const leaves = leavings(step);
    return [
      {
        type: "task-started",
        step: id,
        host: name,
        task: this.around.newTaskId(),
        effectDigest,
        ...(user !== undefined && { user }),
        ...(at !== undefined && { where: at }),
        ...(carries !== undefined && { carries }),
        ...(leaves !== undefined && { leaves }),
        ...(step.reboot !== undefined && { reboots: step.reboot }),
        ...(step.background === true && { background: true }),
      },
    ];
  }

  /** Starts or attaches, follows through lost connections, and says how it ended. */
  async runAttempt(action: Of<"run-attempt">, stopped: AbortSignal): Promise<readonly EventBody[]> {
    const { step: id, host: name, task, attempt, attachOnly } = action;
    const step = this.step(id);
    if (step.action.kind === "copy") return this.copying.attempt(action, step, step.action, stopped);
    if (step.background === true) return this.inBackground(action, step, stopped);
    const key = this.kept.keyOf(action);
    const host = this.host(key.host);
    const stop = new AbortController();
    const signal = AbortSignal.any([stopped, stop.signal]);
    const unknown = (reason: string, asked: boolean): EventBody => this.unknown(action, reason, asked);
    // Before anything is waited for: a cancel must find it.
    this.running.set(`${task}.${attempt}`, { host, key, stop });
    const { boot, reboots, folder } = this.taskState(action) ?? {};
    // It takes its host away with it; beyond that boot it is not begun.
    const leaves = reboots === "during" && host.name === name;
    const absence = { patienceMs: step.timeoutMs, stop: this.around.interrupted };
    const output = await this.kept.open(action, step);
    try {
      const onTerminal = step.interactive === true && !attachOnly;
      /** How it has ended, if it must not be begun on this session any more. */
      const known = async (session: Session): Promise<JobEnd | undefined> => {
        if (!leaves) return this.around.traces.lost(action, session, folder);
        return session.boot === boot ? undefined : session.attach(key, output.offsets, output.sink, signal);
      };
      const interacted = onTerminal
        ? await this.interacting.run(step, name, host, () => this.job(step, name, key), known, signal)
        : undefined;
      if (interacted !== undefined && isEvent(interacted)) return [interacted];
      const ended =
        interacted ??
        (await this.around.sessions.persist(
          host,
          signal,
          async (session) => {
            const over = await known(session);
            if (over !== undefined) return over;
            return attachOnly
              ? session.attach(key, output.offsets, output.sink, signal)
              : session.run(this.job(step, name, key), output.offsets, output.sink, signal);
          },
          leaves ? absence : undefined,
        ));
      await this.kept.close(step, output);
      const meaning = leaves ? await this.around.rebooting.meaning(action, ended, signal) : asItIs(ended);
      if (meaning.type === "away") return [unknown(meaning.reason, false)];
      if (meaning.type === "rebooted") {
        const { events } = meaning;
        return [cutShort(action, output), ...events];
      }
      const { end } = meaning;
      if (end.type !== "unknown") {
        const cutOff = onTerminal && end.type === "ended" && end.end === "cancelled" ? { reason: CUT_OFF } : {};
        return [{ ...attemptFinished(action, this.redacted(end), output), ...cutOff }];
      }
      const done =
        (await alreadyDone(step, name, host, this.around, signal, this.taskState(action)?.carries)) ??
        (await fileInPlace(step, name, host, this.around, signal));
      if (done === undefined) return [unknown(end.reason, true)];
      // It is not over yet.
      if (reboots === "after" && !step.batch && step.capture === undefined) {
        return [{ type: "attempt-judged", step: id, host: name, attempt, passed: true, expectations: [] }];
      }
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
      if (leaves && this.around.interrupted.aborted && !stopped.aborted) return [unknown(`${name} is away`, false)];
      if (error instanceof ConnectError) return [this.outOfReach(action, error)];
      // A variable may have lost its value since the job was started.
      if (error instanceof Unset) return [unknown(error.message, false)];
      throw error;
    } finally {
      this.running.delete(`${task}.${attempt}`);
    }
  }

  /** The same for a task that nobody is to wait for: what goes on there is left alone. */
  async askBriefly(action: Of<"run-attempt">, stopped: AbortSignal): Promise<readonly EventBody[]> {
    const { host, task, attempt } = action;
    const over = new AbortController();
    const late = (): void => {
      this.running.get(`${task}.${attempt}`)?.stop.abort(`${host} was set aside, and nobody waits for what it may do`);
    };
    this.around.clock.sleep(BRIEFLY_MS, AbortSignal.any([stopped, over.signal])).then(late, () => undefined);
    try {
      return await this.runAttempt(action, stopped);
    } finally {
      over.abort(new Error("it has answered"));
    }
  }

  private async inBackground(
    action: Of<"run-attempt">,
    step: PlannedStep,
    stopped: AbortSignal,
  ): Promise<readonly EventBody[]> {
    const { host: name, task, attempt, attachOnly } = action;
    const key = this.kept.keyOf(action);
    const backgrounds = this.around.backgrounds;
    const stop = new AbortController();
    const signal = AbortSignal.any([stopped, stop.signal]);
    this.running.set(`${task}.${attempt}`, { host: this.host(key.host), key, stop });
    const job = (onGoing: () => void): Job => ({
      ...this.job(step, name, key),
      background: { lapseMs: LAPSE_MS, onGoing },
    });
    try {
      if (attachOnly) return [await backgrounds.leave(action, key, "left out")];
      return await backgrounds.attempt(action, step, key, job, signal);
    } catch (error) {
      if (stop.signal.aborted) return [this.unknown(action, String(stop.signal.reason), false)];
      if (error instanceof ConnectError) return [this.outOfReach(action, error)];
      if (error instanceof Unset) return [this.unknown(action, error.message, false)];
      throw error;
    } finally {
      this.running.delete(`${task}.${attempt}`);
    }
  }

  async judge(action: Of<"judge-attempt">, signal: AbortSignal): Promise<readonly EventBody[]> {
    const { step: id, host, attempt, exit, spentMs } = action;
    const step = this.step(id);
    const output = await this.kept.of(step, action, signal).catch(onlyUnreachable);
    if (output === undefined) return [this.unknown(action, OUTPUT_GONE, true)];
    if (output instanceof ConnectError) return [this.outOfReach(action, output)];
    const judged = this.judging.attempt(step, { host, exit, durationMs: spentMs, output });
    const tooLong = judged.every((expectation) => expectation.passed) ? this.kept.tooLong(step, output) : undefined;
    const unfit = { source: CAPTURE, line: step.span.start.line, passed: false, explanation: tooLong ?? "" };
    const expectations = tooLong === undefined ? judged : [...judged, unfit];
    const passed = expectations.every((expectation) => expectation.passed);
    const unchanged =
      this.taskState(action)?.end?.unchanged === true ||
      (step.action.kind === "file" && fileStatus(captured(output)) === "unchanged");
    return [{ type: "attempt-judged", step: id, host, attempt, passed, ...(unchanged && { unchanged }), expectations }];
  }

  async judgeBatch(action: Of<"judge-batch">, signal: AbortSignal): Promise<readonly EventBody[]> {
    const { step: id, attempt, hosts } = action;
    const step = this.step(id);
    const results = await Promise.all(
      action.tasks.map(async (task) => ({
        host: task.host,
        exit: task.exit,
        output: await this.kept.of(step, { ...task, step: id }, signal),
      })),
    );
    const here = results.flatMap(({ output, ...result }) => (output === undefined ? [] : [{ ...result, output }]));
    const gone = results.filter(({ output }) => output === undefined).map(({ host }) => host);
    const expectations = gone.length === 0 ? this.judging.batch(step, here) : [unjudgeable(step.span.start.line, gone)];
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
      const output = await this.kept.of(step, ref, signal).catch(onlyUnreachable);
      if (output === undefined) return [this.unknown(ref, OUTPUT_GONE, true)];
      if (output instanceof ConnectError) return [this.outOfReach(ref, output)];
      const value = captured(output);
      // What contains a secret is one.
      const secret = step.secret || this.around.redactor.redact(value) !== value;
      if (secret) this.around.values.addSecret(capture, event.host, value);
      const { user, where } = this.taskState(ref) ?? {};
      events.push({
        type: "variable-captured",
        ...ref,
        name: capture,
        secret,
        ...(!secret && { value }),
        ...(user !== undefined && { user }),
        ...(where !== undefined && { where }),
      });
    }
    this.kept.forget(task, attempt);
    this.around.traces.forget({ task, attempt });
    const { leaves, reboots } = this.taskState(event) ?? {};
    const stays = leaves !== "new-login" || reboots !== undefined || event.status !== "ok";
    if (!stays) await this.around.sessions.renew(this.host(event.host));
    const reason = event.reason === undefined ? {} : { reason: this.around.redactor.redact(event.reason) };
    return [...events, { ...event, ...reason }, ...this.undone(event)];
  }

  /** What has been reverted once a task of an `undo` step is done. */
  private undone({ step: id, host, status }: TaskFinished): readonly EventBody[] {
    const { role, of, hosts } = this.step(id);
    if (role !== "undo" || of === undefined || status === "failed" || status === "unreachable") return [];
    const state = this.around.state();
    const done = [...(state.tasks.get(of)?.keys() ?? [])];
    const undone = (name: string): EventBody => ({ type: "step-undone", step: of, host: name, by: id });
    if (done.includes(host)) return [undone(host)];
    // It runs on other hosts than what it reverts, which is reverted when the last of them is done.
    const open = hosts.some((name) => name !== host && !isDone(taskOf(state, id, name)));
    return open || hosts.some((name) => done.includes(name)) ? [] : done.map(undone);
  }

  /** TERM, KILL and proof for every attempt that is running; one without proof becomes unknown. */
  async cancelAll(): Promise<void> {
    const over = new AbortController();
    const late = this.around.clock.sleep(CANCEL_PROOF_MS, over.signal).then(noProof, noProof);
    await Promise.all([
      this.copying.cancelAll(),
      ...[...this.running.values()].map(async ({ host, key, stop }) => {
        const settled = await Promise.race([this.proof(host, key), late]);
        if (settled !== "ended" && settled !== "never-ran") {
          stop.abort(`cancelled, and ${host.name} gave no proof that it is gone`);
        }
      }),
    ]);
    over.abort(new Error("all of them have ended"));
  }

  private async proof(host: Host, key: JobKey): Promise<Settled | undefined> {
    const session = await this.around.sessions.current(host);
    return session?.cancel(key, CANCEL_GRACE_MS).catch(noProof);
  }

  private job(step: PlannedStep, host: string, key: JobKey): Job {
    const { values } = this.around;
    const { action } = step;
    if (action.kind === "file") return fileJob(step, action, host, key, this.around);
    if (action.kind === "restore") return restoreJob(step, action.tasks[host] ?? [], key);
    if (action.kind !== "command") throw new Error(`${step.id} runs no program`);
    const { interpreter, code } = action;
    const { carries, leaves } = this.taskState({ step: step.id, host }) ?? {};
    const dir = action.dir === undefined ? carries?.dir : values.fill(action.dir, host);
    const keeps: Keeps = {
      except: this.around.plan.variables.map(({ name }) => name),
      hide: values.secretTexts(step, host),
      hideOutput: step.secret,
    };
    return {
      key,
      interpreter,
      code,
      env: values.environment(step.uses, host),
      timeoutMs: step.timeoutMs,
      ...(dir !== undefined && { dir }),
      ...carriesOf(carries),
      ...(leaves === "shell" && { keeps }),
    };
  }

  /** Nobody can be asked now. Where another run is at work, the task is gone on with after that. */
  private outOfReach(ref: AttemptRef, error: ConnectError): EventBody {
    if (!(error instanceof HostHeld)) return this.unknown(ref, error.message, false);
    return heldBack(ref, error, this.around.clock.now());
  }

  private unknown(ref: AttemptRef, why: string, asked: boolean): EventBody {
    const { step, host, task, attempt } = ref;
    return { type: "task-unknown", step, host, task, attempt, reason: this.around.redactor.redact(why), asked };
  }

  /** What a host says of a job may name its directory, and that a secret: then nobody is told where it ended. */
  private redacted<End extends JobEnd>(end: End): End {
    if ("reason" in end) return { ...end, reason: this.around.redactor.redact(end.reason) };
    if (end.type !== "ended" || end.left?.dir === undefined) return end;
    const { left } = end;
    return this.around.redactor.redact(left.dir ?? "") === left.dir ? end : { ...end, left: { exports: left.exports } };
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

const noProof = (): undefined => undefined;

/** Whose results are incomplete cannot be said to agree. */
function unjudgeable(line: number, hosts: readonly string[]): ExpectationResult {
  return { source: "results", line, passed: false, explanation: `${OUTPUT_GONE}: ${hosts.join(", ")}` };
}

function isEvent(outcome: JobEnd | EventBody): outcome is EventBody {
  return outcome.type !== "ended" && outcome.type !== "refused" && outcome.type !== "unknown";
}

function asItIs(end: JobEnd): Meaning {
  return { type: "as-it-is", end };
}

/** Its host has rebooted under it, as it was to. */
function cutShort({ step, host, task, attempt }: Of<"run-attempt">, { offsets }: AttemptOutput): AttemptFinished {
  const { stdout: stdoutBytes, stderr: stderrBytes } = offsets;
  return {
    type: "attempt-finished",
    step,
    host,
    task,
    attempt,
    end: "rebooted",
    durationMs: 0,
    stdoutBytes,
    stderrBytes,
  };
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
    : {
        ...common,
        end: end.end,
        exit: end.exit,
        durationMs: end.durationMs,
        ...(end.left !== undefined && { left: end.left }),
      };
}
