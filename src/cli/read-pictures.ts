import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathFrom } from "../publish/links/link-target.ts";
import { isPicture, pictureSources } from "../publish/site/pictures.ts";
import type { SourcePage } from "../publish/site/read-page.ts";
import type { FoundFile } from "./find-markdown.ts";
import { readGiven } from "./read-given.ts";

/** Larger than any picture in a guide should be. */
const LARGEST = 32 * 1024 * 1024;

/** The pictures beside the guides that their pages show. Those that cannot be read are left out. */
export async function readPictures(
  pages: readonly SourcePage[],
  found: readonly FoundFile[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const pictures = new Map<string, Uint8Array>();
  for (const [index, page] of pages.entries()) {
    for (const source of pictureSources(page)) {
      const path = pathFrom(page, source);
      const root = found[index]?.root;
      if (path === undefined || root === undefined || pictures.has(path)) continue;
      const file = resolve(root, path);
      if (await isPictureFile(file)) pictures.set(path, await readGiven(file, path, "picture"));
    }
  }
  return pictures;
}

/** There is a picture that pages can show. @param file absolute */
export async function isPictureFile(file: string): Promise<boolean> {
  if (!isPicture(file)) return false;
  return stat(file).then(
    (stats) => stats.isFile() && stats.size <= LARGEST,
    () => false,
  );
}
