import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pageAnchors } from "../publish/links/anchors.ts";
import type { Form } from "../publish/markdown/form.ts";
import { type Beside, leadsOf } from "../publish/markdown/library.ts";
import { readPage, type SourcePage } from "../publish/site/read-page.ts";
import { isMarkdown } from "./find-markdown.ts";
import { isPictureFile } from "./read-pictures.ts";

interface Found extends Beside {
  /** What links to places of a guide may name; nothing where there is no such guide, or none that a link names one of. */
  readonly anchorsAt: (path: string) => ReadonlySet<string> | undefined;
}

/** What a page would find, were a folder published. Only what it leads to is looked for. @param folder absolute */
export async function libraryBeside(folder: string, page: SourcePage, form: Form | undefined): Promise<Found> {
  const { root, path } = page;
  const guides = new Set<string>();
  const pictures = new Set<string>();
  leadsOf(root, path, {
    hasGuide: (wanted) => {
      guides.add(wanted);
      return false;
    },
    hasPicture: (wanted) => {
      pictures.add(wanted);
      return false;
    },
  });
  for (const wanted of guides) {
    const isThere = isMarkdown(wanted) && (await isFile(resolve(folder, wanted)));
    if (!isThere) guides.delete(wanted);
  }
  for (const wanted of pictures) if (!(await isPictureFile(resolve(folder, wanted)))) pictures.delete(wanted);
  const found = { hasGuide: (at: string) => guides.has(at), hasPicture: (at: string) => pictures.has(at) };
  const anchors = new Map([[path, pageAnchors(page, form)]]);
  for (const lead of leadsOf(root, path, found)) {
    if (lead.kind !== "guide" || lead.fragment === "" || anchors.has(lead.path)) continue;
    const bytes = await readFile(resolve(folder, lead.path)).catch(() => undefined);
    // Nobody asked to check that one.
    if (bytes === undefined) continue;
    anchors.set(lead.path, pageAnchors(readPage({ file: lead.path, path: lead.path, bytes }, false), form));
  }
  return { ...found, anchorsAt: (at) => anchors.get(at) };
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
