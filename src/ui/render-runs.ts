import { basename } from "node:path";
import type { RunSummary } from "../journal/list-runs.ts";
import { renderColumns } from "./columns.ts";
import { formatMoment } from "../story/format-time.ts";
import { RUN_SIGN } from "./render-summary.ts";
import { sign } from "./style.ts";
import type { Sign, Style } from "./style.ts";
import { oneLine } from "../story/terminal-text.ts";

const SIGNS: Readonly<Record<RunSummary["condition"], Sign>> = {
  ...RUN_SIGN,
  crashed: "unknown",
  unreadable: "failed",
};

/** `waymark runs`: a table, newest first. Ends in a newline. */
export function renderRuns(style: Style, runs: readonly RunSummary[]): string {
  if (runs.length === 0) return "No runs yet.\n";
  const rows = runs.map(({ folder, condition, pause, guide, started, updated }) => [
    `${sign(style, SIGNS[condition])} ${folder.id}`,
    pause === undefined ? condition : `${condition}: ${pause}`,
    started === undefined ? "" : formatMoment(started),
    updated === undefined ? "" : formatMoment(updated),
    guide === undefined ? "" : oneLine(basename(guide)),
  ]);
  const titles = ["  run", "status", "started", "last event", "guide"];
  return [...renderColumns(style, titles, rows), ""].join("\n");
}
