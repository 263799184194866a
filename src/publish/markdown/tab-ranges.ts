import type { Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { headingsOf, type Tab, type TabGroup, type TabGroups } from "./tab-groups.ts";
import { lineStart } from "./line-prefix.ts";

/** Where a tab stands in a text. */
export interface TabRange extends Tab {
  readonly group: TabGroup;
  /** Its heading. */
  readonly from: number;
  readonly headingEnd: number;
  /** What the heading says, as it is written. */
  readonly title: string;
  /** Where the line begins that is no part of it any more. */
  readonly to: number;
}

/** The tabs of a guide, in its order; none where a heading has come or gone. */
export function tabRanges(text: string, root: Root, { groups, headings: count }: TabGroups): readonly TabRange[] {
  const headings = headingsOf(root);
  if (headings.length !== count) return [];
  const ranges = groups.flatMap((group) =>
    group.tabs.flatMap((tab): readonly TabRange[] => {
      const heading = headings[tab.heading];
      const next = headings[tab.end];
      if (heading === undefined) return [];
      const { start: from, end: headingEnd } = rangeOf(heading);
      const to = next === undefined ? text.length : lineStart(text, rangeOf(next).start);
      const [first, last] = [heading.children[0], heading.children.at(-1)];
      const written = first && last ? text.slice(rangeOf(first).start, rangeOf(last).end) : "";
      const title = written.replaceAll(/<a id="[^"]*"><\/a>|\s*\\?\{#[\w-]+\\?\}$/g, "").trim();
      return [{ ...tab, group, from, headingEnd, title, to }];
    }),
  );
  return ranges.toSorted((a, b) => a.from - b.from);
}

/** How many tabs hold what stands at a place: their headings do not. */
export function tabDepth(tabs: readonly TabRange[], at: number): number {
  return tabs.filter(({ headingEnd, to }) => at >= headingEnd && at < to).length;
}
