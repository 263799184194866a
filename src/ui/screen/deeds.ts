/** What is to be done about the run, rather than on the screen. `step`: the one under the cursor. */
export type Deed =
  /** A look at its hosts is to say what the step would do there; the one before is wanted no longer. */
  | { readonly do: "preview"; readonly step: string }
  | { readonly do: "end-preview" }
  | { readonly do: "stop" | "close" | "go-on" | "retry-failed" }
  /** Also while it runs: then it is to rest once the step at work is over, or the one that is named. */
  | { readonly do: "one-step" }
  | { readonly do: "up-to"; readonly step: string }
  /** While it runs: it is not to rest after all. */
  | { readonly do: "run-on" }
  | { readonly do: "set-aside"; readonly hosts: readonly string[] }
  | { readonly do: "rerun" | "skip" | "done" | "edit" | "fix"; readonly step: string };

/** What the terminal is wanted for beside the run. `host`: the one whose output is shown; absent: all of them are. */
export interface Aside {
  /** A shell where the step stands; what it has printed, in the pager. */
  readonly do: "shell" | "pager";
  readonly step: string;
  readonly host?: string;
}

/**
 * What the reader can do about it. `ready`: begin it. `watching`: nothing, somebody else runs it, or it is over for good. `running`: stop
 * it. `resting`: go on with it.
 */
export type Situation = "ready" | "watching" | "running" | "resting";

/**
 * What a key asks to be done.
 * @param step the one under the cursor
 * @param hosts those to go on without
 * @returns undefined where it is about a step, and there is none
 */
export function deedOf(name: Deed["do"], step: string | undefined, hosts: readonly string[]): Deed | undefined {
  switch (name) {
    case "stop":
    case "close":
    case "go-on":
    case "retry-failed":
    case "one-step":
    case "run-on":
      return { do: name };
    case "set-aside":
      return { do: name, hosts };
    default:
      return step === undefined ? undefined : { do: name, step };
  }
}
