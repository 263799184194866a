import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import { htmlPage } from "../html/page.ts";
import type { ContentsEntry } from "./guide-article.ts";

/** Folder of what all pages share. Its name has no leading underscore: GitHub leaves out what has. */
export const SHARED = "waymark-assets";

/** Where the guide begins on its page. No heading has a colon in its own. */
export const TOP = "page:top";

export interface Neighbour {
  readonly title: string;
  readonly href: string;
}

export interface FramedPage {
  readonly title: string;
  readonly description?: string;
  /** Below the site. */
  readonly url: string;
  readonly site: string;
  readonly content: readonly ElementContent[];
  readonly contents: readonly ContentsEntry[];
  readonly previous?: Neighbour;
  readonly next?: Neighbour;
}

/** The page around a guide: where one is on the site, and how one gets elsewhere. */
export function framedPage({ title, description, url, site, content, contents, previous, next }: FramedPage): string {
  const root = "../".repeat(url.split("/").length - 1);
  const shared = (name: string) => ({ file: `${root}${SHARED}/${name}` });
  const body = [
    h("a", { className: ["skip"], href: `#${TOP}` }, "Skip to the guide"),
    h("header", { className: ["top"] }, [
      h("a", { className: ["home"], href: `${root}index.html` }, site),
      searchForm(root),
      h("button", { type: "button", className: ["theme"], hidden: true, ariaLabel: "Light or dark" }),
    ]),
    h("div", { className: contents.length === 0 ? ["frame", "single"] : ["frame"] }, [
      ...contentsList(contents),
      h("main", { id: TOP, tabIndex: -1 }, [...content, ...around(previous, next)]),
    ]),
    h("footer", "Made with Waymark from the guide that it also runs."),
  ];
  return htmlPage({
    title: title === site ? title : `${title} · ${site}`,
    ...(description !== undefined && { description }),
    body,
    styles: [shared("site.css")],
    earlyScripts: [shared("theme.js")],
    scripts: [shared("page.js"), shared("search.js")],
  });
}

function searchForm(root: string): Element {
  return h("form", { className: ["search"], role: "search", hidden: true, dataRoot: root }, [
    h("input", { type: "search", ariaLabel: "Search all guides", placeholder: "Search", autoComplete: "off" }),
    h("span", { className: ["sr-only"], role: "status" }),
    h("ul", { className: ["found"], hidden: true, ariaLabel: "Found" }),
  ]);
}

function contentsList(contents: readonly ContentsEntry[]): readonly Element[] {
  if (contents.length === 0) return [];
  return [
    h("nav", { className: ["contents"], ariaLabel: "Contents" }, [
      h("details", { open: true }, [h("summary", "Contents"), entriesList(contents, 1)]),
    ]),
  ];
}

/** What is nested deeper is found by scrolling. */
const DEEPEST = 2;

function entriesList(entries: readonly ContentsEntry[], depth: number): Element {
  return h(
    "ul",
    entries.map(({ title, anchor, entries: inner }) =>
      h("li", [
        h("a", { href: `#${encodeURIComponent(anchor)}` }, title),
        ...(inner.length > 0 && depth < DEEPEST ? [entriesList(inner, depth + 1)] : []),
      ]),
    ),
  );
}

function around(previous: Neighbour | undefined, next: Neighbour | undefined): readonly Element[] {
  const links = [
    ...(previous === undefined ? [] : [neighbour("Previous", "prev", previous)]),
    ...(next === undefined ? [] : [neighbour("Next", "next", next)]),
  ];
  return links.length === 0 ? [] : [h("nav", { className: ["around"], ariaLabel: "Other guides" }, links)];
}

function neighbour(label: string, rel: string, { title, href }: Neighbour): Element {
  return h("a", { className: [rel], rel: [rel], href }, [h("small", label), title]);
}
