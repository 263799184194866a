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
  unreadable: "failed",
};

/** `waymark runs`: a table of runs, and one of what `waymark verify` saw, newest first. Ends in a newline. */
export function renderRuns(style: Style, runs: readonly RunSummary[], looks: readonly RunSummary[] = []): string {
  const tables = [
    runs.length === 0 ? "No runs yet.\n" : renderTable(style, "run", runs),
    ...(looks.length === 0 ? [] : [renderTable(style, "verify", looks)]),
  ];
  return tables.join("\n");
}

function renderTable(style: Style, what: string, runs: readonly RunSummary[]): string {
  const rows = runs.map(({ folder, condition, pause, guide, started, updated }) => [
    `${sign(style, SIGNS[condition])} ${folder.id}`,
    pause === undefined ? condition : `${condition}: ${pause}`,
    started === undefined ? "" : formatMoment(started),
    updated === undefined ? "" : formatMoment(updated),
    guide === undefined ? "" : oneLine(basename(guide)),
  ]);
  const titles = [`  ${what}`, "status", "started", "last event", "guide"];
  return [...renderColumns(style, titles, rows), ""].join("\n");
}
