import { posix } from "node:path";
import type { ElementContent } from "hast";
import { h } from "hastscript";
import type { Highlighter } from "../../highlight/highlighter.ts";
import type { Diagnostic } from "../../model/source.ts";
import { anchorsOnce } from "../links/anchors.ts";
import { htmlLeftOut, linkLeftOut, pictureLeftOut } from "../links/left-out.ts";
import { encodedPath, linkTarget, pathFrom, relativeAddress } from "../links/link-target.ts";
import { lostAnchors } from "../links/lost-anchors.ts";
import { badge } from "../verified/badge.ts";
import { type Article, badgeName, guideArticle } from "./guide-article.ts";
import { framedPage, type Neighbour, SHARED, TOP } from "./page-frame.ts";
import { pictureAddress } from "./pictures.ts";
import type { SourcePage } from "./read-page.ts";
import { htmlAsText } from "./simple-html.ts";
import { type IndexEntry, searchIndex, sharedFiles } from "./shared-files.ts";

/** A file of a site, below its folder, with `/`. */
export interface SiteFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** The guide that it is the page of. */
  readonly of?: string;
}

export interface Site {
  readonly files: readonly SiteFile[];
  /** What of the guides is not on the site. */
  readonly diagnostics: readonly Diagnostic[];
}

const HTML_IS_TEXT = {
  code: "WM8057",
  message: "HTML is shown as text",
  hint: "Write it in Markdown. Tags without attributes are known, such as <br>, <kbd> and <details>, and <img>.",
};

/**
 * All files of a site. The same pages give the same bytes, in whatever order they come.
 * @param pictures those that the pages show, by where they are beside the guides; those that are missing are not shown
 */
export function makeSite(
  sources: readonly SourcePage[],
  pictures: ReadonlyMap<string, Uint8Array>,
  highlight: Highlighter,
): Site {
  const pages = sources.toSorted(inReadingOrder);
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const home = pages.find(({ url }) => url === "index.html");
  const site = home?.title ?? "Guides";
  const diagnostics: Diagnostic[] = [];
  const entries: IndexEntry[] = [];
  const files: SiteFile[] = [];
  const shown = new Set<string>();
  for (const [at, page] of pages.entries()) {
    const article = guideArticle(page, {
      highlight,
      link: (href, place) => {
        const target = addressOf(href, page, byPath);
        if (target === undefined) diagnostics.push(linkLeftOut(page, place, href));
        return target;
      },
      picture: (src, place) => {
        const path = pathFrom(page, src);
        const bytes = path === undefined ? undefined : pictures.get(path);
        if (path === undefined || bytes === undefined) {
          diagnostics.push(pictureLeftOut(page, place, src));
          return undefined;
        }
        const { address, copied } = pictureAddress(path, bytes);
        if (copied) shown.add(path);
        return copied ? relativeAddress(page.url, address) : address;
      },
    });
    for (const { title, anchor, text } of article.search) {
      const url = encodedPath(page.url) + (anchor === "" ? "" : `#${encodeURIComponent(anchor)}`);
      entries.push({ title, page: page.title, url, text });
    }
    const others = pages.length > 1 && page === home ? guideList(pages, page) : [];
    files.push({
      path: page.url,
      content: pageHtml(page, article, others, site, pages[at - 1], pages[at + 1]),
      of: page.file,
    });
    if (page.verified !== undefined) {
      files.push({ path: posix.join(posix.dirname(page.url), badgeName(page)), content: badge(page.verified.by) });
    }
  }
  const anchorsAt = anchorsOnce(byPath, "site");
  diagnostics.push(
    ...pages.flatMap((page) => [...lostAnchors(page, anchorsAt), ...htmlLeftOut(page, htmlAsText(page), HTML_IS_TEXT)]),
  );
  if (home === undefined) {
    const content = [h("header", { className: ["title"] }, h("h1", site)), ...guideList(pages)];
    files.push({
      path: "index.html",
      content: framedPage({ title: site, url: "index.html", site, content, contents: [] }),
    });
  }
  for (const path of [...shown].toSorted()) files.push({ path, content: pictures.get(path) ?? "" });
  for (const [name, content] of sharedFiles()) files.push({ path: `${SHARED}/${name}`, content });
  files.push({ path: `${SHARED}/search-index.js`, content: searchIndex(entries) });
  return { files, diagnostics };
}

/** Hugo's order: what has a weight first, then by path; the site's first page before all. */
function inReadingOrder(one: SourcePage, other: SourcePage): number {
  const home = Number(other.url === "index.html") - Number(one.url === "index.html");
  const weight = (one.weight ?? Infinity) - (other.weight ?? Infinity);
  if (home !== 0) return home;
  if (weight !== 0 && !Number.isNaN(weight)) return weight;
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}

function pageHtml(
  page: SourcePage,
  article: Article,
  more: readonly ElementContent[],
  site: string,
  before: SourcePage | undefined,
  after: SourcePage | undefined,
): string {
  const { title, description, url } = page;
  const previous = before && neighbourOf(page, before);
  const next = after && neighbourOf(page, after);
  return framedPage({
    title,
    ...(description !== undefined && { description }),
    url,
    site,
    content: [...article.content, ...more],
    contents: article.contents,
    ...(previous && { previous }),
    ...(next && { next }),
  });
}

function neighbourOf(page: SourcePage, { title, url }: SourcePage): Neighbour {
  return { title, href: relativeAddress(page.url, url) };
}

function guideList(pages: readonly SourcePage[], home?: SourcePage): readonly ElementContent[] {
  const items = pages
    .filter((page) => page !== home)
    .map(({ title, description, url }) =>
      h("li", [
        h("a", { href: encodedPath(url) }, [
          h("strong", title),
          ...(description === undefined ? [] : [h("span", description)]),
        ]),
      ]),
    );
  return [
    ...(home === undefined ? [] : [h("h2", { id: "guides:list" }, "Guides")]),
    h("ul", { className: ["guides"] }, items),
  ];
}

/** The address of a page that is published, as seen from another. Nothing for what is not on the site. */
function addressOf(href: string, page: SourcePage, byPath: ReadonlyMap<string, SourcePage>): string | undefined {
  const target = linkTarget(href, page, (path) => byPath.get(path));
  switch (target.kind) {
    case "elsewhere":
      return href;
    case "nowhere":
      return undefined;
    case "page": {
      const to = target.page === page ? "" : relativeAddress(page.url, target.page.url);
      return to + target.fragment || `#${TOP}`;
    }
  }
}
