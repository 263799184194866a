import { appendFile } from "node:fs/promises";
import { resolve } from "node:path";
import { loadHighlighter } from "../highlight/load-highlighter.ts";
import { listKept } from "../journal/list-runs.ts";
import { EXIT, type ExitCode } from "../model/errors.ts";
import type { Report } from "../publish/report/report.ts";
import { onlyLookedAt } from "../publish/report/report-of.ts";
import { systemClock } from "./clock.ts";
import type { ReportFlags } from "./report-form.ts";
import { namedRun } from "./named-run.ts";
import { readReport } from "./report-sources.ts";
import { drained } from "./reporter.ts";
import { type Surroundings, shownPath, stateDir } from "./terminal.ts";
import { writeWhole } from "./write-whole.ts";

/**
 * `waymark report`: what happened in a run, one that is at work included. The page is written to a file named after the
 * run where it would otherwise fill a terminal.
 */
export async function report(
  around: Surroundings,
  wanted: string | undefined,
  { to, out, stateDir: state }: ReportFlags,
): Promise<ExitCode> {
  const run = namedRun(around, await listKept(stateDir(around, state)), wanted);
  const text = await rendered(onlyLookedAt(await readReport(around, run, systemClock.now())), to);
  const file = out ?? (to === "html" && around.stdout.isTTY ? `waymark-${run.folder.id}.html` : undefined);
  if (file !== undefined) {
    const path = resolve(around.cwd, file);
    await writeWhole(path, file, text);
    around.stderr.write(`the report is in ${shownPath(around, path)}\n`);
  } else if (!around.stdout.write(text)) await drained(around.stdout);
  const summary = around.env["GITHUB_STEP_SUMMARY"];
  if (to === "md" && summary !== undefined && summary !== "") await appendFile(summary, `${text}\n`);
  return EXIT.ok;
}

async function rendered(told: Report, to: ReportFlags["to"]): Promise<string> {
  switch (to) {
    case "html": {
      const { languagesIn, reportPage } = await import("../publish/report/html/report-page.ts");
      return reportPage(told, await loadHighlighter(languagesIn(told)));
    }
    case "md":
      return (await import("../publish/report/report-markdown.ts")).reportMarkdown(told);
    case "junit":
      return (await import("../publish/report/report-junit.ts")).reportJunit(told);
    case "json":
      return `${JSON.stringify(told)}\n`;
  }
}
