import type { Selection } from "../plan/selection.ts";

/** Flags that decide about the plan. */
export interface PlanFlags extends SelectionFlags {
  readonly inventory?: string;
  readonly host?: readonly string[];
  readonly input?: readonly string[];
  readonly inputs?: string;
}

/** Flags that leave out steps and hosts. */
export interface SelectionFlags {
  readonly limit?: string;
  readonly from?: string;
  readonly until?: string;
  readonly only?: readonly string[];
}

export function selectionOf({ limit, from, until, only = [] }: SelectionFlags): Selection {
  return {
    ...(limit !== undefined && { limit }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(only.length > 0 && { only }),
  };
}

/** Flags of `run` and `resume`. */
export interface RunFlags extends PlanFlags {
  readonly stateDir?: string;
  readonly parallel?: string;
  readonly json?: boolean;
  readonly acceptNew?: boolean;
  readonly new?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly confirm?: readonly string[];
  readonly rerun?: readonly string[];
  readonly skip?: readonly string[];
  readonly done?: readonly string[];
  readonly rerunChanged?: boolean;
  readonly retryFailed?: boolean;
}

/** Flags of `verify`. */
export interface VerifyFlags extends PlanFlags {
  readonly stateDir?: string;
  readonly parallel?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly acceptNew?: boolean;
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
