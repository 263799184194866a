import type { Heading, Nodes, Root } from "mdast";
import { plainText, rangeOf } from "../../document/markdown.ts";
import type { Runbook } from "../../model/runbook.ts";
import type { PageFacts } from "../site/page-facts.ts";
import type { Form } from "./form.ts";
import { alternatives } from "../site/tabs.ts";

/** One of several alternatives. Headings are told by their number: edits before do not change how many there are. */
export interface Tab {
  readonly choice: string;
  /** Index in `Runbook.sections`. */
  readonly section: number;
  /** What links call it. */
  readonly anchor: string;
  /** The heading is nothing but the choice: it is all that the tab has to be called. */
  readonly label: string | undefined;
  /** Its heading's number. */
  readonly heading: number;
  /** Number of the heading that ends it; that of all headings where it ends with the guide. */
  readonly end: number;
}

/** Alternatives of which the reader follows one. */
export interface TabGroup {
  readonly input: string;
  readonly tabs: readonly Tab[];
}

export interface TabGroups {
  readonly groups: readonly TabGroup[];
  /** How many headings the guide has. */
  readonly headings: number;
}

export const NO_TABS: TabGroups = { groups: [], headings: 0 };

/** Sites that have tabs. Elsewhere all alternatives stand there, each with what it is for. */
export function hasTabs(form: Form): boolean {
  return form === "mkdocs" || form === "docusaurus";
}

interface Part {
  readonly number: number;
  readonly end: number;
  readonly inner: readonly Part[];
}

/** Finds the tabs of a guide: the same as on our own site. */
export function tabGroups(root: Root, { sections, steps }: Runbook, facts: PageFacts): TabGroups {
  const headings = headingsOf(root);
  const sectionOf = ({ number }: Part): number => {
    const { start } = headings[number] === undefined ? { start: -1 } : rangeOf(headings[number]);
    return sections.findIndex(({ span }) => span.start.offset === start);
  };
  const groups: TabGroup[] = [];
  const visit = (parts: readonly Part[]): void => {
    const conditions = (part: Part): readonly string[] => facts.conditions.get(sectionOf(part)) ?? [];
    for (const { input, choices = [] } of alternatives(parts, conditions, facts.inputs).map(choicesOf)) {
      if (input === undefined || !choices.every(({ section }) => isWhole(root, headings, section))) continue;
      const tabs = choices.map(({ choice, section: part }): Tab => {
        const heading = headings[part.number];
        const section = sectionOf(part);
        const title = heading === undefined ? "" : plainText(heading);
        const [, words = title, id] = /^([\s\S]*?)\s*\{#([\w-]+)\}$/.exec(title) ?? [];
        const label = words.toLowerCase() === choice.toLowerCase() ? words : undefined;
        const anchor = id ?? sections[section]?.slug ?? "";
        return { choice, section, anchor, label, heading: part.number, end: part.end };
      });
      groups.push({ input, tabs });
    }
    for (const { inner } of parts) visit(inner);
  };
  if (steps.length > 0) visit(partsOf(headings, 0, headings.length));
  return { groups, headings: headings.length };
}

function choicesOf(group: ReturnType<typeof alternatives<Part>>[number]): {
  readonly input?: string;
  readonly choices?: readonly { readonly section: Part; readonly choice: string }[];
} {
  return group.input === undefined ? {} : group;
}

/** Headings that make sections: those in no list and no quote. */
export function headingsOf(root: Root): readonly Heading[] {
  return root.children.filter((node) => node.type === "heading");
}

function partsOf(headings: readonly Heading[], from: number, to: number): readonly Part[] {
  const parts: Part[] = [];
  let at = from;
  while (at < to) {
    const depth = headings[at]?.depth ?? 1;
    const next = headings.findIndex((heading, index) => index > at && heading.depth <= depth);
    const end = next === -1 ? to : Math.min(next, to);
    parts.push({ number: at, end, inner: partsOf(headings, at + 1, end) });
    at = end;
  }
  return parts;
}

/** What is folded begins and ends in it. */
function isWhole(root: Root, headings: readonly Heading[], { number, end }: Part): boolean {
  const at = (heading: Nodes | undefined): number => (heading === undefined ? Infinity : rangeOf(heading).start);
  const html = root.children.flatMap((node) => {
    const { start } = rangeOf(node);
    return node.type === "html" && start >= at(headings[number]) && start < at(headings[end]) ? node.value : [];
  });
  const count = (tag: RegExp): number => html.join("\n").match(tag)?.length ?? 0;
  return count(/<(?:details|div|p)\b/g) === count(/<\/(?:details|div|p)\b/g);
}
