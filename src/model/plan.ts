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
  /** Every host of the inventory (expectations see all of them as `hosts`), then `local` if a step runs there. */
  readonly hosts: readonly Host[];
  /** Names of the hosts that the run is about: `hosts` in CEL. `local` is not among them. */
  readonly remote: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly variables: readonly Variable[];
  readonly steps: readonly PlannedStep[];
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
  /** Names, in inventory order. Empty: nothing to do (see `skip`). */
  readonly hosts: readonly string[];
  /** Why the whole step is skipped, known without connecting: `not chosen`, `no host matches`, `not selected`. */
  readonly skip?: string;
  readonly command: PlannedCommand;
  /** Declared variables its text names, sorted: only these are sent to its hosts. */
  readonly uses: readonly string[];
  readonly timeoutMs: number;
  readonly retry: number;
  readonly everyMs: number;
  readonly when: readonly Located<string>[];
  readonly unless?: string;
  readonly creates?: string;
  readonly capture?: string;
  readonly secret: boolean;
  readonly verify: boolean;
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

export interface PlannedCommand {
  readonly language: string;
  /** Program and options; the script's path is appended. */
  readonly interpreter: readonly string[];
  readonly code: string;
  /** The user of `sudo`; absent: the login user. */
  readonly user?: string;
  /** `$NAME`s of declared variables and a leading `~` are replaced when it runs. */
  readonly dir?: string;
}
