import { posix } from "node:path";
import type { ElementContent } from "hast";
import { h } from "hastscript";
import type { Highlighter } from "../../highlight/highlighter.ts";
import type { Diagnostic, Span } from "../../model/source.ts";
import { badge } from "../verified/badge.ts";
import { type Article, badgeName, guideArticle } from "./guide-article.ts";
import { framedPage, type Neighbour, SHARED } from "./page-frame.ts";
import { isPicture, pictureAddress } from "./pictures.ts";
import type { SourcePage } from "./read-page.ts";
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
      link: (href, line) => {
        const target = linkTarget(href, page, byPath);
        if (target === undefined) diagnostics.push(notThere(page, line, href));
        return target;
      },
      picture: (src, line) => {
        const path = pathFrom(page, src);
        const bytes = path === undefined ? undefined : pictures.get(path);
        if (path === undefined || bytes === undefined) {
          diagnostics.push(noPicture(page, line, src));
          return undefined;
        }
        const { address, copied } = pictureAddress(path, bytes);
        if (copied) shown.add(path);
        return copied ? relative(page.url, address) : address;
      },
    });
    for (const { title, anchor, text } of article.search) {
      const url = anchor === "" ? page.url : `${page.url}#${encodeURIComponent(anchor)}`;
      entries.push({ title, page: page.title, url: encodedPath(url), text });
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
  return { title, href: relative(page.url, url) };
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

function relative(from: string, to: string): string {
  return encodedPath(posix.relative(posix.dirname(from), to));
}

/** A path as a part of an address; what is behind a `#` is left alone. */
function encodedPath(path: string): string {
  const [file = "", ...rest] = path.split("#");
  const encoded = file.split("/").map(encodeURIComponent).join("/");
  return rest.length === 0 ? encoded : `${encoded}#${rest.join("#")}`;
}

/** @returns nothing for what is not on the site */
function linkTarget(href: string, page: SourcePage, byPath: ReadonlyMap<string, SourcePage>): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith("#")) return href;
  const [address = "", ...anchor] = href.split("#");
  const path = pathFrom(page, address);
  if (path === undefined) return undefined;
  const target = ["", "README.md", "readme.md", "index.md"]
    .map((name) => byPath.get(name === "" ? path : posix.join(path, name)))
    .find((found) => found !== undefined);
  if (target === undefined) return undefined;
  const to = target === page ? "" : relative(page.url, target.url);
  const fragment = anchor.length === 0 ? "" : `#${anchor.join("#")}`;
  return to + fragment || "#main";
}

/** Where an address beside a guide leads to, below the folder that is published; nothing for what is elsewhere. */
export function pathFrom(page: SourcePage, address: string): string | undefined {
  if (address.startsWith("/") || address.startsWith("\\")) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(address.replace(/\?.*$/, ""));
  } catch {
    return undefined;
  }
  const path = posix.join(posix.dirname(page.path), decoded);
  return path.startsWith("../") || path === ".." || decoded.includes("\0") ? undefined : path.replace(/\/$/, "");
}

function notThere({ file }: SourcePage, line: number, href: string): Diagnostic {
  return {
    code: "WM8051",
    severity: "warning",
    message: `\`${href}\` is not published: its page has the words without the link`,
    hint: "Publish the folder that both are in, or link to where it is on the web.",
    file,
    span: lineSpan(line),
  };
}

function noPicture({ file }: SourcePage, line: number, src: string): Diagnostic {
  return {
    code: "WM8052",
    severity: "warning",
    message: `${src === "" ? "A picture" : `The picture \`${src}\``} is not shown: its page has the words that stand for it`,
    hint: isPicture(src)
      ? "Put it into the folder that is published."
      : "Use a PNG, JPEG, GIF, WebP, AVIF or SVG in the folder that is published.",
    file,
    span: lineSpan(line),
  };
}

function lineSpan(line: number): Span {
  const point = { line, column: 1, offset: 0 };
  return { start: point, end: point };
}
