import { resolve } from "node:path";
import { findRun } from "../journal/find-run.ts";
import type { RunSummary } from "../journal/list-runs.ts";
import type { Surroundings } from "./terminal.ts";

/**
 * The run that a person names: by its guide, as seen from where they are, or by its id or the beginning of that.
 * @param runs newest first
 * @param wanted absent: the newest
 * @throws {WaymarkError} WM7002, WM7005
 */
export function namedRun({ cwd }: Pick<Surroundings, "cwd">, runs: readonly RunSummary[], wanted?: string): RunSummary {
  const path = wanted === undefined ? undefined : resolve(cwd, wanted);
  return findRun(runs, runs.some(({ guide }) => guide === path) ? path : wanted);
}
