import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import type { Runbook, Step } from "../../model/runbook.ts";
import { headingAnchors } from "../links/anchors.ts";
import { whenWords } from "../words/condition-words.ts";
import { hostWords } from "../words/host-words.ts";
import { hostsAtATime } from "../words/step-words.ts";
import { listed, sentence, type Words } from "../words/words.ts";
import type { CodeSettings } from "./code-block.ts";
import { inputsForm, VALUES_ANCHOR } from "./inputs-form.ts";
import { markdownToHast } from "./markdown-to-hast.ts";
import { ownBlocks } from "./own-blocks.ts";
import { type PageFacts, pageFacts } from "./page-facts.ts";
import type { SourcePage } from "./read-page.ts";
import { type Refining, refine, textOf } from "./refine.ts";
import { type PageSection, sectionTree } from "./section-tree.ts";
import { alternatives } from "./tabs.ts";
import { type PageVerified, verifiedWords } from "../verified/verified-words.ts";

/** An entry of a page's contents. */
export interface ContentsEntry {
  readonly title: string;
  readonly anchor: string;
  readonly entries: readonly ContentsEntry[];
}

/** What is found in a search: a section, or what stands above the first. */
export interface SearchEntry {
  readonly title: string;
  /** Empty for the page as a whole. */
  readonly anchor: string;
  readonly text: string;
}

export interface Article {
  readonly content: readonly ElementContent[];
  readonly contents: readonly ContentsEntry[];
  readonly search: readonly SearchEntry[];
}

export interface ArticleSettings extends Pick<CodeSettings, "highlight">, Pick<Refining, "link" | "picture"> {}

const NO_RUNBOOK: Runbook = { path: "", settings: { inputs: [], requires: [] }, sections: [], steps: [] };

/** A guide as the main part of its page. */
export function guideArticle(page: SourcePage, settings: ArticleSettings): Article {
  const { runbook, title, description } = page;
  const facts = { ...pageFacts(runbook ?? NO_RUNBOOK), ...(page.verified && { verified: page.verified }) };
  const anchors = headingAnchors(page.root);
  const code = { highlight: settings.highlight, names: facts.open };
  const root = markdownToHast(page.root, ownBlocks(runbook, facts, code, inheritedBy(runbook, facts)));
  const tree = withoutTitle(sectionTree(root), title);
  const ticks = new Map<string, number>();
  const builder: Building = {
    facts,
    runbook,
    anchors,
    search: [],
    refine: (nodes, level) => {
      return refine(nodes, { ...settings, level, anchors, tick: (words) => numbered(ticks, words.slice(0, 80)) });
    },
  };
  const form = inputsForm(facts);
  const intro = builder.refine(tree.content, 2);
  builder.search.push({ title, anchor: "", text: `${description ?? ""} ${textOf(intro)}` });
  const sections = buildSections(tree.sections, 2, builder);
  const values = facts.inputs.length === 0 ? [] : [{ title: "Your values", anchor: VALUES_ANCHOR, entries: [] }];
  return {
    content: [
      h("header", { className: ["title"] }, [
        h("h1", tree.anchor === undefined ? {} : { id: tree.anchor(anchors) }, title),
        ...(description === undefined ? [] : [h("p", { className: ["lede"] }, description)]),
        ...needed(runbook),
        ...(page.verified === undefined ? [] : [verifiedNote(page.verified, badgeName(page))]),
      ]),
      ...form,
      ...intro,
      ...sections.map(({ element }) => element),
    ],
    contents: [...values, ...sections.flatMap(({ entries }) => entries)],
    search: builder.search,
  };
}

interface Building {
  readonly facts: PageFacts;
  readonly runbook: Runbook | undefined;
  readonly anchors: ReadonlyMap<number, string>;
  readonly search: SearchEntry[];
  readonly refine: (nodes: readonly ElementContent[], level: number) => readonly ElementContent[];
}

interface BuiltSection {
  readonly element: Element;
  readonly entries: readonly ContentsEntry[];
}

/** Alternatives stand together in one element, which the page's script makes tabs of. */
function buildSections(sections: readonly PageSection[], level: number, building: Building): readonly BuiltSection[] {
  const conditions = (section: PageSection): readonly string[] =>
    building.facts.conditions.get(indexOf(section, building)) ?? [];
  return alternatives(sections, conditions, building.facts.inputs).map((group): BuiltSection => {
    if (group.input === undefined) return buildSection(group.section, level, building);
    const built = group.choices.map(({ section, choice }) => ({
      choice,
      ...buildSection(section, level, building, choice),
    }));
    const panels = built.map(({ element }) => element);
    return {
      element: h("div", { className: ["tabs"], dataTabs: group.input }, panels),
      entries: built.flatMap(({ entries }) => entries),
    };
  });
}

/** @param choice which of several alternatives it is */
function buildSection(section: PageSection, level: number, building: Building, choice?: string): BuiltSection {
  const { facts, runbook, anchors } = building;
  const anchor = anchors.get(section.offset) ?? "";
  const words = building.refine(section.heading.children, level);
  const title = textOf(words)
    .replace(/ ?\{#[^{}]*\}$/, "")
    .trim();
  const index = indexOf(section, building);
  const content = building.refine(section.content, level + 1);
  building.search.push({ title, anchor, text: textOf(content) });
  const inner = buildSections(section.sections, level + 1, building);
  return {
    element: h("section", choice === undefined ? {} : { dataChoice: choice }, [
      h(`h${Math.min(level, 6)}`, { id: anchor }, [
        ...withoutHugoAnchor(words),
        h(
          "a",
          {
            className: ["anchor"],
            href: `#${encodeURIComponent(anchor)}`,
            ariaLabel: `Link to this section: ${title}`,
          },
          "#",
        ),
      ]),
      ...sectionNotes(runbook, index, facts),
      ...content,
      ...inner.map(({ element }) => element),
    ]),
    entries: [{ title, anchor, entries: inner.flatMap(({ entries }) => entries) }],
  };
}

function indexOf({ offset }: PageSection, { runbook }: Building): number {
  return runbook?.sections.findIndex(({ span }) => span.start.offset === offset) ?? -1;
}

/** Hugo and Docusaurus take `{#anchor}` off a heading. */
function withoutHugoAnchor(words: readonly ElementContent[]): readonly ElementContent[] {
  const last = words.at(-1);
  if (last?.type !== "text") return words;
  return [...words.slice(0, -1), { type: "text", value: last.value.replace(/ ?\{#[^{}]*\}$/, "") }];
}

/** What holds for a section as a whole. */
function sectionNotes(runbook: Runbook | undefined, index: number, facts: PageFacts): readonly Element[] {
  const conditions = facts.conditions.get(index) ?? [];
  const { serial, on } = runbook?.sections[index] ?? {};
  const notes: Words[] = [];
  if (conditions.length > 0) notes.push(["only if ", ...whenWords(conditions)]);
  if (serial !== undefined) {
    const hosts = on === undefined ? [] : [": ", ...hostWords(on.value, facts.hosts)];
    notes.push([`go through this whole section with ${hostsAtATime(serial.value)}`, ...hosts]);
  }
  return notes.map((words) => h("p", { className: ["note", "whole"] }, [...sentence(words)]));
}

/** Conditions of the sections around a step. */
function inheritedBy(runbook: Runbook | undefined, facts: PageFacts): (step: Step) => ReadonlySet<string> {
  return ({ section }) => {
    const found = new Set<string>();
    for (let index = section; index !== undefined; index = runbook?.sections[index]?.parent) {
      for (const condition of facts.conditions.get(index) ?? []) found.add(condition);
    }
    return found;
  };
}

/** @param picture the address of its badge */
function verifiedNote(verified: PageVerified, picture: string): Element {
  const badge = h("img", { src: picture, alt: "", height: 20 });
  return h("p", { className: ["verified"] }, [badge, " ", ...verifiedWords(verified)]);
}

/** The badge of a page stands beside it. */
export function badgeName({ url }: Pick<SourcePage, "url">): string {
  return url.replace(/^.*\//, "").replace(/\.html$/, ".svg");
}

/** `master: 1, worker: 1..`, in words: group names have no plural that one could guess. */
function needed(runbook: Runbook | undefined): readonly Element[] {
  const requires = runbook?.settings.requires ?? [];
  if (requires.length === 0) return [];
  const items = requires.map(({ group, min, max }): Words => {
    const count =
      max === min
        ? `${min}`
        : max === undefined
          ? min === 0
            ? "any number"
            : `${min} or more`
          : `${min === 0 ? "up" : min} to ${max}`;
    return [`${group} (${count})`];
  });
  return [h("p", { className: ["needs"] }, ["Hosts: ", ...listed(items), "."])];
}

interface Titled extends ReturnType<typeof sectionTree> {
  readonly anchor?: (anchors: ReadonlyMap<number, string>) => string;
}

/** Without a first heading that says the title again: what stands below it stands below the title. */
function withoutTitle(tree: ReturnType<typeof sectionTree>, title: string): Titled {
  const [first, ...others] = tree.sections;
  if (first === undefined || tree.content.some((node) => node.type === "element")) return tree;
  if (first.depth !== 1 || textOf(first.heading.children).trim() !== title) return tree;
  return {
    content: first.content,
    sections: [...first.sections, ...others],
    anchor: (anchors) => anchors.get(first.offset) ?? "",
  };
}

/** Names that no two share. */
function numbered(taken: Map<string, number>, name: string): string {
  const count = (taken.get(name) ?? 0) + 1;
  taken.set(name, count);
  return count === 1 ? name : `${name} (${count})`;
}
