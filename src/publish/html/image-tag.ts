import type { Image, Nodes } from "mdast";
import { entitiesRead } from "./entities.ts";

const VALUE = /"[^"]*"|'[^']*'|[^\s"'=<>`]+/;
/** One whole tag, with nothing in it that does more than say what is to be seen, and how large. */
const TAG = new RegExp(
  `^<img((?:\\s+(?:src|alt|title|width|height|align|loading)\\s*=\\s*(?:${VALUE.source}))+)\\s*/?>$`,
  "i",
);
const ATTRIBUTE = new RegExp(`([a-z]+)\\s*=\\s*(${VALUE.source})`, "gi");

/**
 * The picture that a piece of HTML is, `<img src="rack.png" alt="A rack" width="300">`, as Markdown knows it: without its
 * size. Nothing where it is anything else.
 */
export function imageOf(html: string): Pick<Image, "url" | "alt" | "title"> | undefined {
  const attributes = TAG.exec(html.trim())?.[1];
  if (attributes === undefined) return undefined;
  const said = new Map(
    [...attributes.matchAll(ATTRIBUTE)].map(([, name = "", value = ""]) => {
      return [name.toLowerCase(), entitiesRead(value.replace(/^(["'])([\s\S]*)\1$/, "$2"))];
    }),
  );
  const url = said.get("src")?.trim();
  if (url === undefined || url === "") return undefined;
  return { url, alt: said.get("alt") ?? "", title: said.get("title") ?? null };
}

/** It holds blocks rather than text. */
export function isFlow({ type }: Nodes): boolean {
  return type === "root" || type === "blockquote" || type === "listItem" || type === "footnoteDefinition";
}

/** The tree with pictures for what is one in HTML. */
export function withImages<T extends Nodes>(node: T): T {
  if (!("children" in node)) return node;
  const inFlow = isFlow(node);
  const children = (node.children as readonly Nodes[]).map((child): Nodes => {
    const image = child.type === "html" ? imageOf(child.value) : undefined;
    if (image === undefined) return withImages(child);
    const place = child.position && { position: child.position };
    const shown: Image = { type: "image", ...image, ...place };
    return inFlow ? { type: "paragraph", children: [shown], ...place } : shown;
  });
  return { ...node, children };
}
