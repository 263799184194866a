import { posix } from "node:path";
import { encodedPath } from "../links/link-target.ts";
import type { Form } from "./form.ts";

/** Where a guide stands for a form. The page of a folder has a name of its own in Hugo: `index.md` would be all there is. */
export function guidePath(path: string, form: Form): string {
  switch (form) {
    case "hugo":
      return path.replace(/(^|\/)(?:readme|index)\.[^./]*$/i, "$1_index.md");
    case "docusaurus":
      return path.replace(/\.markdown$/i, ".md");
    case "github":
    case "mkdocs":
      return path;
  }
}

/** Where a picture stands for a form. */
export function picturePath(path: string, form: Form): string {
  return form === "hugo" ? posix.join(hugoFolder(posix.dirname(path)), posix.basename(path)) : path;
}

/** The badge of a guide, which stands beside it: there may be a picture that is called like the guide. */
export function badgePath(path: string): string {
  return `${path.replace(/\.[^./]*$/, "")}-verified.svg`;
}

/** A picture's address on the page of a guide. */
export function pictureAddress(path: string, from: string, form: Form): string {
  const folder = form === "hugo" ? hugoPage(guidePath(from, form)) : posix.dirname(from);
  return encodedPath(posix.relative(folder, picturePath(path, form)));
}

/** The folder that Hugo makes of a page (`uglyURLs = false`); pictures stay where they are. */
function hugoPage(path: string): string {
  const folder = hugoFolder(posix.dirname(path));
  return posix.basename(path) === "_index.md" ? folder : posix.join(folder, posix.basename(path));
}

/** What Hugo makes of the name of a folder (hugolib 0.111, `PathSpec.MakePathSanitized`). */
function hugoFolder(path: string): string {
  return path
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{Nd}\p{M}\s./\\_#+~@%-]/gu, "")
    .replaceAll(/-?\s+-?/g, "-");
}
