import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { Slugger } from "../../../src/document/slug.ts";
import { type Page, PAGES, proseOf, ROOT } from "./page.ts";

const links = PAGES.flatMap((page) =>
  [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !target.startsWith("https:"))
    .map((target) => [page.path, target] as const),
);

const anchorsOf = (page: Page): readonly string[] => {
  const slugger = new Slugger();
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map((match) => slugger.slug((match[1] ?? "").replaceAll("`", "")));
};

it.each(links)("%s links to %s, which is there", (from, target) => {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : join(dirname(from), file);
  expect(existsSync(join(ROOT, path)), path).toBe(true);
  if (anchor === undefined || statSync(join(ROOT, path)).isDirectory()) return;
  expect(anchorsOf({ path, text: readFileSync(join(ROOT, path), "utf8") })).toContain(anchor);
});
