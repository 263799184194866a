import type { Nodes, Root } from "mdast";
import { toString } from "mdast-util-to-string";
import remarkFrontmatter from "remark-frontmatter";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";
import type { Range } from "./source-text.ts";

const parser = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter, ["yaml", "toml"]).freeze();

/** CommonMark with GFM and front matter, as the published page is read. */
export function parseMarkdown(text: string): Root {
  return parser.parse(text);
}

/** Where a node of a parsed guide stands. */
export function rangeOf(node: Nodes): Range {
  const start = node.position?.start.offset ?? 0;
  return { start, end: node.position?.end.offset ?? start };
}

/** Number of a node's first line, from 1. */
export function firstLineOf(node: Nodes): number {
  return node.position?.start.line ?? 1;
}

/** What a reader sees of a node, as plain text. */
export function plainText(node: Nodes): string {
  return toString(node, { includeHtml: false }).replaceAll(/\s+/g, " ").trim();
}
