/** How a task (a step on a host) ended. */
export type TaskStatus = "ok" | "unchanged" | "skipped" | "failed" | "unreachable";

export type RunStatus = "passed" | "partial" | "failed" | "cancelled" | "abandoned";

/**
 * What became of one attempt's command. First cause wins: a timeout that kills a command is a timeout. `rebooted`: its
 * host went down under it, as it was to.
 */
export type AttemptEnd = "exited" | "timeout" | "cancelled" | "refused" | "rebooted";

/** One expectation's verdict on one host's attempt, or on a batch. */
export interface ExpectationResult {
  /** As written: the CEL expression, or `output`. */
  readonly source: string;
  /** Line of the guide. */
  readonly line: number;
  readonly passed: boolean;
  /**
   * Why it is false, for people, several lines: the values that made it so, the rows that failed, or a diff.
   * Secrets are already hidden in it. Absent when it passed.
   */
  readonly explanation?: string;
}
