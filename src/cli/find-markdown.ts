import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { WaymarkError } from "../model/errors.ts";
import type { Surroundings } from "./terminal.ts";

export interface FoundFile {
  /** As the user would name it. */
  readonly file: string;
  readonly absolute: string;
  /** The folder that is published. */
  readonly root: string;
  /** Below that folder, with `/`. */
  readonly path: string;
}

/**
 * The Markdown files among what the user named: files as they are, of folders all that is called `.md` or `.markdown`,
 * without hidden folders, `node_modules` and what is below `except`.
 * @throws {WaymarkError} WM8006 where something cannot be read, WM8055 where there is nothing
 */
export async function findMarkdown(
  around: Surroundings,
  paths: readonly string[],
  except: string,
): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const given of paths) {
    const absolute = resolve(around.cwd, given);
    for (const file of await filesIn(absolute, given, except))
      if (!found.has(file.absolute)) found.set(file.absolute, file);
  }
  if (found.size > 0) return [...found.values()];
  throw new WaymarkError("WM8055", `there is no Markdown file in ${paths.join(", ")}`, {
    hint: "name guides, or folders with files that end in .md",
  });
}

async function filesIn(absolute: string, given: string, except: string): Promise<readonly FoundFile[]> {
  try {
    if (!(await stat(absolute)).isDirectory()) {
      return [{ file: given, absolute, root: dirname(absolute), path: basename(absolute) }];
    }
    const paths = await below(absolute, "", except);
    return paths.map((path) => ({ file: join(given, path), absolute: join(absolute, path), root: absolute, path }));
  } catch (error) {
    throw new WaymarkError("WM8006", `${given} cannot be read: ${(error as Error).message}`, {
      hint: "check the path and its permissions",
      cause: error,
    });
  }
}

async function below(root: string, folder: string, except: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (isHidden(entry.name) || join(root, path) === except) continue;
    if (entry.isDirectory()) paths.push(...(await below(root, path, except)));
    else if (isMarkdown(path)) paths.push(path);
  }
  return paths.toSorted();
}

/** It would be found in a folder that is published. @param path below that folder, with `/` */
export function isMarkdown(path: string): boolean {
  return /\.(?:md|markdown)$/i.test(path) && !path.split("/").some(isHidden);
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
