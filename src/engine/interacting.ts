import type { Host } from "../model/inventory.ts";
import type { EventBody } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { HostSessions } from "./host-sessions.ts";
import type { InteractEnd, Job, JobEnd, Operator, Session } from "./ports.ts";

/** A host that hangs up so often when a terminal is asked for is not asked for one any more. */
const TRIES = 3;

export interface InteractingSurroundings {
  readonly operator: Operator;
  readonly sessions: HostSessions;
  /** The operator wants to stop, or is gone: the terminal is taken away from whoever has it. */
  readonly interrupted: AbortSignal;
}

/** Gives the operator's terminal to `interactive` steps: to one host at a time, in the order in which they ask. */
export class Interacting {
  private readonly around: InteractingSurroundings;
  private last: Promise<unknown> = Promise.resolve();

  constructor(around: InteractingSurroundings) {
    this.around = around;
  }

  /** What a step that needs a terminal comes to where there is none; undefined where there is one. */
  missing(step: PlannedStep, host: string): EventBody | undefined {
    if (step.interactive !== true || this.around.operator.lend !== undefined) return undefined;
    return wanting(step, host);
  }

  /**
   * Runs a job on the terminal.
   * @param name of the host that the step is for; it runs on `host`
   * @param known how it has ended, where it must not be begun on a session any more
   * @returns how it ended, or the event that says why it is not known how
   */
  async run(
    step: PlannedStep,
    name: string,
    host: Host,
    job: () => Job,
    known: (session: Session) => Promise<JobEnd | undefined>,
    signal: AbortSignal,
  ): Promise<JobEnd | EventBody> {
    const before = this.last;
    const turn = Promise.withResolvers<void>();
    this.last = turn.promise;
    try {
      await before;
      signal.throwIfAborted();
      const end = await this.interact(step, name, host, job(), known, signal);
      if (isEnd(end)) return end;
      if (end.type === "not-begun" && !this.around.interrupted.aborted) return wanting(step, name);
      return { type: "run-paused", reason: "interrupted", step: step.id, detail: "interrupted by the operator" };
    } finally {
      turn.resolve();
    }
  }

  private async interact(
    { title }: PlannedStep,
    name: string,
    host: Host,
    job: Job,
    known: (session: Session) => Promise<JobEnd | undefined>,
    signal: AbortSignal,
  ): Promise<InteractEnd> {
    const { operator, sessions, interrupted } = this.around;
    const lend = operator.lend?.({ title, host: name });
    let tries = 0;
    return sessions.persist(host, signal, async (session) => {
      const over = await known(session);
      if (over !== undefined) return over;
      if (++tries <= TRIES) return session.interact(job, lend, interrupted, signal);
      const end = await session.attach(job.key, { stdout: 0, stderr: 0 }, () => {}, signal);
      const hangsUp = `${host.name} hangs up when it is asked for a terminal`;
      return end.type === "refused" ? { ...end, reason: hangsUp } : end;
    });
  }
}

function isEnd(end: InteractEnd): end is JobEnd {
  return end.type !== "left" && end.type !== "not-begun";
}

function wanting(step: PlannedStep, host: string): EventBody {
  return { type: "run-paused", reason: "interactive", step: step.id, detail: host };
}
