import { LOCAL } from "../../model/inventory.ts";
import type { Plan, PlannedStep } from "../../model/plan.ts";
import type { RunView } from "../../story/run-fold.ts";

/** What there is where the reader is, as far as it decides what can be done. */
export interface UnderCursor {
  /** The step's number; absent: it is over, and a run comes to it no more. */
  readonly ahead?: number;
  /** It has failed where it counts, and another step fixes it. */
  readonly isFixable: boolean;
  /** Hosts that the run may be in want of going on without: the one whose output is shown, else those where the step is stuck. */
  readonly hosts: readonly string[];
  /** Hosts are set aside. */
  readonly isAnyAside: boolean;
  /** The run is to rest after a step, wherever the cursor is. */
  readonly isToRest: boolean;
}

export const NOTHING_THERE: UnderCursor = { isFixable: false, hosts: [], isAnyAside: false, isToRest: false };

const OVER: ReadonlySet<string> = new Set(["ok", "unchanged", "skipped"]);
const STUCK: ReadonlySet<string> = new Set(["failed", "unreachable", "unknown"]);

/**
 * @param number of the step, as it is shown
 * @param host the one whose output is shown
 */
export function underCursor(
  { steps, remote }: Pick<Plan, "steps" | "remote">,
  { steps: known, setAside, restAfter }: Pick<RunView, "steps" | "setAside" | "restAfter">,
  step: PlannedStep | undefined,
  number: number,
  host?: string,
): UnderCursor {
  const ofRun = { isAnyAside: setAside.size > 0, isToRest: restAfter !== undefined };
  if (step === undefined) return { ...NOTHING_THERE, ...ofRun };
  const tasks = known.get(step.id)?.tasks;
  const left = step.hosts.filter((name) => !setAside.has(name));
  const statusOf = (name: string): string => tasks?.get(name)?.status ?? "";
  const isOver = step.skip !== undefined || left.every((name) => OVER.has(statusOf(name)));
  const hasFailed = left.some((name) => statusOf(name) === "failed" || statusOf(name) === "unreachable");
  const fixes = steps.some(({ role, of, skip }) => role === "fix" && of === step.id && skip === undefined);
  const shown = host === undefined ? left.filter((name) => STUCK.has(statusOf(name))) : [host];
  const hosts = shown.filter((name) => name !== LOCAL && left.includes(name));
  // Without any host there is nothing to go on with, and no way past a step that has none left.
  const isLeft = left.some((name) => !hosts.includes(name));
  const goesOn = isLeft && remote.some((name) => name !== LOCAL && !setAside.has(name) && !hosts.includes(name));
  return {
    ...(!isOver && { ahead: number }),
    isFixable: hasFailed && fixes,
    hosts: goesOn ? hosts : [],
    ...ofRun,
  };
}
