import type { Html, Nodes, PhrasingContent, Root, RootContent } from "mdast";
import { entitiesRead } from "../html/entities.ts";
import { isFlow } from "../html/image-tag.ts";

/*
 * HTML in a guide is not read by an HTML parser. Comments are unseen, as everywhere; the few tags that people use in
 * Markdown for want of a sign, and that have no attributes, become what they stand for; all else is shown as text.
 */

const INLINE = new Set(["b", "i", "em", "strong", "kbd", "sub", "sup", "s", "code", "samp", "var", "ins", "q"]);

type Child = RootContent | PhrasingContent;

/** An element whose closing tag has not come yet. */
interface OpenElement {
  readonly tag: string;
  /** How it was written, should it never be closed. */
  readonly opening: Html;
  readonly children: Child[];
}

/** The tree without comments, with simple tags as elements, and all other HTML as text. */
export function withSimpleHtml(root: Root): Root {
  return fold(root, []);
}

/** What of a page's HTML is shown as text. */
export function htmlAsText({ root, text }: { readonly root: Root; readonly text: string }): readonly Html[] {
  const told: Html[] = [];
  // Most guides have none but comments.
  if (/<[a-z/?![]/i.test(text.replaceAll("<!--", ""))) fold(root, told);
  return told;
}

/** @param told what is shown as text is added to it */
function fold<T extends Nodes>(node: T, told: Html[]): T {
  if (!("children" in node)) return node;
  return { ...node, children: foldChildren(node.children as readonly Child[], isFlow(node), told) };
}

function foldChildren(children: readonly Child[], flow: boolean, told: Html[]): readonly Child[] {
  const open: OpenElement[] = [];
  const folded: Child[] = [];
  const add = (...nodes: readonly Child[]): void => void (open.at(-1)?.children ?? folded).push(...nodes);
  for (const child of children) {
    if (child.type !== "html") {
      add(fold(child, told));
      continue;
    }
    const html = child.value.replaceAll(/<!--.*?(?:-->|$)/gs, "").trim();
    if (html === "") continue;
    const details = /^<details(?: open)?>\s*(?:<summary>([^<]*)<\/summary>)?$/i.exec(html);
    const [, slash, name] = /^<(\/?)([a-z]+) *\/?>$/i.exec(html) ?? [];
    const tag = name?.toLowerCase() ?? "";
    if (flow && details !== null) {
      const summary = element("summary", [{ type: "text", value: entitiesRead(details[1] ?? "Details") }]);
      open.push({ tag: "details", opening: { ...child, value: html }, children: [summary] });
    } else if (!flow && tag === "br" && slash === "") {
      add({ type: "break" });
    } else if (!flow && INLINE.has(tag) && slash === "") {
      open.push({ tag, opening: { ...child, value: html }, children: [] });
    } else if (slash === "/" && open.at(-1)?.tag === tag) {
      const { children: inner = [] } = open.pop() ?? {};
      add(element(tag, inner));
    } else {
      told.push(child);
      add(shown({ ...child, value: html }, flow));
    }
  }
  for (const { opening, children: inner } of open) {
    told.push(opening);
    folded.push(shown(opening, flow), ...inner);
  }
  return folded;
}

/** A node of no meaning in Markdown, made into an element of this name. */
function element(tag: string, children: readonly Child[]): Child {
  return { type: "emphasis", data: { hName: tag }, children: [...children] as PhrasingContent[] };
}

function shown({ value, position }: Html, flow: boolean): Child {
  const text: PhrasingContent = { type: "text", value };
  return flow ? { type: "paragraph", children: [text], ...(position && { position }) } : text;
}
