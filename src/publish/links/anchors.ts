import type { Heading, Nodes, Root } from "mdast";
import { plainText } from "../../document/markdown.ts";
import { Slugger } from "../../document/slug.ts";
import type { Form } from "../markdown/form.ts";
import { nodesOf } from "../markdown/visit.ts";
import { VALUES_ANCHOR } from "../site/inputs-form.ts";
import { TOP } from "../site/page-frame.ts";
import type { SourcePage } from "../site/read-page.ts";
import { stepAnchor } from "../site/step-box.ts";

/** The name that a heading ends with, `## Title {#name}`, as Hugo and Docusaurus have it. Names with `:` are ours. */
export const GIVEN = /\s*\{#([\p{L}\p{M}\p{N}_.-]+)\}$/u;

/** What headings are called in links, by where they stand: the name that one ends with, else as GitHub calls it. */
export function headingAnchors(root: Root): ReadonlyMap<number, string> {
  const slugger = new Slugger();
  return new Map(headingsOf(root).map((heading) => [heading.position?.start.offset ?? -1, anchorOf(heading, slugger)]));
}

function headingsOf(root: Root): readonly Heading[] {
  return [...nodesOf(root)].flatMap(({ node }) => (node.type === "heading" ? [node] : []));
}

function anchorOf(heading: Heading, slugger: Slugger): string {
  const text = plainText(heading);
  const given = GIVEN.exec(text)?.[1];
  return given !== undefined && slugger.take(given) ? given : slugger.slug(text) || "section";
}

/**
 * What links to a place of a page may name.
 * @param form which pages; undefined: any, as long as nobody knows where the guide will be
 */
export function pageAnchors(
  { root, runbook }: Pick<SourcePage, "root" | "runbook">,
  form?: Form | "site",
): ReadonlySet<string> {
  const isOnSite = form === undefined || form === "site";
  return new Set([
    ...headingAnchors(root).values(),
    ...(isOnSite ? [TOP, VALUES_ANCHOR, ...(runbook?.steps ?? []).map(({ id }) => stepAnchor(id))] : []),
    // On the site HTML is text.
    ...(form === "site" ? [] : [...nodesOf(root)].flatMap(({ node }) => namesIn(node))),
  ]);
}

/** The same of pages by their paths, as they are asked for: few are. */
export function anchorsOnce(
  pages: ReadonlyMap<string, Pick<SourcePage, "root" | "runbook">>,
  form: Form | "site",
): (path: string) => ReadonlySet<string> | undefined {
  const known = new Map<string, ReadonlySet<string>>();
  return (path) => {
    const page = pages.get(path);
    if (page !== undefined && !known.has(path)) known.set(path, pageAnchors(page, form));
    return known.get(path);
  };
}

/** What HTML names. */
function namesIn(node: Nodes): readonly string[] {
  if (node.type !== "html") return [];
  return [...node.value.matchAll(/\s(?:id|name)\s*=\s*["']?([^"'\s>]+)/gi)].map(([, name = ""]) => name);
}
