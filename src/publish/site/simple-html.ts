import type { Html, Nodes, Parents, PhrasingContent, Root, RootContent } from "mdast";

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
  readonly opening: Child;
  readonly children: Child[];
}

/** The tree without comments, with simple tags as elements, and all other HTML as text. */
export function withSimpleHtml(root: Root): Root {
  return fold(root);
}

function fold<T extends Nodes>(node: T): T {
  if (!("children" in node)) return node;
  return { ...node, children: foldChildren(node.children as readonly Child[], isFlow(node)) };
}

/** It holds blocks rather than text. */
function isFlow({ type }: Parents): boolean {
  return type === "root" || type === "blockquote" || type === "listItem" || type === "footnoteDefinition";
}

function foldChildren(children: readonly Child[], flow: boolean): readonly Child[] {
  const open: OpenElement[] = [];
  const folded: Child[] = [];
  const add = (...nodes: readonly Child[]): void => void (open.at(-1)?.children ?? folded).push(...nodes);
  for (const child of children) {
    if (child.type !== "html") {
      add(fold(child));
      continue;
    }
    const html = child.value.replaceAll(/<!--.*?(?:-->|$)/gs, "").trim();
    if (html === "") continue;
    const details = /^<details(?: open)?>\s*(?:<summary>([^<]*)<\/summary>)?$/i.exec(html);
    const [, slash, name] = /^<(\/?)([a-z]+) *\/?>$/i.exec(html) ?? [];
    const tag = name?.toLowerCase() ?? "";
    if (flow && details !== null) {
      const summary = element("summary", [{ type: "text", value: entitiesRead(details[1] ?? "Details") }]);
      open.push({ tag: "details", opening: shown(child, html, flow), children: [summary] });
    } else if (!flow && tag === "br" && slash === "") {
      add({ type: "break" });
    } else if (!flow && INLINE.has(tag) && slash === "") {
      open.push({ tag, opening: shown(child, html, flow), children: [] });
    } else if (slash === "/" && open.at(-1)?.tag === tag) {
      const { children: inner = [] } = open.pop() ?? {};
      add(element(tag, inner));
    } else add(shown(child, html, flow));
  }
  for (const { opening, children: inner } of open) folded.push(opening, ...inner);
  return folded;
}

/** A node of no meaning in Markdown, made into an element of this name. */
function element(tag: string, children: readonly Child[]): Child {
  return { type: "emphasis", data: { hName: tag }, children: [...children] as PhrasingContent[] };
}

function shown(node: Html, html: string, flow: boolean): Child {
  const text: PhrasingContent = { type: "text", value: html };
  return flow ? { type: "paragraph", children: [text], ...(node.position && { position: node.position }) } : text;
}

/** The characters that one has to write so in HTML. */
function entitiesRead(text: string): string {
  const named: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };
  return text.replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => named[entity] ?? entity);
}
