import type { RunSummary } from "./list-runs.ts";

/**
 * What is known of a guide as it stands: its newest run, and what `waymark verify` saw since that was begun.
 * @param runs newest first, like `looks`
 * @param guide absolute path
 * @returns oldest first; empty where the guide was neither run nor looked at
 */
export function newestOfGuide(
  runs: readonly RunSummary[],
  looks: readonly RunSummary[],
  guide: string,
): readonly RunSummary[] {
  const run = runs.find((one) => one.guide === guide);
  // Ids are in the order of time.
  const since = looks.filter((one) => one.guide === guide && (run === undefined || one.folder.id > run.folder.id));
  return [...(run === undefined ? [] : [run]), ...since.toReversed()];
}
