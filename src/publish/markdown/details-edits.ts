import type { Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { nodesOf } from "./visit.ts";
import type { TextEdit } from "./text-edit.ts";

const DETAILS = /<\/?details(?:\s+open)?>|<summary>([\s\S]*?)<\/summary>/g;

/**
 * For sites that leave HTML out, or what stands within it unread: what could be folded stands open, below its summary.
 */
export function detailsEdits(text: string, root: Root): readonly TextEdit[] {
  return [...nodesOf(root)].flatMap(({ node }) => {
    if (node.type !== "html" || !isFolding(node.value)) return [];
    const { start, end } = rangeOf(node);
    const summaries = [...node.value.matchAll(DETAILS)].flatMap(([, summary]) => summary ?? []);
    return [{ from: start, to: end, text: summaries.map((summary) => `**${summary.trim()}**`).join("\n\n") }];
  });
}

/** Nothing but the ends of what can be folded, and what that is called. */
export function isFolding(html: string): boolean {
  const summaries = [...html.matchAll(DETAILS)].map(([, summary = ""]) => summary);
  return summaries.length > 0 && !summaries.join("").includes("<") && html.replaceAll(DETAILS, "").trim() === "";
}
