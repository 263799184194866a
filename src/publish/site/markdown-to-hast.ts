import type { Element, ElementContent, Root, RootContent } from "hast";
import type { Code, List, Nodes, Root as Markdown } from "mdast";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { withSimpleHtml } from "./simple-html.ts";

/** Blocks that are shown in a way of our own. */
export interface OwnBlocks {
  /** Code of all kinds. */
  readonly code: (node: Code) => readonly ElementContent[];
  /** Which lists are. */
  readonly isOwn: (node: List) => boolean;
  /** @param content the list as it would be shown otherwise */
  readonly list: (node: List, content: readonly ElementContent[]) => readonly ElementContent[];
}

/** What stands for such a block until all else has been sanitised. No guide can write one: its HTML is never parsed. */
const HOLDER = "waymark-block";

const SCHEMA = {
  ...defaultSchema,
  // Identifiers are given later, but for those of footnotes, which have a prefix of their own.
  clobberPrefix: "",
  tagNames: [...(defaultSchema.tagNames ?? []), HOLDER],
  attributes: { ...defaultSchema.attributes, [HOLDER]: ["dataIndex"] },
  protocols: { ...defaultSchema.protocols, href: ["http", "https", "mailto"], src: ["http", "https"] },
};

/** Of footnotes. No heading has a colon in its identifier. */
export const NOTE = "note:";

const processor = unified().use(remarkRehype, { clobberPrefix: NOTE }).use(rehypeSanitize, SCHEMA).freeze();

/**
 * A guide as HTML. Prose goes through rehype-sanitize; then the blocks of our own, which are made of text alone, take
 * their places. Elements keep where in the guide they are from.
 */
export function markdownToHast(markdown: Markdown, own: OwnBlocks): Root {
  const held: (Code | List)[] = [];
  const tree = processor.runSync(holding(withSimpleHtml(markdown), own, held));
  const put = (children: readonly (RootContent | ElementContent)[]): ElementContent[] =>
    children.flatMap((child): readonly ElementContent[] => {
      if (child.type === "doctype") return [];
      if (child.type !== "element") return [child];
      if (child.tagName !== HOLDER) return [{ ...child, children: put(child.children) } satisfies Element];
      const node = held[Number(child.properties["dataIndex"])];
      if (node === undefined) return [];
      return node.type === "code" ? own.code(node) : own.list(node, put(child.children));
    });
  return { type: "root", children: put(tree.children) };
}

/** Holders in the place of our blocks, which are added to `held`. A list stays within its holder. */
function holding<T extends Nodes>(node: T, own: OwnBlocks, held: (Code | List)[]): T {
  if (!("children" in node)) return node;
  const children = (node.children as readonly Nodes[]).map((child): Nodes => {
    if (child.type === "code") return holder(held.push(child) - 1, []);
    if (child.type !== "list" || !own.isOwn(child)) return holding(child, own, held);
    const index = held.push(child) - 1;
    return holder(index, [holding(child, own, held)]);
  });
  return { ...node, children };
}

function holder(index: number, children: readonly List[]): Nodes {
  return {
    type: "blockquote",
    data: { hName: HOLDER, hProperties: { dataIndex: index } },
    children: [...children],
  };
}
