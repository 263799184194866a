import type { Nodes } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { imageOf, isFlow } from "../html/image-tag.ts";
import { emptyLineBelow, linePrefix } from "./line-prefix.ts";
import { imageText } from "./link-edits.ts";
import type { TextEdit } from "./text-edit.ts";

/** For sites that leave HTML out, or look for no picture that it names: pictures in HTML are pictures in Markdown. */
export function imageEdits(text: string, parent: Nodes): readonly TextEdit[] {
  if (!("children" in parent)) return [];
  return parent.children.flatMap((node): readonly TextEdit[] => {
    const image = node.type === "html" ? imageOf(node.value) : undefined;
    if (image === undefined) return imageEdits(text, node);
    const { start, end } = rangeOf(node);
    // A block of HTML is text now, which would go on in the line below.
    const below = isFlow(parent) ? emptyLineBelow(text, end, linePrefix(text, start)) : "";
    return [{ from: start, to: end, text: imageText(image) + below }];
  });
}
