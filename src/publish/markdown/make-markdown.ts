import type { Site, SiteFile } from "../site/make-site.ts";
import type { SourcePage } from "../site/read-page.ts";
import type { Form } from "./form.ts";
import { guidePath, picturePath } from "./form-path.ts";
import { formProblems } from "./form-problems.ts";
import { leftOut } from "./left-out.ts";
import type { Library } from "./library.ts";
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
