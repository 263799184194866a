import type { Nodes } from "mdast";
import { languageOf } from "./own-blocks.ts";
import type { SourcePage } from "./read-page.ts";

/** The languages of all code in a page. */
export function codeLanguages({ root }: SourcePage): readonly string[] {
  const found = new Set<string>(["bash"]);
  const walk = (node: Nodes): void => {
    if (node.type === "code") found.add(languageOf(node).toLowerCase());
    if ("children" in node) for (const child of node.children) walk(child);
  };
  walk(root);
  return [...found];
}
