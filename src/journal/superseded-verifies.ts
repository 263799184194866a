import type { RunCondition, RunSummary } from "./list-runs.ts";

/** Ends that tell something about a guide. */
const TELLING: readonly RunCondition[] = ["passed", "partial", "failed"];

/**
 * What need not be kept of `waymark verify` once it has looked at a guide again: all but the newest of each end, so that
 * what passed last is still known after something drifted, or a host was out of reach. One that is at work stays.
 * @param verifies newest first
 * @param guide absolute path
 */
export function supersededVerifies(verifies: readonly RunSummary[], guide: string): readonly RunSummary[] {
  const over = verifies.filter((one) => one.guide === guide && one.condition !== "running");
  const kept = new Set(TELLING.map((end) => over.find(({ condition }) => condition === end)));
  return over.filter((one) => !kept.has(one));
}
