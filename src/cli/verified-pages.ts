import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { listRuns, listVerifies, type RunSummary } from "../journal/list-runs.ts";
import { newestOfGuide } from "../journal/newest-of-guide.ts";
import { WaymarkError } from "../model/errors.ts";
import type { SourcePage } from "../publish/site/read-page.ts";
import { ofOneText } from "../publish/verified/of-one-text.ts";
import { verifiedOf } from "../publish/verified/verified-of.ts";
import { systemClock } from "./clock.ts";
import type { FoundFile } from "./find-markdown.ts";
import { namedRun } from "./named-run.ts";
import { readReport } from "./report-sources.ts";
import { stateDir, type Surroundings } from "./terminal.ts";

/**
 * Pages with what is known of their guides.
 * @param found where each of the pages comes from
 * @param run what to tell: a run, or what `waymark verify` saw, as the user names it; the path of a guide: all that is
 * known of it; `true`: of all of them; undefined: nothing
 * @throws {WaymarkError} WM8081 where that is about none of the pages
 */
export async function verifiedPages(
  around: Surroundings,
  pages: readonly SourcePage[],
  found: readonly FoundFile[],
  { run, stateDir: state }: { readonly run?: string | true; readonly stateDir?: string },
): Promise<readonly SourcePage[]> {
  if (run === undefined) return pages;
  const folder = stateDir(around, state);
  const [runs, looks] = [await listRuns(folder), await listVerifies(folder)];
  const guides = found.map(({ absolute }) => absolute);
  const named = run === true ? guides : guides.filter((guide) => guide === resolve(around.cwd, run));
  const told = new Map(named.map((guide) => [guide, newestOfGuide(runs, looks, guide)]));
  if (run !== true && named.length === 0) {
    if (/\.(?:md|markdown)$/i.test(run)) throw swallowed(run);
    const one = namedRun(around, [...runs, ...looks], run);
    if (one.guide === undefined || !guides.includes(one.guide)) throw notPublished(one);
    told.set(one.guide, [one]);
  }
  if ([...told.values()].every(({ length }) => length === 0)) throw nothingKnown();
  return Promise.all(
    pages.map(async (page, index) => {
      const path = guides[index];
      const sources = path === undefined ? [] : (told.get(path) ?? []);
      return path === undefined || sources.length === 0 ? page : withVerified(around, page, path, sources);
    }),
  );
}

/** @param sources oldest first, at least one */
async function withVerified(
  around: Surroundings,
  page: SourcePage,
  path: string,
  sources: readonly RunSummary[],
): Promise<SourcePage> {
  const made = systemClock.now();
  const told = await Promise.all(sources.map((source) => readReport(around, source, made, { outputs: false })));
  const digest = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  const { reports, current } = ofOneText(told, digest);
  return { ...page, verified: { by: verifiedOf(reports), current } };
}

/** `--run` has taken the word behind it. @param guide as the user wrote it */
function swallowed(guide: string): WaymarkError {
  return new WaymarkError("WM8081", `--run ${guide}: that guide is not published here`, {
    hint: `the word behind --run is the run to tell of; to publish ${guide} as well, name it first, and --run last`,
  });
}

function notPublished({ folder, guide, verify }: RunSummary): WaymarkError {
  const what = verify === true ? "verify" : "run";
  return new WaymarkError("WM8081", `${what} ${folder.id} is of ${guide ?? "no guide"}, which is not published here`, {
    hint: "name one of these guides, or nothing for the newest of each: `waymark runs` lists what there is",
  });
}

function nothingKnown(): WaymarkError {
  return new WaymarkError("WM8081", "none of the guides that are published here was run or verified", {
    hint: "waymark run GUIDE, or waymark verify GUIDE; --state-dir says where that is kept, if not where it is usually",
  });
}
