/*
 * One attempt of a `copy` step from its beginning to its end, for each of the ways it may break off: they have to be
 * read side by side.
 */
import { dirname, resolve } from "node:path";
import type { AttemptEnd, TaskStatus } from "../model/outcome.ts";
import type { EventBody } from "../model/event.ts";
import { type Host, LOCAL } from "../model/inventory.ts";
import type { CopyLine, PlannedCopy, PlannedStep } from "../model/plan.ts";
import type { Action } from "./action.ts";
import type { AttemptOutput } from "./attempt-output.ts";
import { type CopyResult, copyLine, type CopySide, SourceLost } from "./copy-line.ts";
import { heldBack } from "./holding.ts";
import type { KeptOutputs, OutputSurroundings } from "./kept-outputs.ts";
import { type Clock, ConnectError, FilesRefused, type Session, HostHeld } from "./ports.ts";
import { taskOf } from "./state.ts";
import { Unset } from "./values.ts";

/** Hosts that files are read from for so many others at once: each is a channel there. */
const READERS = 4;

type RunAttempt = Extract<Action, { type: "run-attempt" }>;

export interface CopySurroundings extends OutputSurroundings {
  readonly clock: Clock;
}

interface Outcome {
  readonly end: AttemptEnd;
  readonly exit?: number;
  readonly reason?: string;
  readonly unchanged?: true;
}

/**
 * Performs the attempts of `copy` steps. Owns what can stop them.
 *
 * A copy that is repeated does no harm, and one that breaks off has changed nothing: no attempt is ever unknown, and
 * one that an earlier process began is made again.
 */
export class Copying {
  private readonly around: CopySurroundings;
  private readonly kept: KeptOutputs;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly running = new Map<AbortController, Promise<unknown>>();
  /** By source: those that wait for their turn, and how many have it. */
  private readonly turns = new Map<string, { taken: number; readonly waiting: (() => void)[] }>();

  constructor(around: CopySurroundings, kept: KeptOutputs) {
    this.around = around;
    this.kept = kept;
    this.hosts = new Map(around.plan.hosts.map((host) => [host.name, host]));
  }

  async attempt(
    action: RunAttempt,
    step: PlannedStep,
    copy: PlannedCopy,
    stopped: AbortSignal,
  ): Promise<readonly EventBody[]> {
    const { task, attempt } = action;
    if (action.attachOnly) {
      return [finished(action, { end: "refused", reason: "it is not made again as it was" }, 0)];
    }
    const stop = new AbortController();
    const done = Promise.withResolvers<void>();
    this.running.set(stop, done.promise);
    const output = await this.kept.open(action, step);
    const begin = this.around.clock.now().getTime();
    try {
      const outcome = await this.lines(action, step, copy, { stop, stopped, output });
      const durationMs = this.around.clock.now().getTime() - begin;
      if ("unreachable" in outcome) {
        const reason = this.around.redactor.redact(outcome.unreachable);
        return [taskFinished(action, "unreachable", reason, attempt)];
      }
      const reason = outcome.reason === undefined ? {} : { reason: this.around.redactor.redact(outcome.reason) };
      return [finished(action, { ...outcome, ...reason }, durationMs, output)];
    } catch (error) {
      if (!(error instanceof HostHeld)) throw error;
      return [heldBack(action, error, this.around.clock.now())];
    } finally {
      await output.end();
      this.running.delete(stop);
      this.kept.forget(task, attempt - 1);
      done.resolve();
    }
  }

  /** Resolves once every attempt has ended: with proof that nothing of it is left, or a word about it. */
  async cancelAll(): Promise<void> {
    const ends = [...this.running].map(([stop, done]) => {
      stop.abort(new Stopped("cancelled"));
      return done;
    });
    await Promise.all(ends);
  }

  private async lines(
    action: RunAttempt,
    step: PlannedStep,
    copy: PlannedCopy,
    around: { readonly stop: AbortController; readonly stopped: AbortSignal; readonly output: AttemptOutput },
  ): Promise<Outcome | { readonly unreachable: string }> {
    const { stop, stopped, output } = around;
    const over = new AbortController();
    const signal = AbortSignal.any([stopped, stop.signal]);
    this.around.clock.sleep(step.timeoutMs, AbortSignal.any([signal, over.signal])).then(
      () => stop.abort(new Stopped("timeout")),
      () => undefined,
    );
    try {
      let unchanged = true;
      for (const [index, line] of copy.lines.entries()) {
        if (!line.target.hosts.includes(action.host)) continue;
        const begin = this.around.clock.now().getTime();
        const result = await this.line(action, step, copy, { line, index }, signal);
        unchanged &&= result.unchanged;
        const seconds = Math.floor((this.around.clock.now().getTime() - begin) / 1000);
        // Hosts that are quick say the same, and are shown as one.
        const time = seconds < 1 ? "" : `, ${seconds} s`;
        output.sink("stdout", Buffer.from(`${line.text} – ${summary(result)}${time}\n`));
      }
      return { end: "exited", exit: 0, ...(unchanged && { unchanged }) };
    } catch (error) {
      stopped.throwIfAborted();
      if (stop.signal.reason instanceof Stopped) {
        const { end } = stop.signal.reason;
        const left = error instanceof FilesRefused ? { reason: error.message } : {};
        return { end, exit: 143, ...left };
      }
      if (error instanceof HostHeld) throw error;
      if (error instanceof TargetGone) return { unreachable: error.message };
      if (error instanceof FilesRefused || error instanceof ConnectError || error instanceof Unset) {
        output.sink("stderr", Buffer.from(`${error.message}\n`));
        return { end: "exited", exit: 1, reason: error.message };
      }
      throw error;
    } finally {
      over.abort(new Error("it is over"));
    }
  }

  /** Both connections are made again for as long as there is patience; then the line is copied from its beginning. */
  private async line(
    { step: id, host: name, task }: RunAttempt,
    step: PlannedStep,
    copy: PlannedCopy,
    { line, index }: { readonly line: CopyLine; readonly index: number },
    signal: AbortSignal,
  ): Promise<CopyResult> {
    const { sessions, values, state } = this.around;
    const [sourceHost, targetHost] = [this.host(line.source.host), this.host(name)];
    const [from, to] = [values.fill(line.source.path, name), values.fill(line.target.path, name)];
    const rules = {
      recursive: line.recursive,
      preserve: line.preserve,
      ...(copy.mode !== undefined && { mode: copy.mode }),
      ...(copy.owner !== undefined && { owner: copy.owner }),
    };
    const targetUser = taskOf(state(), id, name)?.user;
    const key = `${state().token} ${name} ${task} ${index}`;
    const leave = await this.turn(sourceHost.name, signal);
    try {
      await sessions.get(sourceHost, signal);
      return await sessions.persist(sourceHost, signal, async (source) => {
        try {
          return await sessions.persist(targetHost, signal, (target) =>
            copyLine(
              { ...this.side(source, from, step.user), ownFirst: sourceHost.name === LOCAL },
              this.side(target, to, targetUser),
              rules,
              key,
              signal,
            ),
          );
        } catch (error) {
          if (error instanceof SourceLost) throw error.lost;
          throw error instanceof ConnectError && !(error instanceof HostHeld) ? new TargetGone(error) : error;
        }
      });
    } finally {
      leave();
    }
  }

  private side({ host, files, user: login }: Session, path: string, user: string | undefined): CopySide {
    return {
      host: host.name,
      files,
      path: host.name === LOCAL ? this.besideGuide(path) : path,
      ...(user !== undefined && user !== login && { user }),
    };
  }

  /** Here relative paths begin where the guide is. What scp(1) makes of a last slash or dot is kept. */
  private besideGuide(path: string): string {
    if (path === "~" || path.startsWith("~/") || path.startsWith("/")) return path;
    const absolute = resolve(dirname(this.around.plan.guide.path), path);
    return /(^|\/)\.$/.test(path) ? `${absolute}/.` : path.endsWith("/") ? `${absolute}/` : absolute;
  }

  /** Waits for a turn to read from a host. @returns what gives it up */
  private async turn(host: string, signal: AbortSignal): Promise<() => void> {
    const turns = this.turns.get(host) ?? { taken: 0, waiting: [] };
    this.turns.set(host, turns);
    while (turns.taken >= READERS) {
      signal.throwIfAborted();
      const next = Promise.withResolvers<void>();
      turns.waiting.push(next.resolve);
      signal.addEventListener("abort", () => next.resolve(), { once: true });
      await next.promise;
    }
    signal.throwIfAborted();
    turns.taken++;
    return () => {
      turns.taken--;
      for (const resume of turns.waiting.splice(0)) resume();
    };
  }

  private host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name} in the plan`);
    return host;
  }
}

/** Why an attempt is stopped before its end. */
class Stopped extends Error {
  override readonly name = "Stopped";
  readonly end: "timeout" | "cancelled";
  constructor(end: "timeout" | "cancelled") {
    super(end);
    this.end = end;
  }
}

/** The host that the task is about is out of reach. */
class TargetGone extends Error {
  override readonly name = "TargetGone";
  constructor({ message, hint }: ConnectError) {
    super(`${message} (${hint})`);
  }
}

function summary({ files, bytes, unchanged }: CopyResult): string {
  if (unchanged) return "unchanged";
  if (files === 0) return "only modes, owners or times changed";
  return `${files} ${files === 1 ? "file" : "files"}, ${bytes} bytes`;
}

function finished(
  { step, host, task, attempt }: RunAttempt,
  outcome: Outcome,
  durationMs: number,
  output?: AttemptOutput,
): EventBody {
  const { stdout, stderr } = output?.offsets ?? { stdout: 0, stderr: 0 };
  const common = { type: "attempt-finished", step, host, task, attempt } as const;
  return { ...common, ...outcome, durationMs, stdoutBytes: stdout, stderrBytes: stderr };
}

function taskFinished({ step, host }: RunAttempt, status: TaskStatus, reason: string, attempts: number): EventBody {
  return { type: "task-finished", step, host, status, reason, durationMs: 0, attempts, expectations: [] };
}
