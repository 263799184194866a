import { WaymarkError } from "../model/errors.ts";
import type { RunSummary } from "./list-runs.ts";

/**
 * Finds the run that a person means.
 * @param runs newest first, as `listRuns` gives them
 * @param wanted an id, the beginning of one, or the absolute path of a guide; absent: any run
 * @returns the newest that fits
 * @throws {WaymarkError} WM7002 when none fits, WM7005 when the beginning of an id fits several
 */
export function findRun(runs: readonly RunSummary[], wanted?: string): RunSummary {
  const byGuide = runs.find((run) => wanted === undefined || run.guide === wanted);
  if (byGuide !== undefined) return byGuide;
  const byId = runs.filter((run) => wanted !== undefined && wanted !== "" && run.folder.id.startsWith(wanted));
  const [run, another] = byId;
  if (run === undefined) {
    throw new WaymarkError("WM7002", wanted === undefined ? "there is no run" : `no run fits ${wanted}`, {
      hint: "`waymark runs` lists what there is",
    });
  }
  if (another !== undefined && run.folder.id !== wanted) {
    const ids = byId.map((each) => each.folder.id);
    throw new WaymarkError("WM7005", `${wanted} fits ${ids.length} runs: ${ids.slice(0, 5).join(", ")}`, {
      hint: "give more of the id",
    });
  }
  return run;
}
