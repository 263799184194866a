/*
 * Hosts that reboot on purpose: which boot an attempt begins in, what an end means that the reboot has cut short, and
 * the wait until the host is back. One file, since all of them turn on the same comparison of boots.
 */
import type { EventBody, TaskRef } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { Action } from "./action.ts";
import { answerOf } from "./facts-in-time.ts";
import { type HostSessions, mayPass } from "./host-sessions.ts";
import { REBOOT } from "./next-action.ts";
import { heldBack } from "./holding.ts";
import {
  type Clock,
  ConnectError,
  ConnectionLost,
  type JobEnd,
  type Redactor,
  type Session,
  HostHeld,
} from "./ports.ts";
import { type RunState, type TaskState, taskOf } from "./state.ts";

/** A host that is to reboot and still answers after that long is not going to. `shutdown -r` alone takes a minute. */
const STILL_UP_MS = 5 * 60_000;
/** Between two looks whether it is back. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** What a shutdown ends processes with: 128 and HUP, KILL, TERM. */
const ENDED_BY_SHUTDOWN: ReadonlySet<number> = new Set([129, 137, 143]);

export interface RebootSurroundings {
  readonly plan: { readonly hosts: readonly Host[]; readonly steps: readonly PlannedStep[] };
  readonly state: () => RunState;
  readonly sessions: HostSessions;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly record: (...events: readonly EventBody[]) => Promise<void>;
  /** The operator wants to stop: nobody waits for hosts any longer. */
  readonly interrupted: AbortSignal;
}

/** How a wait for another boot ended. `up`: it has not left the one that it was in. */
type Waited =
  | { readonly type: "back"; readonly boot: string }
  | { readonly type: "up" }
  | { readonly type: "away" | "refused"; readonly reason: string };

/** What an end of a block that reboots its host comes to. */
export type Meaning =
  | { readonly type: "as-it-is"; readonly end: JobEnd }
  | { readonly type: "rebooted"; readonly events: readonly EventBody[] }
  /** Its host is not back yet. */
  | { readonly type: "away"; readonly reason: string };

export class Rebooting {
  private readonly around: RebootSurroundings;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly steps: ReadonlyMap<string, PlannedStep>;

  constructor(around: RebootSurroundings) {
    this.around = around;
    this.hosts = new Map(around.plan.hosts.map((host) => [host.name, host]));
    this.steps = new Map(around.plan.steps.map((step) => [step.id, step]));
  }

  /**
   * The event as it is written down: an attempt of a task that reboots its host names the boot it begins in. Where that
   * cannot be had, its host being needed for the attempt, the task is over instead.
   */
  async begun(event: EventBody, signal: AbortSignal): Promise<EventBody> {
    if (event.type !== "attempt-started") return event;
    const task = this.task(event);
    if (task?.reboots === undefined) return event;
    const elsewhere = task.where !== undefined && task.where !== event.host;
    const end = (status: "failed" | "unreachable", why: string): EventBody => {
      const { step, host, attempt } = event;
      const reason = this.around.redactor.redact(why);
      const attempts = attempt - 1;
      const { spentMs: durationMs } = task;
      return { type: "task-finished", step, host, status, reason, durationMs, attempts, expectations: [] };
    };
    try {
      const session = await this.beginsOn(this.host(event.host), elsewhere, signal);
      if (session.boot !== "") return { ...event, boot: session.boot };
      return end("failed", `${event.host} does not say when it was booted: nobody could tell whether it has rebooted`);
    } catch (error) {
      if (!(error instanceof ConnectError || error instanceof ConnectionLost)) throw error;
      if (error instanceof HostHeld) return heldBack(event, error, this.around.clock.now());
      // What is done elsewhere may be about to switch it on.
      if (elsewhere) return event;
      const hint = error instanceof ConnectError ? ` (${error.hint})` : "";
      return end("unreachable", `${error.message}${hint}`);
    }
  }

  /**
   * What the end of a `reboot` block means that ran on the very host: one that the reboot may have cut short is waited
   * for until it is clear whether it has.
   */
  async meaning(ref: TaskRef, end: JobEnd, signal: AbortSignal): Promise<Meaning> {
    const { boot: before } = this.task(ref) ?? {};
    const asItIs = { type: "as-it-is", end } as const;
    if (before === undefined || !mayBeCutShort(end)) return asItIs;
    const host = this.host(ref.host);
    const now = (await this.around.sessions.current(host))?.boot;
    if (now === undefined || now === before) {
      if (end.type === "refused") return asItIs;
      const waited = await this.wait(host, before, this.step(ref).timeoutMs, signal);
      if (waited.type === "up") return asItIs;
      if (waited.type !== "back") return { type: "away", reason: waited.reason };
      return { type: "rebooted", events: [rebooted(ref, before, waited.boot)] };
    }
    if (end.type !== "refused") return { type: "rebooted", events: [rebooted(ref, before, now)] };
    const reason = `${ref.host} has rebooted, and nothing is left there of what was begun before: is /var/tmp in memory?`;
    return { type: "as-it-is", end: { type: "unknown", reason } };
  }

  /** The task has passed: has its host reboot, where that is Waymark's part, and waits until it is back. */
  async reboot(action: Extract<Action, { type: "reboot" }>, stopped: AbortSignal): Promise<readonly EventBody[]> {
    const { step: id, host: name, task, attempt } = action;
    const step = this.step(action);
    const host = this.host(name);
    const known = this.task(action);
    const ref = { step: id, host: name } as const;
    const finished = (why: string): EventBody => {
      const reason = this.around.redactor.redact(why);
      const { spentMs: durationMs = 0, end } = known ?? {};
      const exit = end?.exit === undefined ? {} : { exit: end.exit };
      return {
        type: "task-finished",
        ...ref,
        status: "failed",
        reason,
        durationMs,
        attempts: attempt,
        expectations: [],
        ...exit,
      };
    };
    try {
      const before = await this.leave(action, known, host, step.timeoutMs, stopped);
      if (before === "" && known?.reboots === "after") return [finished(`${name} does not say when it was booted`)];
      const order = known?.reboots === "after" ? (session: Session) => session.reboot(before) : undefined;
      const waited = await this.wait(host, before, step.timeoutMs, stopped, order);
      switch (waited.type) {
        case "back":
          return [rebooted(ref, before, waited.boot)];
        case "refused":
          return [finished(`it has passed, and Waymark cannot reboot ${name}: ${waited.reason}`)];
        case "away":
          return [this.unknown(action, waited.reason)];
        case "up": {
          const explanation = `${name} did not reboot within ${minutes(Math.min(STILL_UP_MS, step.timeoutMs))}`;
          if (known?.reboots === "after") return [finished(`it has passed, and ${explanation}`)];
          const { line } = step.span.start;
          const broken = { source: REBOOT, line, passed: false, explanation };
          return [{ type: "attempt-judged", ...ref, attempt, passed: false, expectations: [broken] }];
        }
      }
    } catch (error) {
      // The run is about to pause; whoever resumes it goes on waiting.
      if (this.around.interrupted.aborted && !stopped.aborted) return [];
      if (error instanceof ConnectError) return [this.unknown({ ...ref, task, attempt }, error.message)];
      throw error;
    }
  }

  /** Writes down which boot is to be left, unless that has been. @returns it; `""`: not known */
  private async leave(
    { step, host: name, task, attempt }: Extract<Action, { type: "reboot" }>,
    known: TaskState | undefined,
    host: Host,
    patienceMs: number,
    signal: AbortSignal,
  ): Promise<string> {
    if (known?.leaving !== undefined) return known.leaving;
    const absence = { patienceMs, stop: this.around.interrupted };
    const boot =
      known?.reboots === "during"
        ? known.boot
        : await this.around.sessions.persist(host, signal, async (session) => session.boot, absence);
    const named = boot === undefined || boot === "" ? {} : { boot };
    await this.around.record({ type: "reboot-started", step, host: name, task, attempt, ...named });
    return boot ?? "";
  }

  /**
   * Waits until a host is there in another boot than `before`. While it is there in that one it is asked now and then,
   * and given the order, if there is one, until it has taken it.
   */
  private async wait(
    host: Host,
    before: string,
    patienceMs: number,
    stopped: AbortSignal,
    order?: (session: Session) => ReturnType<Session["reboot"]>,
  ): Promise<Waited> {
    const { sessions, clock, interrupted } = this.around;
    const signal = AbortSignal.any([stopped, interrupted]);
    const now = (): number => clock.now().getTime();
    const stillUp = now() + Math.min(STILL_UP_MS, patienceMs);
    let awaySince: number | undefined;
    let ordered = order === undefined;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const tried = now();
      try {
        const session = await sessions.reach(host, stopped, interrupted);
        if (session.boot !== before) return { type: "back", boot: session.boot };
        if (!ordered && order !== undefined) {
          const answer = await sessions.asking(host, session, order);
          if (answer.type === "refused") return answer;
          ordered = true;
        } else await sessions.answering(host, stopped, interrupted);
        awaySince = undefined;
        if (now() >= stillUp) return { type: "up" };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ConnectError || error instanceof ConnectionLost)) throw error;
        if (error instanceof ConnectError && !mayPass(error, true)) return { type: "away", reason: error.message };
        if (awaySince === undefined) {
          awaySince = tried;
          pauseMs = FIRST_PAUSE_MS;
        }
        if (now() - awaySince >= patienceMs) {
          const reason = `${host.name} has not come back within ${minutes(patienceMs)} of going down: ${error.message}`;
          return { type: "away", reason };
        }
      }
      await clock.sleep(pauseMs, signal);
    }
  }

  /** A host that is needed is waited for; one whose block runs elsewhere is tried once. */
  private beginsOn(host: Host, elsewhere: boolean, signal: AbortSignal): Promise<Session> {
    const { sessions, clock } = this.around;
    if (elsewhere) return sessions.answering(host, signal);
    return sessions.persist(host, signal, async (session) => {
      await answerOf(session, clock, signal);
      return session;
    });
  }

  private unknown({ step, host, task, attempt }: TaskRef & { task: string; attempt: number }, why: string): EventBody {
    const reason = this.around.redactor.redact(why);
    return { type: "task-unknown", step, host, task, attempt, reason, asked: false };
  }

  private task({ step, host }: TaskRef): TaskState | undefined {
    return taskOf(this.around.state(), step, host);
  }

  private step({ step: id }: TaskRef): PlannedStep {
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

/** @param before `""`: not known */
function rebooted({ step, host }: TaskRef, before: string, boot: string): EventBody {
  return { type: "host-rebooted", step, host, ...(before !== "" && { before }), boot };
}

/** Nobody can say how it ended, or it was ended as a shutdown does, or there is nothing of it. */
function mayBeCutShort(end: JobEnd): boolean {
  return end.type !== "ended" || (end.end === "exited" && ENDED_BY_SHUTDOWN.has(end.exit));
}

function minutes(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}
