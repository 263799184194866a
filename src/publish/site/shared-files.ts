import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { SearchEntry } from "./guide-article.ts";

const { resolve } = createRequire(import.meta.url);

/** Texts that all pages of a site share, by file name: the style sheet, the scripts, the search library with its licence. */
export function sharedFiles(): ReadonlyMap<string, string> {
  const asset = (name: string): readonly [string, string] => {
    return [name, readFileSync(new URL(`../assets/${name}`, import.meta.url), "utf8")];
  };
  return new Map([
    asset("site.css"),
    asset("theme.js"),
    asset("page.js"),
    asset("search.js"),
    ["minisearch.js", minisearch()],
  ]);
}

/** As its package has it for browsers: a script that needs nothing else. */
function minisearch(): string {
  const folder = resolve("minisearch").replace(/dist[/\\].*$/, "");
  const licence = readFileSync(`${folder}LICENSE.txt`, "utf8").trim();
  const script = readFileSync(`${folder}dist/umd/index.js`, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  return `/*!\nMiniSearch\n\n${licence}\n*/\n${script}`;
}

/** An entry of the index: a section and where it is on the site. */
export interface IndexEntry extends Pick<SearchEntry, "title" | "text"> {
  readonly page: string;
  readonly url: string;
}

/** The index as a script, which also a page from the file system can load. */
export function searchIndex(entries: readonly IndexEntry[]): string {
  const documents = entries.map((entry, id) => ({ id, ...entry, text: entry.text.replaceAll(/\s+/g, " ").trim() }));
  // Both would end a line of a script once (ECMAScript before 2019).
  const json = JSON.stringify(documents)
    .replaceAll("\u2028", String.raw`\u2028`)
    .replaceAll("\u2029", String.raw`\u2029`);
  return `globalThis.waymarkSearch = ${json};\n`;
}
