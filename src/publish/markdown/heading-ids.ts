import type { Heading, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import type { TextEdit } from "./text-edit.ts";
import { nodesOf } from "./visit.ts";

/** For sites that do not know `## Title {#name}`: it is a place to link to, and nobody sees it. */
export function headingIdEdits(_text: string, root: Root): readonly TextEdit[] {
  return [...nodesOf(root)].flatMap(({ node }) => (node.type === "heading" ? editsOf(node) : []));
}

function editsOf(heading: Heading): readonly TextEdit[] {
  const first = heading.children[0];
  const last = heading.children.at(-1);
  if (first === undefined || last?.type !== "text") return [];
  const [whole = "", name] = /\s*\{#([\w-]+)\}$/.exec(last.value) ?? [];
  if (name === undefined) return [];
  const { start } = rangeOf(first);
  const { end } = rangeOf(last);
  return [
    { from: start, to: start, text: `<a id="${name}"></a>` },
    { from: end - whole.length, to: end, text: "" },
  ];
}
