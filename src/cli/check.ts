import { stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { EXIT, type ExitCode } from "../model/errors.ts";
import type { Diagnostic } from "../model/source.ts";
import { compile } from "../plan/compile.ts";
import type { Form } from "../publish/markdown/form.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { findMarkdown } from "./find-markdown.ts";
import type { CheckFlags, PlanFlags } from "./flags.ts";
import { imaginedHosts } from "./imagined-hosts.ts";
import { gather } from "./load.ts";
import { readGiven } from "./read-given.ts";
import type { Surroundings } from "./terminal.ts";

const NO_RUNBOOK = "WM8005";

/** `waymark check`: every problem of parse and plan. Nothing is run or connected to, nor any input fetched. */
export async function check(around: Surroundings, guides: readonly string[], flags: CheckFlags): Promise<ExitCode> {
  const found: Diagnostic[] = [];
  const named = await filesOf(around, guides);
  const folder = folderOf(named.map(({ guide }) => resolve(around.cwd, guide)));
  for (const { guide, isFound } of named) {
    const problems = await problemsOf(around, guide, flags);
    // Prose that stands beside guides is a page of the same library.
    found.push(...(isFound ? problems.filter(({ code }) => code !== NO_RUNBOOK) : problems));
    found.push(...(await pageProblems(around, guide, folder, flags.for)));
  }
  if (flags.json === true) for (const one of found) around.stdout.write(`${JSON.stringify(one)}\n`);
  else if (found.length > 0) await printDiagnostics(around, found);
  else around.stdout.write(`${named.length === 1 ? named[0]?.guide : `${named.length} guides`}: no problems\n`);
  return found.some(({ severity }) => severity === "error") ? EXIT.failed : EXIT.ok;
}

/** Guides as they were named, and what is in folders; `isFound`: nobody has called that a guide. */
async function filesOf(
  around: Surroundings,
  paths: readonly string[],
): Promise<readonly { readonly guide: string; readonly isFound: boolean }[]> {
  const each = paths.map(async (path) => {
    const isFolder = await stat(resolve(around.cwd, path)).then(
      (status) => status.isDirectory(),
      () => false,
    );
    if (!isFolder) return [{ guide: path, isFound: false }];
    return (await findMarkdown(around, [path], "")).map(({ file }) => ({ guide: file, isFound: true }));
  });
  return (await Promise.all(each)).flat();
}

/** The folder that all files are in: it is what would be published. @param files absolute */
function folderOf(files: readonly string[]): string {
  const [first = sep, ...others] = files.map(dirname);
  let folder = first;
  while (others.some((other) => other !== folder && !other.startsWith(join(folder, sep)))) folder = dirname(folder);
  return folder;
}

/** What a page of the guide would not lead to; and on the pages of a form, what it would not show, or not say. */
async function pageProblems(
  around: Surroundings,
  guide: string,
  folder: string,
  form: Form | undefined,
): Promise<readonly Diagnostic[]> {
  const [{ readPage }, { lostAnchors }, { formProblems }, { hiddenFromReaders }, { leftOut }, { libraryBeside }] =
    await Promise.all([
      import("../publish/site/read-page.ts"),
      import("../publish/links/lost-anchors.ts"),
      import("../publish/markdown/form-problems.ts"),
      import("../publish/markdown/hidden-from-readers.ts"),
      import("../publish/markdown/left-out.ts"),
      import("./library-beside.ts"),
    ]);
  const absolute = resolve(around.cwd, guide);
  const path = relative(folder, absolute).split(sep).join("/");
  const page = readPage({ file: guide, path, bytes: await readGiven(absolute, guide, "guide") }, true);
  const beside = await libraryBeside(folder, page, form);
  const lost = lostAnchors(page, beside.anchorsAt);
  if (form === undefined) return lost;
  return [...formProblems(page, form), ...leftOut(page, beside), ...lost, ...hiddenFromReaders(page)];
}

async function problemsOf(around: Surroundings, guide: string, flags: PlanFlags): Promise<readonly Diagnostic[]> {
  const { runbook, source, inputs, diagnostics, readings, hosts } = await gather(around, guide, flags, "known");
  if (runbook === undefined) {
    if (diagnostics.length > 0) return diagnostics;
    return [
      {
        code: NO_RUNBOOK,
        severity: "warning",
        message: "Not a runbook: nothing in it is marked as a step",
        hint: "Tag a code block, ```bash {on=all}, or give its front matter a `runbook:` key.",
        file: guide,
      },
    ];
  }
  if (hosts > 0 || source.inventory.file !== undefined) return diagnostics;
  // Without hosts all that can be checked is what holds for whatever hosts it will have.
  const inventory = imaginedHosts(runbook);
  return [...readings, ...compile({ runbook, digest: source.guide.digest, inventory, inputs }).diagnostics];
}
