import { blocksOf, page } from "./page.ts";

/** A recipe of the cookbook that has a guide in it. */
export interface Recipe {
  readonly heading: string;
  readonly guide: string;
}

/** In their order. @throws {Error} where a recipe has several guides: which one would be meant? */
export function recipes(): readonly Recipe[] {
  const { path, text } = page("docs/cookbook.md");
  const headings = [...text.matchAll(/^### (.*)$/gm)].map((match) => ({
    heading: match[1] ?? "",
    line: text.slice(0, match.index).split("\n").length,
  }));
  const found = blocksOf({ path, text })
    .filter(({ language }) => language === "markdown")
    .map(({ code, line }) => ({
      heading: headings.findLast((heading) => heading.line < line)?.heading ?? "",
      guide: code,
    }));
  if (new Set(found.map(({ heading }) => heading)).size < found.length) throw new Error("a recipe with two guides");
  return found;
}
