import { leadsOf, type Library } from "./library.ts";
import type { Diagnostic } from "../../model/source.ts";
import { firstLineOf } from "../../document/markdown.ts";
import { linkLeftOut, pictureLeftOut } from "../links/left-out.ts";
import type { Site, SiteFile } from "../site/make-site.ts";
import type { SourcePage } from "../site/read-page.ts";
import type { Form } from "./form.ts";
import { guidePath, picturePath } from "./form-path.ts";
import { formProblems } from "./form-problems.ts";
import { toMarkdown } from "./to-markdown.ts";

/**
 * Guides for somebody else's site, with the pictures that they show.
 * @param pictures by where they are beside the guides
 */
export function makeMarkdown(
  pages: readonly SourcePage[],
  pictures: ReadonlyMap<string, Uint8Array>,
  form: Form,
): Site {
  const paths = new Set(pages.map(({ path }) => path));
  const library: Library = { hasGuide: (path) => paths.has(path), hasPicture: (path) => pictures.has(path) };
  const guides = pages.map((page): SiteFile => {
    return { path: guidePath(page.path, form), content: toMarkdown(page, form, library), of: page.file };
  });
  const shown = [...pictures].map(([path, content]): SiteFile => ({ path: picturePath(path, form), content }));
  return {
    files: [...guides, ...shown],
    diagnostics: pages.flatMap((page) => [...formProblems(page, form), ...leftOut(page, library)]),
  };
}

/** Links and pictures that are not on the site. Warnings. */
export function leftOut(page: Pick<SourcePage, "file" | "path" | "root">, library: Library): readonly Diagnostic[] {
  return leadsOf(page.root, page.path, library).flatMap(({ kind, node, url }) => {
    if (kind === "no guide") return [linkLeftOut(page, firstLineOf(node), url)];
    return kind === "no picture" ? [pictureLeftOut(page, firstLineOf(node), url)] : [];
  });
}
