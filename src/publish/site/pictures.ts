import type { Nodes } from "mdast";
import { entitiesRead } from "../html/entities.ts";
import type { SourcePage } from "./read-page.ts";

const COPIED = /\.(?:png|jpe?g|gif|webp|avif)$/i;
const DRAWN = /\.svg$/i;

/** Its name is that of a picture that a page can show. */
export function isPicture(path: string): boolean {
  return COPIED.test(path) || DRAWN.test(path);
}

/**
 * Where a picture is on the site. An SVG can hold scripts, which run where it is opened by itself: it becomes a part of
 * its page, where browsers show it and nothing else (SVG Integration, secure static mode).
 */
export function pictureAddress(
  path: string,
  bytes: Uint8Array,
): { readonly address: string; readonly copied: boolean } {
  if (!DRAWN.test(path)) return { address: path, copied: true };
  return { address: `data:image/svg+xml;base64,${Buffer.from(bytes).toString("base64")}`, copied: false };
}

const IN_HTML = /<img\s[^<>]*?\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;

/** Addresses of all pictures in a page, as written; also those in HTML, which some sites show. */
export function pictureSources({ root }: SourcePage): readonly string[] {
  const found: string[] = [];
  const walk = (node: Nodes): void => {
    if (node.type === "image") found.push(node.url);
    if (node.type === "definition") found.push(node.url);
    if (node.type === "html")
      for (const [, a, b] of node.value.matchAll(IN_HTML)) found.push(entitiesRead(a ?? b ?? ""));
    if ("children" in node) for (const child of node.children) walk(child);
  };
  walk(root);
  return [...new Set(found)];
}
