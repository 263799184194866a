/** What is to be done about the run, rather than on the screen. `step`: the one under the cursor. */
export type Deed =
  | { readonly do: "stop" | "close" | "go-on" | "retry-failed" }
  | { readonly do: "rerun" | "skip" | "done" | "edit"; readonly step: string };

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
