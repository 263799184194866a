import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import { visibleText } from "../html/visible-text.ts";
import type { Place } from "../links/left-out.ts";
import { NOTE } from "./markdown-to-hast.ts";

/** What prose needs on a page besides its HTML. */
export interface Refining {
  /** Where a link leads to on the site; nothing for what is not there. */
  readonly link: (href: string, place: Place) => string | undefined;
  /** Where a picture is on the site; nothing for what is not there. */
  readonly picture: (src: string, place: Place) => string | undefined;
  /** Level of headings that stand in lists and quotes. */
  readonly level: number;
  /** Anchors of headings, by where they stand in the guide. */
  readonly anchors: ReadonlyMap<number, string>;
  /** A name for a box to tick, from its words: it must be the same when the page is published again. */
  readonly tick: (words: string) => string;
}

/** Links and pictures that lead somewhere, tables that scroll, boxes that can be ticked. */
export function refine(nodes: readonly ElementContent[], about: Refining): ElementContent[] {
  return nodes.flatMap((node): readonly ElementContent[] => {
    if (node.type === "comment") return [];
    if (node.type !== "element") return [node];
    return refineElement(node, about);
  });
}

function refineElement(node: Element, about: Refining): readonly ElementContent[] {
  const { properties, tagName } = node;
  switch (tagName) {
    case "a": {
      const children = refine(node.children, about);
      const { href } = properties;
      const footnote = properties["dataFootnoteRef"] === undefined ? {} : { ariaDescribedBy: [`${NOTE}${FOOTNOTES}`] };
      if (typeof href !== "string") return properties["id"] === undefined ? children : [{ ...node, children }];
      const target = about.link(href, node.position);
      if (target === undefined) return children;
      const rel = /^[a-z]+:/i.test(target) ? { rel: ["noreferrer"] } : {};
      // On paper, the address follows the words of a link, unless they say it.
      const bare = textOf(children) === href ? { className: ["bare"] } : {};
      return [{ ...node, properties: { ...properties, href: target, ...rel, ...bare, ...footnote }, children }];
    }
    case "img": {
      const src = typeof properties["src"] === "string" ? properties["src"] : "";
      const alt = typeof properties["alt"] === "string" ? properties["alt"] : "";
      if (/^https?:/i.test(src)) return [h("a", { href: src, rel: ["noreferrer"] }, alt === "" ? src : alt)];
      const target = about.picture(src, node.position);
      if (target === undefined) return [{ type: "text", value: alt }];
      return [h("img", { src: target, alt, loading: "lazy" })];
    }
    case "pre":
      return [node];
    case "code":
      return [h("code", visibleText(textOf(node.children)))];
    case "table":
      return [
        h("div", { className: ["table"], tabIndex: 0, role: "group", ariaLabel: "Table" }, [
          { ...node, children: refine(node.children, about) },
        ]),
      ];
    case "h1":
    case "h2":
    case "h3":
    case "h4":
    case "h5":
    case "h6": {
      if (properties["id"] === FOOTNOTES)
        return [{ ...node, properties: { ...properties, id: `${NOTE}${FOOTNOTES}` } }];
      const id = about.anchors.get(node.position?.start.offset ?? -1);
      const children = refine(node.children, about);
      return [h(`h${Math.min(about.level, 6)}`, id === undefined ? {} : { id }, children)];
    }
    case "blockquote":
      return [alert({ ...node, children: refine(node.children, about) })];
    case "li":
      return [
        hasClass(node, "task-list-item") ? taskItem(node, about) : { ...node, children: refine(node.children, about) },
      ];
    default:
      return [{ ...node, children: refine(node.children, about) }];
  }
}

/** The heading of the footnotes (mdast-util-to-hast). */
const FOOTNOTES = "footnote-label";

function hasClass({ properties }: Element, name: string): boolean {
  const { className } = properties;
  return Array.isArray(className) && className.includes(name);
}

/** A quote that begins with `[!NOTE]` and the like, on a line of its own (GitHub's alerts). */
function alert(quote: Element): Element {
  const [first, ...others] = quote.children.filter((child) => child.type === "element");
  const text = first?.tagName === "p" ? first.children[0] : undefined;
  if (first === undefined || text?.type !== "text") return quote;
  const [marker, kind] = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)/i.exec(text.value) ?? [];
  if (marker === undefined || kind === undefined) return quote;
  const alone = first.children.length === 1 && text.value === marker;
  if (alone ? others.length === 0 : !marker.endsWith("\n")) return quote;
  const name = kind.toLowerCase();
  const said = [{ type: "text" as const, value: text.value.slice(marker.length) }, ...first.children.slice(1)];
  return h("div", { className: ["alert", `alert-${name}`], role: "note" }, [
    h("p", { className: ["kind"] }, `${name.charAt(0).toUpperCase()}${name.slice(1)}`),
    ...(alone ? [] : [{ ...first, children: said }]),
    ...others,
  ]);
}

const BLOCKS = new Set(["ul", "ol", "p", "pre", "div", "blockquote", "table"]);

/** The box and the words behind it are one label; what blocks the item has besides follow. */
function taskItem(node: Element, about: Refining): Element {
  const first = node.children.find((child) => child.type !== "text" || child.value.trim() !== "");
  const loose = first?.type === "element" && first.tagName === "p";
  const source = loose ? first.children : node.children;
  const end = source.findIndex((child) => child.type === "element" && BLOCKS.has(child.tagName));
  const words = source.slice(0, end === -1 ? source.length : end);
  const box = words.find((child) => child.type === "element" && child.tagName === "input");
  const checked = box?.type === "element" && box.properties["checked"] === true;
  const said = refine(
    words.filter((child) => child !== box),
    about,
  );
  const rest = loose ? node.children.slice(node.children.indexOf(first) + 1) : source.slice(words.length);
  return {
    ...node,
    children: [
      h("label", [
        h("input", { type: "checkbox", dataTick: about.tick(textOf(said).trim()), checked, autoComplete: "off" }),
        h("span", said),
      ]),
      ...refine(rest, about),
    ],
  };
}

/** What is there to read, without what only serves. */
export function textOf(nodes: readonly ElementContent[]): string {
  return nodes
    .map((node) => {
      if (node.type === "text") return node.value;
      if (node.type !== "element" || node.tagName === "button" || node.properties["hidden"] === true) return "";
      if (hasClass(node, "anchor")) return "";
      const text = textOf(node.children);
      return /^(?:p|li|pre|td|th|h[1-6]|div|tr)$/.test(node.tagName) ? `${text} ` : text;
    })
    .join("");
}
