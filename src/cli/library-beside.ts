import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { leadsOf, type Library } from "../publish/markdown/library.ts";
import type { SourcePage } from "../publish/site/read-page.ts";
import { isMarkdown } from "./find-markdown.ts";
import { isPictureFile } from "./read-pictures.ts";

/** What a page would find, were a folder published. Only what it leads to is looked for. @param folder absolute */
export async function libraryBeside(folder: string, { root, path }: SourcePage): Promise<Library> {
  const guides = new Set<string>();
  const pictures = new Set<string>();
  const titleAnchor = (): undefined => undefined;
  leadsOf(root, path, {
    titleAnchor,
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
  return { hasGuide: (wanted) => guides.has(wanted), hasPicture: (wanted) => pictures.has(wanted), titleAnchor };
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
