import { EXIT, WaymarkError } from "../model/errors.ts";
import type { EventBody, RunEvent, TaskRef } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Action } from "./action.ts";
import { AttemptTraces } from "./attempt-traces.ts";
import { type Advanced, advance } from "./advance.ts";
import { Asking } from "./asking.ts";
import { Backgrounds } from "./backgrounds.ts";
import { Checking } from "./checking.ts";
import { HostSessions, type Patience } from "./host-sessions.ts";
import {
  type Clock,
  ConnectError,
  type Journal,
  type Operator,
  type Redactor,
  type Reporter,
  type Transport,
  HostHeld,
} from "./ports.ts";
import { Judging } from "./judging.ts";
import type { RunState } from "./state.ts";
import { KeptOutputs } from "./kept-outputs.ts";
import { Rebooting } from "./rebooting.ts";
import { TaskRunner } from "./task-runner.ts";
import { tidyHosts } from "./tidying.ts";
import { Values } from "./values.ts";

export interface RunSetup {
  readonly plan: Plan;
  /** The state to go on from: empty, or recalled from the journal. */
  readonly before: Advanced;
  /** Written first: `run-started`, or whatever was decided and then `run-resumed`. */
  readonly first: readonly EventBody[];
  /** All inputs, secret ones included. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly journal: Journal;
  readonly transport: Transport;
  readonly redactor: Redactor;
  readonly reporter: Reporter;
  readonly operator: Operator;
  readonly clock: Clock;
  readonly patience: Patience;
  /** Tokens of earlier runs of the guide: what they have left on the hosts is of no use once this one has passed. */
  readonly superseded: readonly string[];
  /** Secrets of an earlier part of the run that are gone are done without. */
  readonly forgiving?: boolean;
  /** 32 random lower-case hex digits. */
  readonly newTaskId: () => string;
}

/**
 * Performs in one process what `advance` decides: owns the state, the sessions and whatever is in flight.
 *
 * Invariant: an event is on disk before `advance` sees it, and so before anything that depends on it happens.
 */
export class Driver {
  private readonly setup: RunSetup;
  private readonly sessions: HostSessions;
  private readonly outputs: KeptOutputs;
  private readonly tasks: TaskRunner;
  private readonly rebooting: Rebooting;
  private readonly traces = new AttemptTraces();
  private readonly backgrounds: Backgrounds;
  private readonly asking: Asking;
  private readonly checking: Checking;
  private readonly stopped = new AbortController();
  /** Questions are taken back when the operator wants to stop. */
  private readonly interrupted = new AbortController();
  private readonly done = Promise.withResolvers<RunState>();
  private now: Advanced;
  /** `begins`: nothing new has been written yet. */
  private phase: "begins" | "goes on" | "over" = "begins";
  private asked: "interrupt" | "cancel" | undefined;
  /** Its last event is on its way: nothing is written behind it. */
  private isEnding = false;
  /** What was asked for before the first events were written. */
  private early: readonly EventBody[] = [];

  constructor(setup: RunSetup) {
    this.setup = setup;
    this.now = setup.before;
    const state = (): RunState => this.now.state;
    this.sessions = new HostSessions(
      setup.transport,
      setup.clock,
      setup.patience,
      (...events) => this.commit(events),
      this.interrupted.signal,
    );
    const values = new Values(setup.plan, setup.inputs, state, setup.redactor);
    const around = { ...setup, values, state, sessions: this.sessions };
    this.outputs = new KeptOutputs(around);
    this.asking = new Asking(around);
    const judging = new Judging(setup.plan, values, state, setup.redactor);
    this.checking = new Checking({ ...around, parallel: () => state().parallel }, judging);
    const record = (...events: readonly EventBody[]): Promise<void> => this.commit(events);
    const { signal: interrupted } = this.interrupted;
    this.rebooting = new Rebooting({ ...around, record, interrupted });
    this.backgrounds = new Backgrounds({ ...around, judging, kept: this.outputs, traces: this.traces, record });
    const { rebooting, backgrounds, traces } = this;
    this.tasks = new TaskRunner({ ...around, record, rebooting, backgrounds, traces, interrupted }, this.outputs);
  }

  /**
   * Runs to the end or to a rest; sessions are closed then, and the hosts of a passed run cleaned.
   * @throws when the journal breaks, when a secret of an earlier part of the run cannot be read back, or for a bug
   */
  async run(): Promise<RunState> {
    try {
      await this.outputs.recallSecrets(
        this.stopped.signal,
        (task) => this.setup.forgiving === true || this.runsAgain(task),
      );
      this.stopped.signal.throwIfAborted();
      this.phase = "goes on";
      await this.commit([...this.setup.first, ...this.early]);
      await this.backgrounds.endStrays();
      const state = await this.done.promise;
      this.stop(new Error("the run is over"));
      const status = state.ending?.type === "finished" ? state.ending.status : undefined;
      if (status === "passed" || status === "abandoned") {
        await tidyHosts(this.setup.plan, state, this.sessions, this.setup.superseded);
      }
      return state;
    } finally {
      // Whatever has gone wrong here, nothing is to go on there.
      if (this.phase !== "begins") await this.backgrounds.end().catch(() => undefined);
      this.phase = "over";
      this.stop(new Error("the run was given up"));
      await this.sessions.close();
    }
  }

  /** Ctrl-C: the first time running tasks finish and nothing new is started, the second time they are cancelled. */
  async interrupt(): Promise<void> {
    if (this.phase === "over" || this.asked === "cancel") return;
    if (this.phase === "begins") return this.stop(interruptedEarly());
    this.asked = this.asked === undefined ? "interrupt" : "cancel";
    const first = this.asked === "interrupt";
    try {
      await this.commit([{ type: "operator-decided", decision: this.asked }]);
      if (first) this.interrupted.abort(new Error("interrupted by the operator"));
    } catch (error) {
      this.done.reject(error);
      throw error;
    }
  }

  /**
   * The run is to rest once a step is over, with the batch that is at it or comes to it next; without one, once
   * the step at work is, else the next. Where nothing of that step is left, at the next end of a step. What is asked for last counts.
   * Safe at any moment: once the run rests or is over, nothing happens.
   */
  async restAfter(step?: string): Promise<void> {
    return this.wish({ type: "operator-decided", decision: "rest-after", ...(step !== undefined && { step }) });
  }

  /** The run is not to rest after all. Safe at any moment, as above. */
  async runOn(): Promise<void> {
    return this.wish({ type: "operator-decided", decision: "no-rest" });
  }

  private async wish(wish: EventBody): Promise<void> {
    if (this.phase === "over" || this.isEnding) return;
    if (this.phase === "begins") {
      this.early = [wish];
      return;
    }
    try {
      await this.commit([wish]);
    } catch (error) {
      this.done.reject(error);
      throw error;
    }
  }

  /** Hosts on which the command of a task is running, or may be. */
  atWork(): readonly string[] {
    const { current, tasks } = this.now.state;
    const running = [...(tasks.get(current?.step ?? "") ?? [])].filter(([, { phase }]) => phase === "attempting");
    return running.map(([host, { where = host }]) => where);
  }

  private runsAgain({ step, host }: TaskRef): boolean {
    return this.setup.first.some(
      (body) =>
        body.type === "operator-decided" &&
        body.decision === "rerun" &&
        body.step === step &&
        body.hosts?.includes(host) !== false,
    );
  }

  private async commit(bodies: readonly EventBody[]): Promise<void> {
    if (bodies.length === 0) return;
    if (bodies.some(({ type }) => type === "run-paused" || type === "run-finished")) {
      this.isEnding = true;
      await this.backgrounds.end();
    }
    for (const event of await this.setup.journal.append(...bodies)) this.take(event);
  }

  private take(event: RunEvent): void {
    this.setup.reporter.event(event);
    this.now = advance(this.setup.plan, this.now, event);
    for (const action of this.now.actions) this.start(action);
    // Not by the state: what was decided before `run-resumed` still finds the run at its former end.
    if (event.type !== "run-paused" && event.type !== "run-finished") return;
    this.phase = "over";
    this.done.resolve(this.now.state);
  }

  private start(action: Action): void {
    this.perform(action)
      .then((events) => this.commit(events))
      .catch((error: unknown) => {
        // After the end nobody waits for what was given up: a timer, a connection that was being made.
        if (!this.stopped.signal.aborted) this.done.reject(error instanceof ConnectError ? outOfReach(error) : error);
      });
  }

  private async perform(action: Action): Promise<readonly EventBody[]> {
    const { signal } = this.stopped;
    switch (action.type) {
      case "record":
        return Promise.all(
          action.events.map((event) => {
            this.traces.note(event);
            return this.rebooting.begun(this.asking.filled(event), this.stopped.signal);
          }),
        );
      case "wait-until": {
        const ms = Date.parse(action.at) - this.setup.clock.now().getTime();
        await this.setup.clock.sleep(Math.max(0, ms), signal);
        return [{ type: "timer-fired", key: action.key }];
      }
      case "start-task":
        return this.tasks.start(action, signal);
      case "run-attempt":
        return action.briefly === true ? this.tasks.askBriefly(action, signal) : this.tasks.runAttempt(action, signal);
      case "judge-attempt":
        return this.tasks.judge(action, signal);
      case "judge-batch":
        return this.tasks.judgeBatch(action, signal);
      case "finish-task":
        return this.tasks.finish(action, signal);
      case "reboot":
        return this.rebooting.reboot(action, signal);
      case "ask":
        return this.asking.ask(action, AbortSignal.any([signal, this.interrupted.signal]));
      case "check-step": {
        const { step, hosts } = action;
        await this.commit([{ type: "check-started", step, hosts }]);
        return this.checking.check(action, AbortSignal.any([signal, this.interrupted.signal]));
      }
      case "cancel-attempts":
        await this.tasks.cancelAll();
        return [];
    }
  }

  private stop(reason: Error): void {
    if (!this.stopped.signal.aborted) this.stopped.abort(reason);
  }
}

function interruptedEarly(): WaymarkError {
  return new WaymarkError("WM6005", "interrupted before the run went on", {
    hint: "nothing was run; `waymark resume` goes on from where it was",
    exit: EXIT.interrupted,
  });
}

/** What is needed of a host that is gone, and concerns more than one task. */
function outOfReach(error: ConnectError): WaymarkError {
  const { code, message, hint } = error;
  return new WaymarkError(code, message, {
    hint,
    exit: error instanceof HostHeld ? EXIT.paused : EXIT.unreachable,
    cause: error,
  });
}
