import type { Code, ImageReference, Link, LinkReference, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { linePrefix, lineStart } from "./line-prefix.ts";
import { htmlEdit, keptTags } from "./mdx-html.ts";
import type { TextEdit } from "./text-edit.ts";

/** Braces, angle brackets, and what the names of directives begin with. */
const SIGNS = /\\[\s\S]|[{}<]|(?<!:):{1,2}(?=[A-Za-z])/g;

/**
 * What MDX 3 reads otherwise than CommonMark: braces are programs, tags are components that must be closed, lines that
 * begin with `import` or `export` are modules, and neither comments, addresses in angle brackets nor indented code are
 * known. Colons before names are directives. It shows what CommonMark shows; of HTML that it could not have, the text.
 */
export function mdxEdits(text: string, root: Root): readonly TextEdit[] {
  const kept = keptTags(root);
  const edits: TextEdit[] = [];
  const visit = (node: Nodes): void => {
    edits.push(...moduleEdit(text, node));
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
    if ("children" in node) for (const child of node.children) visit(child);
  };
  visit(root);
  return edits;
}

function textEdits(text: string, node: Nodes): readonly TextEdit[] {
  const { start, end } = rangeOf(node);
  return signEdits(text, start, end);
}

function signEdits(text: string, start: number, end: number): readonly TextEdit[] {
  return [...text.slice(start, end).matchAll(SIGNS)].flatMap(({ 0: found, index }) => {
    if (found.startsWith("\\")) return [];
    const shown = found === "<" ? "&lt;" : found.replaceAll(/./g, "\\$&");
    return [{ from: start + index, to: start + index + found.length, text: shown }];
  });
}

/** What an image is instead of: it stands within the first brackets. */
function labelEdits(text: string, node: Nodes): readonly TextEdit[] {
  const { start, end } = rangeOf(node);
  const open = text.indexOf("[", start) + 1;
  return signEdits(text, open, labelEnd(text, open, end));
}

/** Where the bracket is that closes the one before `open`. */
function labelEnd(text: string, open: number, end: number): number {
  let depth = 1;
  for (let at = open; at < end; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "[") depth++;
    else if (text[at] === "]" && --depth === 0) return at;
  }
  return end;
}

/** A label that is changed is no longer the name of what it refers to, so that is named besides. */
function referenceEdits(text: string, node: LinkReference | ImageReference): readonly TextEdit[] {
  if (node.referenceType === "full") return [];
  const { start, end } = rangeOf(node);
  const open = text.indexOf("[", start) + 1;
  const close = labelEnd(text, open, end);
  if (signEdits(text, open, close).length === 0) return [];
  return [{ from: close + 1, to: end, text: `[${text.slice(open, close)}]` }];
}

/** An address in angle brackets, or one that stands in the text as it is. */
function linkEdit(text: string, { url, position }: Link): readonly TextEdit[] {
  const { start, end } = rangeOf({ type: "link", url, children: [], ...(position && { position }) });
  const isBare = text[start] !== "<";
  const address = isBare ? text.slice(start, end) : text.slice(start + 1, end - 1);
  if (isBare && signEdits(text, start, end).length === 0) return [];
  const shown = address.replaceAll(/[\\`*_[\]{}]|:(?=[A-Za-z])/g, "\\$&").replaceAll("<", "&lt;");
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

/** Code that is indented gets a fence. */
function indentedEdit(text: string, node: Code): readonly TextEdit[] {
  const { start, end } = rangeOf(node);
  if (/^(?:`{3}|~{3})/.test(text.slice(start, start + 3))) return [];
  const ticks = "`".repeat(Math.max(3, ...[...node.value.matchAll(/`{3,}/g)].map(([run]) => run.length + 1)));
  // Its first four columns are its own, and sometimes a part of the node.
  const blanks = / {1,4}$/.exec(text.slice(lineStart(text, start), start))?.[0].length ?? 0;
  const from = /[ \t]/.test(text.charAt(start)) ? start : start - blanks;
  const prefix = linePrefix(text, from);
  const lines = [ticks, ...node.value.split("\n"), ticks];
  return [{ from, to: end, text: lines.join(`\n${prefix}`) }];
}
