/*
 * One list, and long for that: the journal is a format, and whoever reads or writes it finds all of it here.
 */
import type { AttemptEnd, ExpectationResult, RunStatus, TaskStatus } from "./outcome.ts";
import type { Facts } from "./inventory.ts";

/**
 * Everything that happens in a run, as written to `journal.ndjson` and printed by `--json`: one JSON object a line.
 * Secret values never appear in an event.
 */
export type RunEvent = Stamp & EventBody;

export interface Stamp {
  readonly v: 1;
  /** From 1, without gaps. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
}

/** A step on a host. */
export interface TaskRef {
  readonly step: string;
  readonly host: string;
}

export type EventBody =
  | RunStarted
  | RunResumed
  | GuideChanged
  /** `note`: what had to be done without there, in a sentence. */
  | {
      readonly type: "host-connected";
      readonly host: string;
      /** What had to be done without. */
      readonly note?: string;
      /** Names the run's folder there, and no other that is made in its place. Absent: that cannot be told. */
      readonly folder?: string;
    }
  | { readonly type: "host-lost"; readonly host: string; readonly reason: string }
  | RebootStarted
  | HostRebooted
  | { readonly type: "host-facts"; readonly host: string; readonly facts: Facts }
  | { readonly type: "host-set-aside"; readonly host: string; readonly step: string; readonly reason: string }
  | { readonly type: "step-started"; readonly step: string; readonly hosts: readonly string[] }
  | TaskStarted
  | AttemptStarted
  | AttemptFinished
  | AttemptJudged
  | BackgroundEnded
  | BatchJudged
  | TaskFinished
  | (TaskRef & {
      readonly type: "task-unknown";
      readonly task: string;
      readonly attempt: number;
      readonly reason: string;
      /** False: its host could not even be asked. */
      readonly asked: boolean;
    })
  | TaskDeferred
  | {
      /** Another run has the host, and this one waits for it. */
      readonly type: "host-held";
      readonly host: string;
      readonly holder: Holder;
      /** ISO time: no longer than that. */
      readonly until: string;
    }
  | { readonly type: "step-finished"; readonly step: string; readonly status: "ok" | "failed" | "skipped" }
  | VariableCaptured
  | { readonly type: "checkpoint-reached"; readonly step: string; readonly text: string }
  | OperatorDecided
  | { readonly type: "check-started"; readonly step: string; readonly hosts: readonly string[] }
  | CheckFinished
  | (TaskRef & { readonly type: "step-undone"; readonly by?: string })
  | { readonly type: "timer-fired"; readonly key: string }
  | { readonly type: "run-paused"; readonly reason: PauseReason; readonly step?: string; readonly detail: string }
  | {
      readonly type: "run-finished";
      readonly status: RunStatus;
      /** Hosts set aside at the end. */
      readonly setAside: readonly string[];
    };

export type EventType = EventBody["type"];

export interface RunStarted {
  readonly type: "run-started";
  readonly run: string;
  /** 16 lower-case hex digits, random: names the run's directory on hosts, where it must not be guessable. */
  readonly token: string;
  readonly waymark: string;
  readonly guide: GuideRevision;
  /** How to find the same inventory again. */
  readonly inventory: InventorySource;
  /** Values of the inputs that are not secret. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Secret inputs by name: given again or fetched again on resume. */
  readonly secretInputs: readonly string[];
  readonly parallel: number;
  /** It is no run: `waymark verify` looks. */
  readonly verify?: true;
}

export interface GuideRevision {
  /** Absolute. */
  readonly path: string;
  /** SHA-256 of the bytes, hex; the copy is `guide/<first 12 digits>.md` in the run folder. */
  readonly digest: string;
}

export interface InventorySource {
  /** Absolute. */
  readonly file?: string;
  /** The values of `--host`. */
  readonly hosts: readonly string[];
}

export interface RunResumed {
  readonly type: "run-resumed";
  readonly waymark: string;
  /** Set-aside hosts are to be brought up to date. */
  readonly retryFailed: boolean;
  /** Hosts at work at once. */
  readonly parallel: number;
  /** Values of the inputs that are not secret, from here on. Absent: as they were. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** The run is being undone: nothing else is run. */
  readonly undo?: boolean;
}

/** The guide was edited since the last revision that this run used. */
export interface GuideChanged {
  readonly type: "guide-changed";
  readonly guide: GuideRevision;
  /** Old step id → new step id, for every step that lives on. */
  readonly renamed: Readonly<Record<string, string>>;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** New ids of the steps whose effect is not what it was. */
  readonly changed: readonly string[];
  /** New ids of the steps that do what they did and are judged differently. */
  readonly rejudged?: readonly string[];
  /** New ids of the steps that stand elsewhere among those that live on. */
  readonly moved?: readonly string[];
}

/** On disk before anything of the task may happen on its host. */
export interface TaskStarted extends TaskRef {
  readonly type: "task-started";
  /** Opaque, 32 lower-case hex digits: names the capsule on the host. */
  readonly task: string;
  /** The step's effect when it was started. */
  readonly effectDigest: string;
  /** The user of `sudo`: who owns the capsule. */
  readonly user?: string;
  /** The host where it runs, when that is another (`at=`). */
  readonly where?: string;
  /** What it takes up from steps before it, in each of its attempts. */
  readonly carries?: CarriedOver;
  /** What it leaves there once it has passed: what its shell does, or a login made anew. Absent: all as it was. */
  readonly leaves?: "shell" | "new-login";
  /** It reboots its host (`host`, wherever it runs) itself, or Waymark does once it has passed. */
  readonly reboots?: "during" | "after";
  /** It passes once it is ready, and its job goes on. */
  readonly background?: true;
}

/** What went on in the background after its task had passed, or may have been left by a process that is gone, has ended. */
export interface BackgroundEnded extends TaskRef {
  readonly type: "background-ended";
  readonly task: string;
  readonly attempt: number;
  /** `cancelled`: most likely because the run rests or is over. Absent: nobody can say how. */
  readonly end?: AttemptEnd;
  readonly exit?: number;
  readonly reason?: string;
  /** It may be alive on a host that is out of reach, where it ends by itself. */
  readonly unproven?: true;
}

export interface AttemptStarted extends TaskRef {
  readonly type: "attempt-started";
  readonly task: string;
  readonly attempt: number;
  /** Of tasks that reboot their host: what names its boot before that. Absent: it could not be reached. */
  readonly boot?: string;
}

/**
 * The task has passed, and goes on once its host is back with another boot. Where Waymark reboots it: on disk before
 * that.
 */
export interface RebootStarted extends TaskRef {
  readonly type: "reboot-started";
  readonly task: string;
  readonly attempt: number;
  /** The boot that it is to leave. Absent: it could not be reached before. */
  readonly boot?: string;
}

/** A host that a step reboots is back. Boots are named by boot id and the start of process 1. */
export interface HostRebooted extends TaskRef {
  readonly type: "host-rebooted";
  /** The boot before; absent: it could not be reached then. */
  readonly before?: string;
  readonly boot: string;
}

/** One attempt of a task. */
export interface CapsuleRef {
  readonly task: string;
  readonly attempt: number;
}

/** What steps before it, where it runs, have left to a task. */
export interface CarriedOver {
  /** Whose exports, of the same user. Absent: the login's. */
  readonly exports?: CapsuleRef;
  /** The directory that one ended in. Absent: the user's home, or the step says where. */
  readonly dir?: string;
  /** That is the home of somebody: who cannot enter it starts in the own. */
  readonly home?: true;
}

/** What a shell has left to the steps after it. */
export interface ShellLeft {
  /** `kept`: they can be taken up from its capsule. `none`: the login's. `as-found`: what it had taken up itself. */
  readonly exports: "kept" | "none" | "as-found";
  /** Where it ended; absent where that cannot be told, or holds a secret. */
  readonly dir?: string;
  /** That is the home of its user. */
  readonly home?: true;
}

export interface AttemptFinished extends TaskRef {
  readonly type: "attempt-finished";
  readonly task: string;
  readonly attempt: number;
  readonly end: AttemptEnd;
  /** Exit status 0–255; 128 + signal number when a signal ended it; absent for `refused`. */
  readonly exit?: number;
  readonly durationMs: number;
  /** Bytes printed. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** What the host said, for ends other than `exited`, and of a copy that failed. */
  readonly reason?: string;
  /** Of `copy` steps: everything was at its target already. */
  readonly unchanged?: true;
  /** Of tasks that leave what their shell does. */
  readonly left?: ShellLeft;
}

/**
 * The task is not begun, or gone on with, this time: another run has the host where it is to be done, or the operator
 * wanted to stop before anything of it was done.
 */
export interface TaskDeferred extends TaskRef {
  readonly type: "task-deferred";
  readonly reason: "held" | "interrupted";
  /** The host that is held, when that is another (`at=`, the source of a copy). */
  readonly where?: string;
  /** Of `held`. */
  readonly holder?: Holder;
}

/** Who has a host, as its lease says. */
export interface Holder {
  readonly run: string;
  /** `user@machine` */
  readonly owner: string;
  /**
   * `connected`: Waymark holds it. `at work`: Waymark is gone, and something that it began there is not over.
   * `restarted`: the host was, a moment ago; the run may be about to come back.
   */
  readonly state: "connected" | "at work" | "restarted";
  /** When it was taken, by this machine's clock. */
  readonly since?: string;
  /** How long ago it was renewed last. */
  readonly renewedMs?: number;
}

/** The per-host expectations of one attempt. */
export interface AttemptJudged extends TaskRef {
  readonly type: "attempt-judged";
  readonly attempt: number;
  readonly passed: boolean;
  /** There was nothing to change: a file is as it should be. */
  readonly unchanged?: true;
  readonly expectations: readonly ExpectationResult[];
  /** Of tasks in the background, which go on: until they were ready. */
  readonly durationMs?: number;
}

/** The expectations over `results`, judged once for all hosts of the batch whose own expectations passed. */
export interface BatchJudged {
  readonly type: "batch-judged";
  readonly step: string;
  readonly attempt: number;
  readonly hosts: readonly string[];
  readonly passed: boolean;
  readonly expectations: readonly ExpectationResult[];
}

export interface TaskFinished extends TaskRef {
  readonly type: "task-finished";
  readonly status: TaskStatus;
  readonly exit?: number;
  readonly durationMs: number;
  readonly attempts: number;
  /** Why it was skipped, or what went wrong: one line. */
  readonly reason?: string;
  readonly expectations: readonly ExpectationResult[];
}

export interface VariableCaptured extends TaskRef {
  readonly type: "variable-captured";
  readonly name: string;
  /** Absent for a secret: the value stays in the capsule of `task` and `attempt`. */
  readonly value?: string;
  readonly secret: boolean;
  readonly task: string;
  readonly attempt: number;
  /** The user of `sudo`: who owns that capsule. */
  readonly user?: string;
  /** The host where that capsule is, when that is another (`at=`). */
  readonly where?: string;
}

/**
 * Every choice a person makes. `continue`: past a checkpoint. `confirm`: the step may run. `tick`: one item of a manual
 * step is done. `fix` or `no-fix`: whether the step `fix` is to mend what failed. `input`: a value that was asked for late.
 * `rest-after`: the run is to rest once `step` is over, with the batch that is at it or comes to it next; without `step`,
 * or where nothing of it is left, once the step at work is, else the next one. The next of them takes its place, and
 * `no-rest` and `run-resumed` take it back. `set-aside`: the run goes on without `hosts`, whatever their tasks have come to.
 * `shell`: nothing is done about the run; somebody had a shell on `hosts`, where `step` stands.
 */
export interface OperatorDecided {
  readonly type: "operator-decided";
  readonly decision:
    | "rerun"
    | "skip"
    | "done"
    | "interrupt"
    | "cancel"
    | "continue"
    | "confirm"
    | "tick"
    | "fix"
    | "no-fix"
    | "input"
    | "rest-after"
    | "no-rest"
    | "set-aside"
    | "shell";
  readonly step?: string;
  /** Absent: all hosts of the step. */
  readonly hosts?: readonly string[];
  /** Of `tick`: the text of the item. */
  readonly item?: string;
  /** Of `fix` and `no-fix`: the id of the step that fixes. */
  readonly fix?: string;
  /** Of `input`. */
  readonly name?: string;
  /** Of `input`; absent for a secret. */
  readonly value?: string;
}

/** A `verify` step that had passed, looked at again. Never a task: nothing depends on it. */
export interface CheckFinished extends TaskRef {
  readonly type: "check-finished";
  /** `drifted`: it holds no longer. `unverifiable`: it could not be looked at, and `reason` says why. */
  readonly status: "ok" | "drifted" | "unverifiable";
  readonly exit?: number;
  readonly durationMs: number;
  readonly reason?: string;
  readonly expectations: readonly ExpectationResult[];
}

/** Why a run stopped on purpose. `asked`: it was to rest after a step, which is over. */
export type PauseReason =
  | "asked"
  | "held"
  | "unknown"
  | "interrupted"
  | "checkpoint"
  | "confirm"
  | "manual"
  | "interactive"
  | "input";

/** `--json` only: never in the journal. */
export interface TaskOutput extends TaskRef {
  readonly type: "task-output";
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}
