/** Flags that decide about the plan. */
export interface PlanFlags {
  readonly inventory?: string;
  readonly host?: readonly string[];
  readonly input?: readonly string[];
  readonly inputs?: string;
}

/** Flags of `run` and `resume`. */
export interface RunFlags extends PlanFlags {
  readonly stateDir?: string;
  readonly parallel?: string;
  readonly json?: boolean;
  readonly acceptNew?: boolean;
  readonly new?: boolean;
  readonly rerun?: readonly string[];
  readonly skip?: readonly string[];
  readonly done?: readonly string[];
  readonly retryFailed?: boolean;
}

/** Flags of `hosts`. */
export interface HostsFlags {
  readonly inventory?: string;
  readonly host?: readonly string[];
  readonly limit?: string;
  readonly parallel?: string;
  readonly json?: boolean;
  readonly acceptNew?: boolean;
}
