import { resolve } from "node:path";
import { loadHighlighter } from "../highlight/load-highlighter.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { Diagnostic } from "../model/source.ts";
import { compile } from "../plan/compile.ts";
import type { Form } from "../publish/markdown/form.ts";
import { guidePath } from "../publish/markdown/form-path.ts";
import { makeMarkdown } from "../publish/markdown/make-markdown.ts";
import { codeLanguages } from "../publish/site/code-languages.ts";
import { makeSite } from "../publish/site/make-site.ts";
import { readPage, type SourcePage } from "../publish/site/read-page.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { findMarkdown } from "./find-markdown.ts";
import { imaginedHosts } from "./imagined-hosts.ts";
import { readGiven } from "./read-given.ts";
import { readPictures } from "./read-pictures.ts";
import { shownPath, type Surroundings } from "./terminal.ts";
import { verifiedPages } from "./verified-pages.ts";
import { writeSite } from "./write-site.ts";

/** `waymark publish`: guides as a site of static pages. Nothing is written where one of them has an error. */
export async function publish(
  around: Surroundings,
  paths: readonly string[],
  flags: {
    readonly out: string;
    readonly to?: Form | "site";
    readonly run?: string | true;
    readonly stateDir?: string;
  },
): Promise<ExitCode> {
  const out = resolve(around.cwd, flags.out);
  const found = await findMarkdown(around, paths, out);
  const read: SourcePage[] = [];
  for (const { file, path, absolute } of found) {
    read.push(readPage({ file, path, bytes: await readGiven(absolute, file, "guide") }, found.length === 1));
  }
  refuseErrors(read);
  const pages = await verifiedPages(around, read, found, flags);
  const clash = clashOf(pages, ({ url }) => url);
  if (clash !== undefined) throw clash;
  if (flags.to !== undefined && flags.to !== "site") {
    return writeMarkdown(around, { out, shown: flags.out }, pages, await readPictures(pages, found), flags.to);
  }
  const highlight = await loadHighlighter(new Set(pages.flatMap(codeLanguages)));
  const { files, diagnostics } = makeSite(pages, await readPictures(pages, found), highlight);
  const warnings = [...pages.flatMap(problemsOf), ...diagnostics];
  if (warnings.length > 0) await printDiagnostics(around, warnings);
  await writeSite(out, flags.out, files);
  const shown = shownPath(around, out);
  for (const { path, of } of files) if (of !== undefined) around.stdout.write(`${shown}/${path}  from ${of}\n`);
  around.stdout.write(`${pages.length === 1 ? "1 page" : `${pages.length} pages`}: open ${shown}/index.html\n`);
  return EXIT.ok;
}

/** The same guides as Markdown, for somebody else's site. */
async function writeMarkdown(
  around: Surroundings,
  { out, shown }: { readonly out: string; readonly shown: string },
  pages: readonly SourcePage[],
  pictures: ReadonlyMap<string, Uint8Array>,
  form: Form,
): Promise<ExitCode> {
  const clash = clashOf(pages, ({ path }) => guidePath(path, form));
  if (clash !== undefined) throw clash;
  const { files, diagnostics } = makeMarkdown(pages, pictures, form);
  const warnings = [...pages.flatMap(problemsOf), ...diagnostics];
  if (warnings.length > 0) await printDiagnostics(around, warnings);
  await writeSite(out, shown, files);
  for (const { path, of } of files)
    if (of !== undefined) around.stdout.write(`${shownPath(around, out)}/${path}  from ${of}\n`);
  return EXIT.ok;
}

/** @throws {WaymarkError} WM8050 */
function refuseErrors(pages: readonly SourcePage[]): void {
  const broken = pages.filter((page) => problemsOf(page).some(({ severity }) => severity === "error"));
  const [first] = broken;
  if (first === undefined) return;
  const what = broken.length === 1 ? first.file : `${broken.length} of ${pages.length} guides`;
  throw new WaymarkError("WM8050", `${what} cannot be published`, {
    hint: "nothing was written; mend what is listed above, `waymark check` shows it again",
    diagnostics: broken.flatMap(problemsOf),
  });
}

/** What `waymark check` would say of a guide whose hosts are not known. */
function problemsOf({ runbook, diagnostics }: SourcePage): readonly Diagnostic[] {
  if (runbook === undefined || diagnostics.some(({ severity }) => severity === "error")) return diagnostics;
  const inputs = Object.fromEntries(
    runbook.settings.inputs.flatMap(({ name, default: given }) => (given === undefined ? [] : [[name, given]])),
  );
  const compiled = compile({ runbook, digest: "", inventory: imaginedHosts(runbook), inputs });
  return [...diagnostics, ...compiled.diagnostics];
}

/** Two guides that would be the same page, also where a file system does not tell capitals. */
function clashOf(pages: readonly SourcePage[], nameOf: (page: SourcePage) => string): WaymarkError | undefined {
  const byName = new Map<string, SourcePage>();
  for (const page of pages) {
    const name = nameOf(page).toLowerCase();
    const other = byName.get(name);
    if (other !== undefined) {
      return new WaymarkError("WM8053", `${other.file} and ${page.file} would both be the page ${nameOf(page)}`, {
        hint: "rename one of them, or publish them to folders of their own",
      });
    }
    byName.set(name, page);
  }
  return undefined;
}
