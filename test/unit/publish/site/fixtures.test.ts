import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeHighlighter } from "../../../../src/highlight/highlighter.ts";
import { guideArticle } from "../../../../src/publish/site/guide-article.ts";
import { readPage } from "../../../../src/publish/site/read-page.ts";
import { outline } from "./outline.ts";

const FOLDER = new URL("../../../fixtures/publish/", import.meta.url);
const highlight = await makeHighlighter(["bash", "console", "json", "ini", "python", "yaml"]);

for (const name of ["steps", "values", "prose"]) {
  test(`${name}: the page is the one beside the guide`, async () => {
    const folder = new URL(`${name}/`, FOLDER);
    const bytes = readFileSync(new URL("guide.md", folder));
    const page = readPage({ file: "guide.md", path: "guide.md", bytes }, true);
    expect(page.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const article = guideArticle(page, {
      highlight,
      link: (href) => (href.startsWith("../") ? undefined : href.replace(".md", ".html")),
      picture: (src) => (src === "lost.png" ? undefined : src),
    });
    await expect(outline(article.content)).toMatchFileSnapshot(new URL("page.txt", folder).pathname);
    await expect(`${JSON.stringify(article.contents, undefined, 1)}\n`).toMatchFileSnapshot(
      new URL("contents.json", folder).pathname,
    );
  });
}
