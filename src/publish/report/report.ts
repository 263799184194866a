import type { PauseReason } from "../../model/event.ts";
import type { AttemptEnd, ExpectationResult } from "../../model/outcome.ts";
import type { AskedTime } from "../../story/answer-times.ts";
import type { LineChange } from "../../story/line-diff.ts";
import type { RunView, StepView, Stretch, TaskView } from "../../story/run-fold.ts";

/**
 * What happened in a run: everything that its pages, tables and files say, and what `waymark report --to json` prints.
 * Secret values are nowhere in it. Times are ISO 8601, UTC; durations milliseconds.
 */
export interface Report {
  readonly v: 1;
  readonly run: string;
  /** It is none: `waymark verify` looked. What has drifted has failed. */
  readonly verify?: true;
  /** When it was made. A run at work goes on after that. */
  readonly made: string;
  /** Releases of Waymark that worked on it, in that order. */
  readonly waymark: readonly string[];
  readonly guide: { readonly path: string; readonly title?: string };
  /** `crashed`: nobody works on it, and it has neither ended nor paused. */
  readonly status: RunView["status"];
  readonly pause?: { readonly reason: PauseReason; readonly step?: string; readonly detail: string };
  /** It is being reverted, or has been. */
  readonly undone?: true;
  readonly started: string;
  /** When the last event happened. */
  readonly updated: string;
  /** Without the time that it rested, or waited for somebody to answer. */
  readonly workedMs: number;
  /** How long it waited for that. */
  readonly askedMs: number;
  /** When somebody was there for it. */
  readonly stretches: readonly Stretch[];
  /** When it waited for that one to answer, and nothing else. */
  readonly asked: readonly AskedTime[];
  readonly inputs: readonly Setting[];
  readonly hosts: readonly ReportHost[];
  /** Texts of the guide, in the order they were used. */
  readonly revisions: readonly Revision[];
  /** In the order of the newest text, with those that fix and undo; then those that it has no longer. */
  readonly steps: readonly ReportStep[];
  /** What steps have captured, in that order. */
  readonly captures: readonly Capture[];
  /** What happened besides tasks, in that order. */
  readonly moments: readonly Moment[];
  /** The folder where whole outputs are. */
  readonly logs: string;
}

/** A variable. */
export interface Setting {
  readonly name: string;
  /** Absent: it is secret. */
  readonly value?: string;
}

export interface Capture extends Setting {
  readonly step: string;
  readonly host: string;
}

export interface ReportHost {
  readonly name: string;
  /** As it says itself: `Debian GNU/Linux 12 (bookworm)`, `aarch64`, `6.1.0`. */
  readonly os?: string;
  readonly arch?: string;
  readonly kernel?: string;
  readonly setAside?: { readonly step: string; readonly reason: string };
}

export interface Revision {
  /** SHA-256, hex. */
  readonly digest: string;
  /** When the run began to use it. */
  readonly at: string;
  /** Absent where it is kept no longer. */
  readonly text?: string;
  /** What parts it from the one before: its steps, by ids, and its lines. */
  readonly edits?: Edits;
}

export interface Edits {
  readonly added: readonly string[];
  /** Ids of the text before. */
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly rejudged: readonly string[];
  readonly moved: readonly string[];
  /** Absent where one of the texts is. */
  readonly lines?: readonly LineChange[];
}

export interface ReportStep {
  readonly id: string;
  /** Position among the steps that are run, from 1. */
  readonly number?: number;
  readonly title: string;
  /** Headings, outermost first. */
  readonly sections: readonly string[];
  /** In the guide's newest text. */
  readonly line?: number;
  readonly role: "run" | "fix" | "undo";
  /** The step that it fixes or undoes. */
  readonly of?: string;
  /** The guide has it no longer. */
  readonly removed?: true;
  readonly status: StepView["status"] | "pending";
  readonly kind: "command" | "file" | "copy" | "manual" | "restore";
  /** What it does, as the guide says it. */
  readonly code?: { readonly language: string; readonly text: string };
  /** The file that it writes. */
  readonly file?: string;
  /** How it runs, where that is not as usual: `sudo`, `verify`, `retry 3`, … */
  readonly facts: readonly string[];
  /** Its output is withheld. */
  readonly secret: boolean;
  readonly verify: boolean;
  readonly tasks: readonly ReportTask[];
  /** Hosts that it is for, and has not been begun on. */
  readonly open: readonly string[];
  /** Why it is for none: `not chosen`, `left out`, … */
  readonly skip?: string;
  /** Its checks that were looked at again. */
  readonly checks: readonly Check[];
  /** When an edit made it do something else, and when one had it judged otherwise. What was before that says nothing of it. */
  readonly changedAt?: string;
  readonly rejudgedAt?: string;
}

/** Of a step that whoever ran it has left out, by `--from` and the like. */
export const LEFT_OUT = "left out";

/** A step on a host. */
export interface ReportTask {
  readonly host: string;
  readonly status: TaskView["status"];
  /** What there is to say of that in a line: `exit status 1`. */
  readonly statement: string;
  readonly from: string;
  /** Absent while it is at work. */
  readonly to?: string;
  readonly durationMs?: number;
  readonly exit?: number;
  readonly attempts: readonly Attempt[];
  /** When it waited, and for what. */
  readonly waits: readonly Wait[];
  /** The last verdict on each expectation. */
  readonly expectations: readonly ExpectationResult[];
  readonly output?: Excerpt;
  /** What became of its file: `created`, `changed`, `unchanged`, and the difference as it was printed. */
  readonly file?: FileChange;
  /** It was reverted. */
  readonly undone?: true;
}

export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Index in `Report.revisions`. */
  readonly revision: number;
  readonly from: string;
  readonly to?: string;
  readonly end?: AttemptEnd;
  readonly exit?: number;
  /** What it printed, and what became of its file. Those of the last attempt are the task's. Absent: nothing, or kept no longer. */
  readonly output?: Excerpt;
  readonly file?: FileChange;
  /** The last one counts: what was printed is judged again where an edited guide expects something else. */
  readonly verdicts: readonly Verdict[];
}

export interface Verdict {
  /** Index in `Report.revisions`. */
  readonly revision: number;
  readonly passed: boolean;
  /** Those that do not hold. */
  readonly broken: readonly ExpectationResult[];
}

export interface Wait {
  readonly for: "retry" | "reboot" | "others";
  readonly from: string;
  readonly to: string;
}

/** What a task printed at last: all of it, or its beginning and its end. Without control characters. */
export interface Excerpt {
  readonly head: string;
  /** Absent: that was all. */
  readonly cut?: { readonly bytes: number; readonly tail: string };
}

export interface FileChange {
  readonly became: "created" | "changed" | "unchanged";
  readonly difference: readonly string[];
}

export interface Check {
  readonly host: string;
  readonly at: string;
  readonly status: "ok" | "drifted" | "unverifiable";
  readonly reason?: string;
  readonly expectations: readonly ExpectationResult[];
}

/** Something to remember about the run as a whole: `kind` is an event's type, or what a person decided. */
export interface Moment {
  readonly at: string;
  readonly kind: string;
  readonly text: string;
  readonly hosts: readonly string[];
  readonly step?: string;
}
