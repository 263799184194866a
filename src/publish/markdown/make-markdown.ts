import { anchorsOnce } from "../links/anchors.ts";
import { lostAnchors } from "../links/lost-anchors.ts";
import type { Site, SiteFile } from "../site/make-site.ts";
import type { SourcePage } from "../site/read-page.ts";
import { badge } from "../verified/badge.ts";
import type { Form } from "./form.ts";
import { badgePath, guidePath, picturePath } from "./form-path.ts";
import { formProblems } from "./form-problems.ts";
import { leftOut } from "./left-out.ts";
import type { Library } from "./library.ts";
import { titleAnchor } from "./title.ts";
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
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const shown = new Map<string, SiteFile["content"]>(pictures);
  for (const { path, verified } of pages) if (verified !== undefined) shown.set(badgePath(path), badge(verified.by));
  const library: Library = {
    hasGuide: (path) => byPath.has(path),
    hasPicture: (path) => shown.has(path),
    titleAnchor: (path) => {
      const page = form === "hugo" ? byPath.get(path) : undefined;
      return page && titleAnchor(page.root, page.title);
    },
  };
  const guides = pages.map((page): SiteFile => {
    return { path: guidePath(page.path, form), content: toMarkdown(page, form, library), of: page.file };
  });
  const anchorsAt = anchorsOnce(byPath, form);
  return {
    files: [...guides, ...[...shown].map(([path, content]) => ({ path: picturePath(path, form), content }))],
    diagnostics: pages.flatMap((page) => [
      ...formProblems(page, form),
      ...leftOut(page, library),
      ...lostAnchors(page, anchorsAt),
    ]),
  };
}
