/*
 * What goes on in the background, from its start to the end of the run. Longer than most files: what becomes of a job
 * before it is ready, after that, and when the run ends has to be read side by side.
 */
import type { BackgroundEnded, EventBody, TaskRef } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import type { ExpectationResult } from "../model/outcome.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { AttemptOutput } from "./attempt-output.ts";
import type { AttemptTraces } from "./attempt-traces.ts";
import type { HostSessions } from "./host-sessions.ts";
import type { Judging } from "./judging.ts";
import type { AttemptRef, KeptOutputs } from "./kept-outputs.ts";
import { type Clock, ConnectError, type Job, type JobEnd, type JobKey, type Redactor } from "./ports.ts";
import { type Background, type RunState, taskOf } from "./state.ts";

/** A job ends by itself when nobody has been there for it for so long. */
export const LAPSE_MS = 60_000;
/** Of whom nothing is expected but to run: what cannot do that is over by then. */
const FIRST_STEPS_MS = 300;
/** Between two judgements of what has been printed so far; longer, the more that is. */
const PAUSE_MS = 100;
const BYTES_A_MS = 100_000;
/** Between TERM and KILL, and in all: for a host that may be away. */
const GRACE_MS = 5000;
const END_MS = 20_000;
/** On one connection, so that there is room for others. */
const AT_ONCE = 4;

const NEVER = new AbortController().signal;

export interface BackgroundSurroundings {
  readonly plan: Plan;
  readonly state: () => RunState;
  readonly sessions: HostSessions;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly judging: Judging;
  readonly kept: KeptOutputs;
  readonly traces: AttemptTraces;
  readonly record: (...events: readonly EventBody[]) => Promise<void>;
}

interface Going {
  readonly place: string;
  /** Nobody has to be told of its end. */
  ending: boolean;
}

type News = { readonly type: "end"; readonly end: JobEnd } | { readonly type: "output" | "late" };

/**
 * Owns the jobs that this process follows in the background. There is never more than one of a step on a host: whatever
 * may be alive of an earlier one is ended, with proof, before another is started.
 */
export class Backgrounds {
  private readonly around: BackgroundSurroundings;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly steps: ReadonlySet<string>;
  private readonly going = new Map<string, Going>();

  constructor(around: BackgroundSurroundings) {
    this.around = around;
    this.hosts = new Map(around.plan.hosts.map((host) => [host.name, host]));
    this.steps = new Set(around.plan.steps.flatMap(({ id, background }) => (background === true ? [id] : [])));
  }

  /**
   * Starts the job or attaches to it, and comes back once it is ready, or will not be.
   * @throws {ConnectError} when its host is out of reach before
   */
  async attempt(
    ref: AttemptRef,
    step: PlannedStep,
    key: JobKey,
    job: (going: () => void) => Job,
    signal: AbortSignal,
  ): Promise<readonly EventBody[]> {
    const { clock, sessions } = this.around;
    const host = this.host(key.host);
    const name = keyOf(ref);
    const others = [...this.going.values()].filter(({ place }) => place === host.name).length;
    if (others >= AT_ONCE) return [await this.leave(ref, key, `${AT_ONCE} background steps are at work there already`)];
    const going: Going = { place: host.name, ending: false };
    this.going.set(name, going);
    const begun = clock.now().getTime();
    const output = await this.around.kept.open(ref, step);
    const { folder } = taskOf(this.around.state(), ref.step, ref.host) ?? {};
    const runs = Promise.withResolvers<void>();
    let news = Promise.withResolvers<void>();
    const over = sessions.persist(
      host,
      signal,
      async (session) =>
        this.around.traces.lost(ref, session, folder) ??
        session.run(
          job(() => runs.resolve()),
          output.offsets,
          (stream, chunk) => {
            const taken = output.sink(stream, chunk);
            news.resolve();
            return taken;
          },
          signal,
        ),
    );
    over.then(
      () => runs.resolve(),
      () => runs.resolve(),
    );
    const enough = new AbortController();
    const patience = AbortSignal.any([signal, enough.signal]);
    const late = clock.sleep(step.timeoutMs, patience).then((): News => ({ type: "late" }));
    late.catch(() => undefined);
    const ended = over.then((end): News => ({ type: "end", end }));
    ended.catch(() => undefined);
    let isReady = false;
    try {
      const judged = (): readonly ExpectationResult[] => {
        const durationMs = clock.now().getTime() - begun;
        return this.around.judging.attempt(step, { host: ref.host, exit: 0, durationMs, output });
      };
      await Promise.race([runs.promise, late]);
      if (step.expectations.length === 0) await Promise.race([ended, late, clock.sleep(FIRST_STEPS_MS, patience)]);
      for (;;) {
        // What has ended already is over, whatever it has printed.
        const first = await Promise.race([ended, late, soon()]);
        if (first?.type === "end") {
          await this.around.kept.close(step, output);
          return [this.finished(ref, first.end, output)];
        }
        news = Promise.withResolvers();
        const expectations = judged();
        const broken = expectations.filter(({ passed }) => !passed);
        if (first?.type === "late") return [await this.notReady(ref, step, key, broken, ended, output)];
        if (broken.length === 0) {
          isReady = true;
          output.letGo();
          this.watch(ref, step, going, over, output);
          const durationMs = clock.now().getTime() - begun;
          const { step: id, host: to, attempt } = ref;
          return [{ type: "attempt-judged", step: id, host: to, attempt, passed: true, expectations, durationMs }];
        }
        const { stdout, stderr } = output.offsets;
        await Promise.race([ended, late, news.promise]);
        await Promise.race([ended, late, clock.sleep(PAUSE_MS + (stdout + stderr) / BYTES_A_MS, patience)]);
      }
    } catch (error) {
      await output.end();
      throw error;
    } finally {
      enough.abort(new Error("it is ready, or will not be"));
      if (!isReady) this.going.delete(name);
    }
  }

  /** Ends all that goes on, or may, with proof as far as that can be had: the run rests, or is over. */
  async end(): Promise<void> {
    await this.endThose(() => true);
  }

  /** Ends what no step of the guide, as it is now, stands for. */
  async endStrays(): Promise<void> {
    await this.endThose(({ step }) => !this.steps.has(step));
  }

  /** Ends whatever may be alive of earlier tasks of a step. @returns whether it is certain that nothing is */
  async endOf({ step, host }: TaskRef): Promise<boolean> {
    return this.endThose((one) => one.step === step && one.host === host);
  }

  private async endThose(isMeant: (one: Background) => boolean): Promise<boolean> {
    const open = [...this.around.state().backgrounds].filter(([, one]) => isMeant(one));
    const proven = await Promise.all(open.map(([task, one]) => this.endOne(task, one)));
    return !proven.includes(false);
  }

  private async endOne(task: string, { step, host, attempt, user, where = host }: Background): Promise<boolean> {
    const ref = { step, host, task, attempt };
    const going = this.going.get(keyOf(ref));
    if (going !== undefined) going.ending = true;
    const { token } = this.around.state();
    const key: JobKey = { token, host: where, task, attempt, ...(user !== undefined && { user }) };
    const settled = await this.cancel(key);
    const common = { type: "background-ended", ...ref } as const;
    const isOver = settled === "ended" || settled === "never-ran";
    const reason = `${where} gave no proof that it is gone; it ends there by itself`;
    await this.around.record(isOver ? { ...common, end: "cancelled" } : { ...common, unproven: true, reason });
    return isOver;
  }

  /** Undefined: its host could not be asked. */
  private async cancel(key: JobKey) {
    const host = this.hosts.get(key.host);
    if (host === undefined) return undefined;
    const enough = new AbortController();
    const late = this.around.clock.sleep(END_MS, enough.signal).then(() => undefined);
    late.catch(() => undefined);
    const cancelled = this.around.sessions
      .reach(host, NEVER, AbortSignal.timeout(END_MS))
      .then((session) => session.cancel(key, GRACE_MS))
      .catch(() => undefined);
    try {
      return await Promise.race([cancelled, late]);
    } finally {
      enough.abort(new Error("it has answered"));
    }
  }

  /** It is ready: the run goes on, and says so if it ends before it is to. */
  private watch(ref: AttemptRef, step: PlannedStep, going: Going, over: Promise<JobEnd>, output: AttemptOutput): void {
    const { step: id, host, task, attempt } = ref;
    const common = { type: "background-ended", step: id, host, task, attempt } as const;
    const tell = async (event: BackgroundEnded): Promise<void> => {
      await this.around.kept.close(step, output);
      this.going.delete(keyOf(ref));
      const reason = event.reason === undefined ? {} : { reason: this.around.redactor.redact(event.reason) };
      if (!going.ending) await this.around.record({ ...event, ...reason });
    };
    over
      .then(
        (end) => tell({ ...common, ...endOf(end) }),
        (error: unknown) => {
          // Out of reach, where it ends by itself; or the run is over, and nobody follows it any more.
          if (error instanceof ConnectError) return tell({ ...common, unproven: true, reason: error.message });
          return output.end();
        },
      )
      .catch(() => undefined);
  }

  private async notReady(
    ref: AttemptRef,
    step: PlannedStep,
    key: JobKey,
    [broken]: readonly ExpectationResult[],
    ended: Promise<News>,
    output: AttemptOutput,
  ): Promise<EventBody> {
    const settled = await this.cancel(key);
    const { task, attempt, host } = ref;
    const why = broken === undefined ? "" : `: not true: ${broken.source}`;
    const reason = this.around.redactor.redact(`not ready after ${step.timeoutMs / 1000} s${why}`);
    if (settled !== "ended" && settled !== "never-ran") {
      await output.end();
      return { type: "task-unknown", step: step.id, host, task, attempt, reason, asked: false };
    }
    const last = await ended;
    await this.around.kept.close(step, output);
    const end: JobEnd = last.type === "end" ? last.end : { type: "refused", reason };
    const event = this.finished(ref, end, output);
    return event.type === "attempt-finished" ? { ...event, end: "timeout", reason } : event;
  }

  private finished(ref: AttemptRef, end: JobEnd, { offsets }: AttemptOutput): EventBody {
    const { step, host, task, attempt } = ref;
    const { end: how, reason, ...more } = endOf(end);
    const said = reason === undefined ? {} : { reason: this.around.redactor.redact(reason) };
    if (how === undefined) {
      return { type: "task-unknown", step, host, task, attempt, reason: said.reason ?? "", asked: true };
    }
    const bytes = { stdoutBytes: offsets.stdout, stderrBytes: offsets.stderr };
    const durationMs = end.type === "ended" ? end.durationMs : 0;
    return { type: "attempt-finished", step, host, task, attempt, end: how, durationMs, ...bytes, ...more, ...said };
  }

  /** Nothing of it is to run, now or later. */
  async leave({ step, host, task, attempt }: AttemptRef, key: JobKey, reason: string): Promise<EventBody> {
    const settled = await this.cancel(key);
    if (settled !== "ended" && settled !== "never-ran") {
      return { type: "task-unknown", step, host, task, attempt, reason, asked: false };
    }
    const none = { durationMs: 0, stdoutBytes: 0, stderrBytes: 0 };
    return { type: "attempt-finished", step, host, task, attempt, end: "refused", reason, ...none };
  }

  private host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name} in the plan`);
    return host;
  }
}

/** `end` is absent where nobody can say how it ended: nothing of it is alive. */
function endOf(end: JobEnd): Pick<BackgroundEnded, "end" | "exit" | "reason"> {
  switch (end.type) {
    case "ended":
      return { end: end.end, exit: end.exit };
    case "refused":
      return { end: "refused", reason: end.reason };
    case "unknown":
      return { reason: end.reason };
  }
}

function keyOf({ task, attempt }: Pick<AttemptRef, "task" | "attempt">): string {
  return `${task}.${attempt}`;
}

/** Undefined, after everything that is settled already. */
function soon(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}
