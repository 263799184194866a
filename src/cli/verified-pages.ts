import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { listRuns } from "../journal/list-runs.ts";
import { WaymarkError } from "../model/errors.ts";
import type { SourcePage } from "../publish/site/read-page.ts";
import { verifiedOf } from "../publish/verified/verified-of.ts";
import { systemClock } from "./clock.ts";
import type { FoundFile } from "./find-markdown.ts";
import { namedRun } from "./named-run.ts";
import { readReport } from "./report-sources.ts";
import { stateDir, type Surroundings } from "./terminal.ts";

/**
 * Pages with what a run has shown about its guide, which is one of them.
 * @param found where each of the pages comes from
 * @param run as the user names it; undefined: no run was named
 * @throws {WaymarkError} WM8081 where none of them is its guide
 */
export async function verifiedPages(
  around: Surroundings,
  pages: readonly SourcePage[],
  found: readonly FoundFile[],
  { run, stateDir: state }: { readonly run?: string; readonly stateDir?: string },
): Promise<readonly SourcePage[]> {
  if (run === undefined) return pages;
  const summary = namedRun(around, await listRuns(stateDir(around, state)), run);
  const { folder, guide } = summary;
  if (!found.some(({ absolute }) => absolute === guide)) {
    throw new WaymarkError("WM8081", `run ${folder.id} is of ${guide ?? "no guide"}, which is not published here`, {
      hint: "name a run of one of these guides: `waymark runs` lists what there is",
    });
  }
  const by = verifiedOf(await readReport(around, summary, systemClock.now()));
  return Promise.all(
    pages.map(async (page, index) => {
      const path = found[index]?.absolute;
      if (path === undefined || path !== guide) return page;
      const digest = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
      return { ...page, verified: { by, current: digest === by.digest } };
    }),
  );
}
