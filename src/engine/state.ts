import { Map as ImmutableMap, type Set as ImmutableSet } from "immutable";
import type { CarriedOver, OperatorDecided, PauseReason, ShellLeft } from "../model/event.ts";
import type { Facts } from "../model/inventory.ts";
import type { AttemptEnd, ExpectationResult, RunStatus, TaskStatus } from "../model/outcome.ts";
import type { Terminals } from "./carry-over.ts";

/*
 * What a run has come to: the fold of its events, and nothing else. Persistent maps (Immutable.js), because a run
 * of 10,000 hosts × 50 steps must advance without copying what it has been through at every event.
 */

/**
 * Where a task stands. `due`: started, the next attempt may begin. `attempting`: its attempt is on disk, the
 * command may be running. `ended`: there is a status, not judged yet. `judged` and `batch-judged`: there is a
 * verdict, to be finished or retried. `unknown`: asked for, and nobody can say.
 */
export type TaskPhase = "due" | "attempting" | "ended" | "judged" | "batch-judged" | "unknown" | "finished";

export interface Verdict {
  readonly passed: boolean;
  /** The attempt found nothing to change. */
  readonly unchanged?: true;
  readonly expectations: readonly ExpectationResult[];
}

export interface TaskState {
  readonly phase: TaskPhase;
  /** The capsule's name on the host; empty for a task that finished without one. */
  readonly task: string;
  readonly effectDigest: string;
  /** The user of `sudo` it was started with. */
  readonly user?: string;
  /** The host where it runs, when that is another (`at=`). */
  readonly where?: string;
  /** The newest attempt that was started, 0 before the first. */
  readonly attempt: number;
  /** The run's folder where it runs, when that attempt was started and as far as that was known. */
  readonly folder?: string;
  /** Time spent by all attempts so far, as the host measured it. */
  readonly spentMs: number;
  /** What it takes up from steps before it, and what it leaves once it has passed. */
  readonly carries?: CarriedOver;
  readonly leaves?: "shell" | "new-login";
  /** It passes once it is ready, and goes on; it has been ready. */
  readonly background?: true;
  readonly ready?: true;
  /** Of those: wanted again before the run goes on, since its step had come to its end. */
  readonly needed?: true;
  /** It reboots its host itself, or Waymark does once it has passed. */
  readonly reboots?: "during" | "after";
  /** Of those: the boot that its newest attempt was started under, where that is known. */
  readonly boot?: string;
  /** The boot to be left, once it waits for its host; `""` where that is not known. */
  readonly leaving?: string;
  /** The boot that its host is back with. */
  readonly rebooted?: string;
  readonly end?: {
    readonly end: AttemptEnd;
    readonly exit?: number;
    readonly reason?: string;
    /** What its shell has left. */
    readonly left?: ShellLeft;
    /** There was nothing to copy. */
    readonly unchanged?: true;
    /** Of the event that says so. */
    readonly seq: number;
  };
  readonly verdict?: Verdict;
  /** ISO time of the verdict, from which a retry waits. */
  readonly judgedAt?: string;
  readonly status?: TaskStatus;
  readonly reason?: string;
  /** The host answered that nobody can say; false when it could not even be asked. */
  readonly asked?: boolean;
  /** Asked for since its host was set aside: nobody waits for it any longer. */
  readonly letGo?: true;
  /** It had finished like this; what judges it has been edited since, so what it printed is judged again. */
  readonly rejudged?: TaskStatus;
}

export type OperatorChoice = Extract<OperatorDecided["decision"], "rerun" | "skip" | "done">;

/** An attempt of a task in the background that may be alive. */
export interface Background {
  readonly step: string;
  readonly host: string;
  readonly attempt: number;
  readonly user?: string;
  readonly where?: string;
}

/** A captured variable on one host; a secret's value stays in its capsule. */
export interface Captured {
  readonly value?: string;
  readonly secret: boolean;
  readonly step: string;
  readonly task: string;
  readonly attempt: number;
  readonly user?: string;
  readonly where?: string;
}

/** A step that failed on these hosts, and what the operator said to the step that would mend it. */
export interface Fix {
  /** Id of the step that fixes. */
  readonly by: string;
  /** `broken`: it was tried, and failed itself. */
  readonly status: "accepted" | "declined" | "broken";
  readonly hosts: readonly string[];
}

export type Ending =
  | { readonly type: "paused"; readonly reason: PauseReason; readonly detail: string }
  | { readonly type: "finished"; readonly status: RunStatus };

export interface RunState {
  readonly run: string;
  readonly token: string;
  /** Hosts at work at once. */
  readonly parallel: number;
  /** By step id, then host. */
  readonly tasks: ImmutableMap<string, ImmutableMap<string, TaskState>>;
  readonly steps: ImmutableMap<string, "ok" | "failed" | "skipped">;
  /** By step id: the hosts with which it has come to its end. */
  readonly settled: ImmutableMap<string, ImmutableSet<string>>;
  /** What was started last and is not finished. */
  readonly current?: { readonly step: string; readonly hosts: readonly string[] };
  /** The checkpoint that was reached last. */
  readonly checkpoint?: { readonly step: string; readonly passed: boolean };
  /** By step id: the hosts on which the operator wants it to run. */
  readonly confirmed: ImmutableMap<string, ImmutableSet<string>>;
  /** By step id: the items of a manual step that are done. */
  readonly ticked: ImmutableMap<string, ImmutableSet<string>>;
  /** By the id of the step that failed. */
  readonly fixes: ImmutableMap<string, Fix>;
  /** Inputs that were asked for late; undefined for a secret, whose value no journal has. */
  readonly inputs: ImmutableMap<string, string | undefined>;
  /** Host → why. */
  readonly setAside: ImmutableMap<string, string>;
  /** Name → host → capture. */
  readonly captures: ImmutableMap<string, ImmutableMap<string, Captured>>;
  readonly facts: ImmutableMap<string, Facts>;
  /** Names of the run's folders, by host, where those are known. */
  readonly folders: ImmutableMap<string, string>;
  /** What steps have left on hosts to those after them. */
  readonly terminals: Terminals;
  /** By task. */
  readonly backgrounds: ImmutableMap<string, Background>;
  /** What the operator wants of unfinished tasks, by step id, then host. */
  readonly choices: ImmutableMap<string, ImmutableMap<string, OperatorChoice>>;
  readonly interrupted?: "interrupt" | "cancel";
  /** It is to rest once this step is over; without one, once the step at work is. */
  readonly restAfter?: { readonly step?: string };
  /** Absent while the run goes on. */
  readonly ending?: Ending;
}

export const EMPTY_STATE: RunState = {
  run: "",
  token: "",
  parallel: 1,
  tasks: ImmutableMap(),
  steps: ImmutableMap(),
  settled: ImmutableMap(),
  confirmed: ImmutableMap(),
  ticked: ImmutableMap(),
  fixes: ImmutableMap(),
  inputs: ImmutableMap(),
  setAside: ImmutableMap(),
  captures: ImmutableMap(),
  facts: ImmutableMap(),
  folders: ImmutableMap(),
  terminals: ImmutableMap(),
  backgrounds: ImmutableMap(),
  choices: ImmutableMap(),
};

export function taskOf(state: RunState, step: string, host: string): TaskState | undefined {
  return state.tasks.get(step)?.get(host);
}

/** The task needs nothing more: it passed, or there was nothing to do. */
export function isDone(task: TaskState | undefined): boolean {
  return task?.phase === "finished" && task.status !== "failed" && task.status !== "unreachable";
}

/** It failed because it was ended. */
export function wasCutOff(task: TaskState | undefined): boolean {
  return task?.phase === "finished" && task.status === "failed" && task.end?.end === "cancelled";
}

/** What judges it has been edited since it passed: it is judged again, and not run again for that. */
export function passedBefore({ rejudged }: TaskState): boolean {
  return rejudged === "ok" || rejudged === "unchanged";
}
