import type { Element, ElementContent, Root, RootContent } from "hast";

/** A heading of a page and all that stands below it, up to the next one of its kind. */
export interface PageSection {
  readonly heading: Element;
  /** 1 to 6, as written. */
  readonly depth: number;
  /** Where its heading stands in the guide. */
  readonly offset: number;
  /** What stands above its first subsection. */
  readonly content: readonly ElementContent[];
  readonly sections: readonly PageSection[];
}

/** What stands above the first heading, and the sections below. Only headings that stand in no list or quote make one. */
export function sectionTree(root: Root): Pick<PageSection, "content" | "sections"> {
  const children = root.children.filter((child): child is Exclude<RootContent, { readonly type: "doctype" }> => {
    return child.type !== "doctype";
  });
  const starts = children.flatMap((child, index) => (depthOf(child) === undefined ? [] : [index]));
  return {
    content: children.slice(0, starts[0] ?? children.length),
    sections: sectionsOf(children.slice(starts[0] ?? children.length)),
  };
}

/** @param nodes begins with a heading, unless it is empty */
function sectionsOf(nodes: readonly ElementContent[]): readonly PageSection[] {
  const sections: PageSection[] = [];
  let at = 0;
  while (at < nodes.length) {
    const heading = nodes[at];
    const depth = heading === undefined ? undefined : depthOf(heading);
    if (heading?.type !== "element" || depth === undefined) throw new Error("a section begins with a heading");
    const ends = nodes.findIndex((node, index) => index > at && (depthOf(node) ?? 7) <= depth);
    const inner = nodes.slice(at + 1, ends === -1 ? nodes.length : ends);
    const first = inner.findIndex((node) => depthOf(node) !== undefined);
    sections.push({
      heading,
      depth,
      offset: heading.position?.start.offset ?? -1,
      content: first === -1 ? inner : inner.slice(0, first),
      sections: first === -1 ? [] : sectionsOf(inner.slice(first)),
    });
    at = ends === -1 ? nodes.length : ends;
  }
  return sections;
}

function depthOf(node: ElementContent | RootContent): number | undefined {
  const depth = node.type === "element" ? /^h([1-6])$/.exec(node.tagName)?.[1] : undefined;
  return depth === undefined ? undefined : Number(depth);
}
