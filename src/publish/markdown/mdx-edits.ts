import type { Code, ImageReference, Link, LinkReference, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { indentedStart, linePrefix, lineStart } from "./line-prefix.ts";
import { htmlEdit, keptTags } from "./mdx-html.ts";
import type { TextEdit } from "./text-edit.ts";

/** Braces, angle brackets, and what the names of directives begin with. */
const SIGNS = /\\[\s\S]|[{}<]|(?<!:):{1,2}(?=[\p{L}\p{N}_])/gu;
/** The same in a label, where code may stand, which means nothing but itself. */
const CODE = /(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/;
const LABEL_SIGNS = new RegExp(`${CODE.source}|${SIGNS.source}`, "gu");
const LABEL_PARTS = new RegExp(`${CODE.source}|${/\\[\s\S]|[[\]]/.source}`, "gu");
/** The end of a line and the blanks of the next, where that one would be code but for the text above. */
const DEEP_LINE = /(\\| {2,})?[ \t]*\n[ \t]*(?:>[ \t]?)*(?: {4}|\t)[ \t]*(?=[#>+*~`=|<:\d-])/g;

/**
 * What MDX 3 reads otherwise than CommonMark: braces are programs, tags are components that must be closed, lines that
 * begin with `import` or `export` are modules, and neither comments, addresses in angle brackets nor indented code are
 * known. Colons before names are directives. It shows what CommonMark shows; of HTML that it could not have, the text.
 */
export function mdxEdits(text: string, root: Root): readonly TextEdit[] {
  const kept = keptTags(root);
  const edits: TextEdit[] = [];
  const visit = (node: Nodes, before?: Nodes): void => {
    if (before?.type === "definition") edits.push(...deepBeginEdits(text, node, before));
    edits.push(...moduleEdit(text, node), ...deepLineEdits(text, node));
    switch (node.type) {
      case "text":
        edits.push(...textEdits(text, node));
        return;
      case "html":
        edits.push(htmlEdit(text, node, kept.get(node) ?? new Set()));
        return;
      case "code":
        edits.push(...indentedEdit(text, node));
        return;
      case "image":
        edits.push(...labelEdits(text, node));
        return;
      case "link":
        if (text[rangeOf(node).start] !== "[") {
          edits.push(...linkEdit(text, node));
          return;
        }
        break;
      case "imageReference":
        edits.push(...labelEdits(text, node));
        edits.push(...referenceEdits(text, node));
        return;
      case "linkReference":
        edits.push(...referenceEdits(text, node));
        break;
      default:
    }
    if ("children" in node)
      for (const [index, child] of node.children.entries()) visit(child, node.children[index - 1]);
  };
  visit(root);
  return edits;
}

function textEdits(text: string, node: Nodes): readonly TextEdit[] {
  const { start, end } = rangeOf(node);
  return signEdits(text, start, end, SIGNS);
}

function signEdits(text: string, start: number, end: number, signs: RegExp): readonly TextEdit[] {
  return [...text.slice(start, end).matchAll(signs)].flatMap(({ 0: found, index }) => {
    if (/^[\\`]/.test(found)) return [];
    const shown = found === "<" ? "&lt;" : found.replaceAll(/./g, "\\$&");
    return [{ from: start + index, to: start + index + found.length, text: shown }];
  });
}

/** What an image is instead of: it stands within the first brackets. */
function labelEdits(text: string, node: Nodes): readonly TextEdit[] {
  const { start, end } = rangeOf(node);
  const open = text.indexOf("[", start) + 1;
  return signEdits(text, open, labelEnd(text, open, end), LABEL_SIGNS);
}

/** Where the bracket is that closes the one before `open`. */
function labelEnd(text: string, open: number, end: number): number {
  let depth = 1;
  for (const { 0: found, index } of text.slice(open, end).matchAll(LABEL_PARTS)) {
    if (found === "[") depth++;
    else if (found === "]" && --depth === 0) return open + index;
  }
  return end;
}

/** A label that is changed is no longer the name of what it refers to, so that is named besides. */
function referenceEdits(text: string, node: LinkReference | ImageReference): readonly TextEdit[] {
  if (node.referenceType === "full") return [];
  const { start, end } = rangeOf(node);
  const open = text.indexOf("[", start) + 1;
  const close = labelEnd(text, open, end);
  if (signEdits(text, open, close, LABEL_SIGNS).length === 0) return [];
  return [{ from: close + 1, to: end, text: `[${text.slice(open, close)}]` }];
}

/** An address in angle brackets, or one that stands in the text as it is. */
function linkEdit(text: string, { url, position }: Link): readonly TextEdit[] {
  const { start, end } = rangeOf({ type: "link", url, children: [], ...(position && { position }) });
  const isBare = text[start] !== "<";
  const address = isBare ? text.slice(start, end) : text.slice(start + 1, end - 1);
  if (isBare && signEdits(text, start, end, SIGNS).length === 0) return [];
  const shown = address.replaceAll(/[\\`*_[\]{}]|:(?=[\p{L}\p{N}_])/gu, "\\$&").replaceAll("<", "&lt;");
  const target = url.replaceAll(/[()\s<>{}\\]/g, encodeURIComponent).replaceAll(/[()]/g, "\\$&");
  return [{ from: start, to: end, text: `[${shown}](${target})` }];
}

function moduleEdit(text: string, node: Nodes): readonly TextEdit[] {
  const { start } = rangeOf(node);
  if (!["paragraph", "heading", "table"].includes(node.type)) return [];
  const [first] = /^(?:i(?=mport\b)|e(?=xport\b))/.exec(text.slice(start, start + 7)) ?? [];
  if (first === undefined) return [];
  return [{ from: start, to: start + 1, text: `&#${first.codePointAt(0) ?? 0};` }];
}

/** The same where text begins right below what a link refers to: it would go on with that, and so is no code either. */
function deepBeginEdits(text: string, node: Nodes, definition: Nodes): readonly TextEdit[] {
  const { start } = rangeOf(node);
  const isBelow = node.position?.start.line === (definition.position?.end.line ?? 0) + 1;
  const isDeep = isBelow && node.type === "paragraph" && /(?: {4}|\t)$/.test(text.slice(lineStart(text, start), start));
  return isDeep && /[#>+*~`=|:\d-]/.test(text.charAt(start)) ? [{ from: start, to: start, text: '{""}' }] : [];
}

/** MDX lets blocks begin however far they are indented, so a line of text that might goes on behind the one above. */
function deepLineEdits(text: string, node: Nodes): readonly TextEdit[] {
  if (node.type !== "paragraph" && node.type !== "heading") return [];
  const { start, end } = rangeOf(node);
  return [...text.slice(start, end).matchAll(DEEP_LINE)].map(({ 0: found, 1: hard, index }) => {
    return { from: start + index, to: start + index + found.length, text: hard === undefined ? " " : "<br />" };
  });
}

/** Code that is indented gets a fence. */
function indentedEdit(text: string, node: Code): readonly TextEdit[] {
  const from = indentedStart(text, node);
  if (from === undefined) return [];
  const ticks = "`".repeat(Math.max(3, ...[...node.value.matchAll(/`{3,}/g)].map(([run]) => run.length + 1)));
  const prefix = linePrefix(text, from);
  const lines = [ticks, ...node.value.split("\n"), ticks];
  return [{ from, to: rangeOf(node).end, text: lines.join(`\n${prefix}`) }];
}
