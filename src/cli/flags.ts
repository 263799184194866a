import type { Form } from "../publish/markdown/form.ts";
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

/** Flags that name commands which answer what a login asks. */
export interface SecretFlags {
  readonly sudoPasswordFrom?: string;
  readonly passwordFrom?: string;
  readonly passphraseFrom?: string;
}

/** How hosts are reached. */
export interface ReachFlags extends SecretFlags {
  readonly acceptNew?: boolean;
}

/** Flags of `run` and `resume`. */
export interface RunFlags extends PlanFlags, ReachFlags {
  readonly stateDir?: string;
  readonly parallel?: string;
  readonly json?: boolean;
  readonly tui?: boolean;
  readonly plain?: boolean;
  readonly new?: boolean;
  readonly dryRun?: boolean;
  /** For a host that another run has. */
  readonly wait?: string;
  readonly yes?: boolean;
  readonly confirm?: readonly string[];
  readonly rerun?: readonly string[];
  readonly skip?: readonly string[];
  readonly done?: readonly string[];
  /** `true`: after one step. */
  readonly restAfter?: string | boolean;
  readonly fix?: readonly string[];
  /** Patterns. */
  readonly setAside?: readonly string[];
  readonly rerunChanged?: boolean;
  readonly retryFailed?: boolean;
}

/** Flags of `shell`. */
export interface ShellFlags extends ReachFlags {
  readonly stateDir?: string;
  readonly inventory?: string;
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly step?: string;
  /** Name of one in the inventory. */
  readonly host?: string;
}

/** Flags of `check`. */
export interface CheckFlags extends PlanFlags {
  readonly for?: Form;
  readonly json?: boolean;
}

/** Flags of `verify`. */
export interface VerifyFlags extends PlanFlags, ReachFlags {
  readonly stateDir?: string;
  readonly parallel?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Flags of `hosts`. */
export interface HostsFlags extends ReachFlags {
  readonly inventory?: string;
  readonly host?: readonly string[];
  readonly limit?: string;
  readonly parallel?: string;
  readonly json?: boolean;
}
