import type { Located, Span } from "./source.ts";

/** What a guide means: the steps in document order, with everything their sections and the front matter give them already applied. */
export interface Runbook {
  /** The file as the user named it. */
  readonly path: string;
  readonly title?: string;
  readonly settings: Settings;
  /** All sections in document order. */
  readonly sections: readonly Section[];
  readonly steps: readonly Step[];
}

/** The `runbook:` key of the front matter. Foreign keys beside it belong to other tools and are not read. */
export interface Settings {
  readonly inputs: readonly InputDeclaration[];
  readonly requires: readonly Requirement[];
  /** `runbook.hosts`, unread: the inventory reads it. `span` covers the value, so positions can be computed. */
  readonly hosts?: Located<unknown>;
}

export interface InputDeclaration {
  /** An environment variable name: `[A-Za-z_][A-Za-z0-9_]*`. */
  readonly name: string;
  readonly default?: string;
  readonly description?: string;
  readonly choices?: readonly string[];
  /** An ECMAScript regular expression (flag `u`) that must match the whole value. */
  readonly pattern?: string;
  /** What the value must look like. Without it any string will do. */
  readonly type?: "string" | "integer" | "number" | "boolean";
  readonly secret: boolean;
  /** A shell command whose stdout, less its last newline, is the value. */
  readonly from?: string;
  /** `late`: asked for at the first step that uses it. */
  readonly ask: "first" | "late";
  readonly span: Span;
}

/** How many hosts a group must have: `worker: 1..` is min 1, no max. */
export interface Requirement {
  readonly group: string;
  readonly min: number;
  readonly max?: number;
  readonly span: Span;
}

export interface Section {
  readonly title: string;
  readonly slug: string;
  /** Of the heading, 1 to 6. */
  readonly depth: number;
  /** Index in `Runbook.sections`. */
  readonly parent?: number;
  readonly span: Span;
  /** What its steps inherit as `on`, where it or one above says so. With `serial`: the hosts that go through it in batches. */
  readonly on?: Located<string>;
  /** `serial` of the section's own comment: each batch goes through the whole section. Not inherited by subsections. */
  readonly serial?: Located<number>;
}

export interface Step {
  /** `#id` without the `#`, else `<heading slug>/<number>`. Unique in the runbook. */
  readonly id: string;
  readonly explicitId: boolean;
  readonly title: string;
  /** Index in `Runbook.sections` of the innermost section; absent before the first heading. */
  readonly section?: number;
  /** The block and its comment. */
  readonly span: Span;
  readonly action: StepAction;
  readonly options: StepOptions;
  /** Those that judge this step, in document order. */
  readonly expectations: readonly Expectation[];
}

export type StepAction =
  | CommandAction
  | FileAction
  | CopyAction
  | { readonly kind: "manual"; readonly text: string; readonly items: readonly Located<string>[] };

export interface CommandAction {
  readonly kind: "command";
  /** First word of the info string: `bash`, `console`, `python`, … */
  readonly language: string;
  /** The program and its options, to which a script's path is appended: `["bash", "-e", "-o", "pipefail"]`. */
  readonly interpreter: readonly string[];
  /** LF line ends, ends in one newline. For `console` blocks the prompted commands only. */
  readonly code: string;
  readonly codeSpan: Span;
}

export interface FileAction {
  readonly kind: "file";
  readonly path: Located<string>;
  /** LF line ends, ends in one newline unless empty. */
  readonly content: string;
  readonly ensure?: "lines" | "words";
  /** POSIX octal, such as `0644`. */
  readonly mode?: string;
  /** `user` or `user:group`. */
  readonly owner?: string;
  readonly backup: boolean;
  readonly template: boolean;
}

export interface CopyAction {
  readonly kind: "copy";
  /** `value`: as written. */
  readonly lines: readonly (Located<string> & ScpArguments)[];
  /** POSIX octal, such as `0644`. */
  readonly mode?: string;
  /** `user` or `user:group`. */
  readonly owner?: string;
}

/** `scp [-r] [-p] SOURCE TARGET`. */
export interface ScpArguments {
  readonly source: ScpPlace;
  readonly target: ScpPlace;
  readonly recursive: boolean;
  readonly preserve: boolean;
}

export interface ScpPlace {
  /** A host pattern; `local` where none is written. */
  readonly host: string;
  readonly path: string;
}

/** The keys of FORMAT's table with their defaults applied. Durations in milliseconds. */
export interface StepOptions {
  readonly on: Located<string>;
  readonly at?: Located<string>;
  readonly optional: boolean;
  /** The user of `sudo`: `root` for a bare `sudo`. Absent: the login user. */
  readonly sudo?: string;
  readonly dir?: Located<string>;
  readonly fresh: boolean;
  readonly timeoutMs: number;
  /** Further attempts after the first. */
  readonly retry: number;
  readonly everyMs: number;
  /** CEL; all must be true. The section's come first. */
  readonly when: readonly Located<string>[];
  readonly unless?: Located<string>;
  readonly creates?: Located<string>;
  readonly capture?: Located<string>;
  readonly secret: boolean;
  readonly verify: boolean;
  /** The text to show; empty for a bare `checkpoint`. */
  readonly checkpoint?: string;
  readonly confirm?: Located<string>;
  readonly serial?: Located<number>;
  readonly maxFailures: number | "all";
  /** `during`: the block reboots its host. `after`: Waymark does, after the block. */
  readonly reboot?: "during" | "after";
  readonly reconnect: boolean;
  readonly interactive: boolean;
  readonly background: boolean;
  /** The step this one is the fix of. */
  readonly fix?: Located<string>;
  /** The step this one undoes. */
  readonly undo?: Located<string>;
}

export type Expectation =
  | {
      /** `output` blocks and what stands after the prompts of `console` blocks. Lines without line ends; wildcards `[..]` and `...`. */
      readonly kind: "output";
      readonly lines: readonly string[];
      readonly span: Span;
    }
  | {
      readonly kind: "cel";
      readonly source: string;
      /** Of this expression, so that a column within it can be pointed at. */
      readonly span: Span;
      /** From a comment: readers do not see it. */
      readonly hidden: boolean;
    };
