import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { TaskRef } from "../model/event.ts";
import type { Host } from "../model/inventory.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import { AttemptOutput, WITHHELD } from "./attempt-output.ts";
import type { HostSessions } from "./host-sessions.ts";
import { needsOutput } from "./judging.ts";
import { ConnectError, type JobKey, type Journal, type Redactor, type Reporter, HostHeld } from "./ports.ts";
import { type RunState, taskOf } from "./state.ts";
import type { Values } from "./values.ts";

/** Of a variable: it is a line of the journal. */
const CAPTURE_BYTES = 1024 * 1024;
/** Of a secret: each of its beginnings is looked for in all that is printed from then on. */
const SECRET_BYTES = 64 * 1024;

/** One attempt of a task. */
export interface AttemptRef extends TaskRef {
  readonly task: string;
  readonly attempt: number;
}

/** Whose capsule it is, and on which host if not on its own. */
interface Owner {
  readonly user?: string | undefined;
  readonly where?: string | undefined;
}

export interface OutputSurroundings {
  readonly plan: Plan;
  readonly state: () => RunState;
  readonly values: Values;
  readonly sessions: HostSessions;
  readonly journal: Journal;
  readonly redactor: Redactor;
  readonly reporter: Reporter;
}

/**
 * Owns what attempts have printed until their tasks are finished, and reads it back from their capsules after a
 * resume. Whatever a secret step printed is known to the redactor as soon as it is here.
 */
export class KeptOutputs {
  private readonly around: OutputSurroundings;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly outputs = new Map<string, AttemptOutput>();

  constructor(around: OutputSurroundings) {
    this.around = around;
    this.hosts = new Map(around.plan.hosts.map((host) => [host.name, host]));
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
      const output = await this.readBack(ref, signal, ref).catch(onlyUnreachable);
      if (output instanceof AttemptOutput) this.hide(output);
    });
    await Promise.all([
      ...withheld,
      ...missing.map(async (secret) => {
        const { name, host, captured: ref } = secret;
        const lost = await this.recall(secret, signal);
        if (lost === undefined || again({ step: ref.step, host })) return;
        throw new WaymarkError("WM6004", `the secret ${name} cannot be read back from ${host}: ${lost.why}`, {
          hint: `resume when ${host} can be reached, or capture it again: waymark resume --rerun ${ref.step}`,
          exit: lost.exit,
        });
      }),
    ]);
  }

  /** Reads one of them back. @returns why it cannot be had, and what a run that needs it exits with */
  private async recall(
    { name, host, captured: { task, attempt, step, user, where } }: ReturnType<Values["missingSecrets"]>[number],
    signal: AbortSignal,
  ): Promise<{ readonly why: string; readonly exit: ExitCode } | undefined> {
    const known = this.hosts.has(where ?? host);
    if (!known) return { why: "the inventory no longer has that host", exit: EXIT.failed };
    const ref = { step, host, task, attempt };
    const output = await this.readBack(ref, signal, { user, where }).catch(onlyUnreachable);
    if (output === undefined) return { why: "it is gone from there", exit: EXIT.failed };
    if (output instanceof ConnectError) {
      return { why: output.message, exit: output instanceof HostHeld ? EXIT.paused : EXIT.unreachable };
    }
    this.around.values.addSecret(name, host, captured(output));
    return undefined;
  }

  /** What secret steps have printed that no variable holds. */
  private withheldOutputs(): readonly (AttemptRef & Owner)[] {
    const secret = this.around.plan.steps.filter((step) => printsSecret(step) && step.capture === undefined);
    return secret.flatMap(({ id }) =>
      [...(this.around.state().tasks.get(id) ?? [])]
        .filter(([host, { status, attempt, where }]) => status === "ok" && attempt > 0 && this.hosts.has(where ?? host))
        .map(([host, { task, attempt, user, where }]) => ({ step: id, host, task, attempt, user, where })),
    );
  }

  /** The capsule of an attempt. @param owner where the state does not know it */
  keyOf(ref: AttemptRef, owner: Owner = {}): JobKey {
    const known = taskOf(this.around.state(), ref.step, ref.host);
    const user = owner.user ?? known?.user;
    const { host, task, attempt } = ref;
    const place = owner.where ?? known?.where ?? host;
    return { token: this.around.state().token, host: place, task, attempt, ...(user !== undefined && { user }) };
  }

  /** Makes room for what an attempt is about to print, here and in its log. */
  async open(ref: AttemptRef, step: PlannedStep): Promise<AttemptOutput> {
    // What happens on the operator's terminal is not kept.
    if (step.interactive === true) return new AttemptOutput({ ref, redactor: this.around.redactor, keep: false });
    const log = await this.around.journal.openLog(ref.step, ref.host, ref);
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

  /** Nothing will be judged or captured of it any more. */
  forget(task: string, attempt: number): void {
    this.outputs.delete(outputKey(task, attempt));
  }

  /** From here on what a secret step printed is hidden wherever it turns up. */
  async close(step: PlannedStep, output: AttemptOutput): Promise<void> {
    if (printsSecret(step)) this.hide(output);
    await output.end();
  }

  /** What an attempt printed: still in memory, or from its capsule again. */
  async of(step: PlannedStep, ref: AttemptRef, signal: AbortSignal): Promise<AttemptOutput | undefined> {
    const known = this.outputs.get(outputKey(ref.task, ref.attempt));
    // What a copy says of itself is in the log; no host has it.
    if (known !== undefined || !needsOutput(step) || step.action.kind === "copy")
      return known ?? new AttemptOutput({ ref, redactor: this.around.redactor, keep: false });
    const output = await this.readBack(ref, signal);
    if (output === undefined) return undefined;
    if (printsSecret(step)) this.hide(output);
    this.outputs.set(outputKey(ref.task, ref.attempt), output);
    return output;
  }

  /** Why what it printed can be no variable, or is too much to be hidden wherever it turns up; undefined: it is fine. */
  tooLong(step: PlannedStep, output: AttemptOutput): string | undefined {
    const { bytes, truncated } = output.bytes("stdout");
    if ((step.capture === undefined && !printsSecret(step)) || bytes.length <= SECRET_BYTES) return undefined;
    const value = captured(output);
    // What contains a secret is one.
    const hidden = printsSecret(step) || this.around.redactor.redact(value) !== value;
    const most = hidden ? SECRET_BYTES : CAPTURE_BYTES;
    if (bytes.length <= most) return undefined;
    const size = `${truncated ? "more than " : ""}${Math.ceil(bytes.length / 1024)} KiB`;
    return `stdout has ${size}; ${hidden ? "a secret" : "a variable"} may have ${most / 1024} KiB`;
  }

  private hide(output: AttemptOutput): void {
    this.around.redactor.add(captured(output).slice(0, SECRET_BYTES));
  }

  private async readBack(ref: AttemptRef, signal: AbortSignal, owner?: Owner): Promise<AttemptOutput | undefined> {
    const key = this.keyOf(ref, owner);
    const output = new AttemptOutput({ ref, redactor: this.around.redactor, keep: true });
    const end = await this.around.sessions.persist(this.host(key.host), signal, (session) =>
      session.attach(key, output.offsets, output.sink, signal),
    );
    // What was cut short by the reboot that it was to cause has no other end.
    const isCutShort = taskOf(this.around.state(), ref.step, ref.host)?.end?.end === "rebooted";
    return end.type === "ended" || (isCutShort && end.type === "unknown") ? output : undefined;
  }

  private host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name} in the plan`);
    return host;
  }
}

/** What it prints is a secret as a whole; only of a file it is no more than whether that has changed. */
function printsSecret({ secret, action }: PlannedStep): boolean {
  return secret && action.kind !== "file";
}

/** stdout, less its last newline. */
export function captured(output: AttemptOutput): string {
  return new TextDecoder().decode(output.bytes("stdout").bytes).replace(/\r?\n$/, "");
}

/** For `catch`: a host out of reach is an answer, anything else is not. */
export function onlyUnreachable(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  throw error;
}

function outputKey(task: string, attempt: number): string {
  return `${task}.${attempt}`;
}
