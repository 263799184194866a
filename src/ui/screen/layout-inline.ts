import type { Inline } from "../../model/prose.ts";
import { neutralize, oneLine } from "../../story/terminal-text.ts";
import type { Style } from "../style.ts";
import { type Look, type Span, span } from "./text-line.ts";

const MARKS = { strong: "bold", emphasis: "italic", code: "cyan", deleted: "strikethrough" } as const;

/** Words with their looks. Without colours code is known by its backticks; a link says where it leads. */
export function layoutInline({ color }: Style, inlines: readonly Inline[]): readonly Span[] {
  return inlines.flatMap(({ text, marks, link }, index): readonly Span[] => {
    const looks = new Set<Look>();
    for (const mark of marks) looks.add(MARKS[mark]);
    if (link !== undefined) looks.add("underline");
    const words = text === "\n" ? text : neutralize(text).replaceAll("\n", " ");
    const quoted = marks.includes("code") && !color ? `\`${words}\`` : words;
    const isEnd = link !== undefined && inlines[index + 1]?.link !== link;
    return [span(quoted, ...looks), ...(isEnd ? address(inlines, link) : [])];
  });
}

/** Where a link leads, unless its words say so, or it leads to another place of the guide. */
function address(inlines: readonly Inline[], link: string): readonly Span[] {
  const words = inlines.flatMap((inline) => (inline.link === link ? inline.text : [])).join("");
  if (link.startsWith("#") || link === words || link === `mailto:${words}` || link === `http://${words}`) return [];
  return [span(` (${oneLine(link)})`, "dim")];
}
