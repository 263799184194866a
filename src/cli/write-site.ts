import { lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { WaymarkError } from "../model/errors.ts";
import { SHARED } from "../publish/site/page-frame.ts";
import type { SiteFile } from "../publish/site/make-site.ts";

/** Says which files of a folder are ours: only those are ever replaced or removed. */
const LIST = `${SHARED}/files.json`;

/**
 * Writes a site into a folder, which may have other files in it (`.git`, `CNAME`): those stay. Files of the site as it
 * was that are no part of it any more are removed. Each file is there as a whole, the old one or the new one.
 *
 * @param shown the folder as the user named it
 * @throws {WaymarkError} WM8054, before anything is written, where a file is in the way that is not ours
 */
export async function writeSite(folder: string, shown: string, files: readonly SiteFile[]): Promise<void> {
  const before = await ownFiles(folder);
  const now = new Set(files.map(({ path }) => path));
  await refuseForeign(folder, shown, [...now, LIST], before);
  try {
    // A site that was half written is ours as well.
    await writeWhole(folder, LIST, listOf(new Set([...before, ...now])));
    for (const { path, content } of files) await writeWhole(folder, path, content);
    for (const path of before) if (!now.has(path)) await remove(folder, path);
    await writeWhole(folder, LIST, listOf(now));
  } catch (error) {
    throw new WaymarkError("WM8054", `the site cannot be written to ${shown}: ${(error as Error).message}`, {
      hint: "check the folder and its permissions; then publish again",
      cause: error,
    });
  }
}

function listOf(paths: ReadonlySet<string>): string {
  return `${JSON.stringify([...paths].toSorted(), undefined, 1)}\n`;
}

/** What an earlier `publish` has written there. */
async function ownFiles(folder: string): Promise<ReadonlySet<string>> {
  try {
    const list: unknown = JSON.parse(await readFile(join(folder, LIST), "utf8"));
    return new Set(Array.isArray(list) ? list.filter((path) => typeof path === "string").filter(isWithin) : []);
  } catch {
    return new Set();
  }
}

function isWithin(path: string): boolean {
  return posix.normalize(path) === path && !path.startsWith("/") && !path.startsWith("..") && !path.includes("\\");
}

async function refuseForeign(
  folder: string,
  shown: string,
  paths: readonly string[],
  own: ReadonlySet<string>,
): Promise<void> {
  for (const path of paths) {
    if (own.has(path) || (path === LIST && own.size > 0)) continue;
    const there = await lstat(join(folder, path)).catch((error: unknown) => {
      // A file where a folder should be.
      return (error as { code?: string }).code === "ENOTDIR" ? true : undefined;
    });
    if (there === undefined) continue;
    throw new WaymarkError("WM8054", `${shown}/${path} is in the way: \`waymark publish\` did not write it`, {
      hint: "publish to another folder, or move that file away; nothing was written",
    });
  }
}

async function writeWhole(folder: string, path: string, content: string | Uint8Array): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.waymark-new`, content);
  await rename(`${file}.waymark-new`, file);
}

/** With the folders that are empty then. */
async function remove(folder: string, path: string): Promise<void> {
  await rm(join(folder, path), { force: true });
  for (let at = posix.dirname(path); at !== "."; at = posix.dirname(at)) {
    const removed = await rmdir(join(folder, at)).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}
