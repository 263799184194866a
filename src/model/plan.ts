import type { Host } from "./inventory.ts";
import type { Expectation, InputDeclaration } from "./runbook.ts";
import type { Located, Span } from "./source.ts";

/** What would run where, in order. Printable data: the whole input of the engine. */
export interface Plan {
  readonly guide: {
    readonly path: string;
    /** SHA-256 of the file's bytes, lower-case hex. */
    readonly digest: string;
    readonly title?: string;
  };
  /**
   * Every host of the inventory (expectations see all of them as `hosts`), then `local` if a step runs there. In a run,
   * those follow that are only gone through: called as in `Host.jump`.
   */
  readonly hosts: readonly Host[];
  /** Names of the hosts that the run is about: `hosts` in CEL. `local` is not among them. */
  readonly remote: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly variables: readonly Variable[];
  /** In document order; those that undo or fix others among them. */
  readonly steps: readonly PlannedStep[];
  /** What is run, in order: a step has one visit, or with `serial` one for each batch. */
  readonly order: readonly Visit[];
  /** It reverts a run: nothing else is done. */
  readonly undoes?: true;
  /** Sections whose hosts go through them so many at a time. */
  readonly rolling: readonly {
    /** Titles of the headings, outermost first. */
    readonly section: readonly string[];
    readonly serial: number;
    readonly hosts: readonly string[];
  }[];
}

/** A step on some of its hosts. */
export interface Visit {
  /** Position in `Plan.steps`. */
  readonly step: number;
  /** Names, in inventory order. Empty: nothing to do (see `PlannedStep.skip`). */
  readonly hosts: readonly string[];
}

/** A declared variable: what may set it, and whether it is secret. */
export interface Variable {
  readonly name: string;
  readonly secret: boolean;
  /** The declaration, where it is an input. */
  readonly input?: InputDeclaration;
  /** Ids of the steps that capture it. */
  readonly capturedBy: readonly string[];
  /** Names of the hosts whose `vars` have it. */
  readonly hostVars: readonly string[];
}

export interface PlannedStep {
  /** Position in `Plan.steps`, from 0. */
  readonly index: number;
  readonly id: string;
  readonly explicitId: boolean;
  readonly title: string;
  /** Titles of the headings it stands under, outermost first. */
  readonly sections: readonly string[];
  readonly span: Span;
  /** `fix` and `undo` steps are in no order: they run when `of` has failed, or is to be reverted. */
  readonly role: "run" | "fix" | "undo";
  /** Id of the step that it fixes or undoes. */
  readonly of?: string;
  /** Names, in inventory order. Empty: nothing to do (see `skip`). */
  readonly hosts: readonly string[];
  /** Why the whole step is skipped, known without connecting: `not chosen`, `no host matches`, `not selected`. */
  readonly skip?: string;
  /** Hosts that it would have but for `--from`, `--until`, `--only` or `--limit`. */
  readonly unselected?: readonly string[];
  /** The host where it runs, once for each of `hosts`. */
  readonly at?: string;
  /** How many hosts go through it at a time. */
  readonly serial?: number;
  readonly action: PlannedAction;
  /** The user of `sudo`; absent: the login user. */
  readonly user?: string;
  /** Declared variables its text names, sorted: only these are sent to its hosts. */
  readonly uses: readonly string[];
  /** Those of them that the operator is asked for when it starts (`ask: late`). */
  readonly asks: readonly string[];
  readonly timeoutMs: number;
  readonly retry: number;
  readonly everyMs: number;
  readonly when: readonly Located<string>[];
  readonly unless?: string;
  readonly creates?: string;
  readonly capture?: string;
  readonly secret: boolean;
  readonly verify: boolean;
  /** Starts without what earlier steps exported. */
  readonly fresh: boolean;
  /** Its hosts are logged in to anew afterwards (`reboot`, `reconnect`): the steps after it start clean. */
  readonly newLogin?: boolean;
  /** `during`: it reboots its host. `after`: Waymark does once it has passed. Over when the host is back, newly booted. */
  readonly reboot?: "during" | "after";
  /** On the operator's terminal, one host at a time. */
  readonly interactive?: true;
  /** Goes on while the steps after it run; passed once its expectations hold on what it has printed so far. */
  readonly background?: true;
  /** Pause for the operator once it has passed; the text to show, which may be empty. */
  readonly checkpoint?: string;
  /** What the operator is asked before it runs. */
  readonly confirm?: string;
  readonly maxFailures: number | "all";
  /** Includes the `exit == 0` that is demanded where none mentions `exit`. */
  readonly expectations: readonly Expectation[];
  /** Some expectation names `results`: the step is judged once over all its hosts before any task finishes. */
  readonly batch: boolean;
  /** Some expression asks for what only the host can say (`host.os`, …). */
  readonly needsFacts: boolean;
  /** SHA-256, hex, over code, interpreter, user and directory: what decides whether a finished task is still the same. */
  readonly effectDigest: string;
  /** SHA-256, hex, over the expectations. */
  readonly expectDigest: string;
}

/** What a step does. In texts that Waymark fills, `$NAME`s of declared variables are replaced when it runs. */
export type PlannedAction =
  | PlannedCommand
  | PlannedFile
  | PlannedCopy
  | { readonly kind: "manual"; readonly text: string; readonly items: readonly string[] }
  | {
      /** Files are put back as they were before these tasks: by host, newest first. */
      readonly kind: "restore";
      readonly tasks: Readonly<Record<string, readonly string[]>>;
    };

export interface PlannedCommand {
  readonly kind: "command";
  readonly language: string;
  /** Program and options; the script's path is appended. */
  readonly interpreter: readonly string[];
  readonly code: string;
  /** Filled; with a leading `~`. */
  readonly dir?: string;
}

export interface PlannedFile {
  readonly kind: "file";
  /** Filled; with a leading `~`. */
  readonly path: string;
  /** Filled if `template`. Ends in one newline unless empty. */
  readonly content: string;
  readonly ensure?: "lines" | "words";
  /** POSIX octal, such as `0644`. */
  readonly mode?: string;
  /** `user` or `user:group`. */
  readonly owner?: string;
  readonly backup: boolean;
  readonly template: boolean;
}

export interface PlannedCopy {
  readonly kind: "copy";
  readonly lines: readonly CopyLine[];
  /** Of the copies; as for files. */
  readonly mode?: string;
  readonly owner?: string;
}

/** `scp SOURCE TARGET`. Paths are filled, with a leading `~`; hosts are names, one for the source. */
export interface CopyLine {
  /** As written. */
  readonly text: string;
  readonly source: { readonly host: string; readonly path: string };
  /** Those of the step's hosts that it goes to. */
  readonly target: { readonly hosts: readonly string[]; readonly path: string };
  /** `-r` */
  readonly recursive: boolean;
  /** `-p`: times and modes are those of the source. */
  readonly preserve: boolean;
}
