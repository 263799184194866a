import type { Code, Html, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { nodesOf } from "./visit.ts";
import type { TextEdit } from "./text-edit.ts";

/** Elements that have no end tag (HTML Living Standard, 13.1.2). */
const VOID = new Set(["area", "br", "col", "embed", "hr", "img", "input", "link", "source", "track", "wbr"]);
/** Elements that are kept, where each is closed again and has nothing but its name. */
const KEPT = new Set(["details", "summary", "kbd", "sub", "sup", "b", "i", "em", "strong", "code", "p", "div", "mark"]);

const TAG = /<(\/?)([A-Za-z][\w-]*)([^<>]*?)(\/?)>/g;
const COMMENT = /<!--([\s\S]*?)-->/g;

/**
 * What MDX 3 reads otherwise than CommonMark: braces are programs, tags are components that must be closed, lines that
 * begin with `import` or `export` are modules, and neither comments, addresses in angle brackets nor indented code are
 * known. It shows what CommonMark shows; of HTML that it could not have, the text.
 */
export function mdxEdits(text: string, root: Root): readonly TextEdit[] {
  const nodes = [...nodesOf(root)].map(({ node }) => node);
  const html = nodes.filter((node) => node.type === "html");
  const kept = keptElements(html.map((node) => slice(text, node)).join("\n"));
  return nodes.flatMap((node) => {
    switch (node.type) {
      case "text":
        return textEdits(text, node);
      case "html":
        return [htmlEdit(text, node, kept)];
      case "link":
        return text[rangeOf(node).start] === "<" ? [linkEdit(text, node)] : [];
      case "paragraph":
        return moduleEdit(text, node);
      case "code":
        return indentedEdit(text, node);
      default:
        return [];
    }
  });
}

function slice(text: string, node: Nodes): string {
  const { start, end } = rangeOf(node);
  return text.slice(start, end);
}

function textEdits(text: string, node: Nodes): readonly TextEdit[] {
  const { start } = rangeOf(node);
  const edits: TextEdit[] = [];
  for (const { 0: found, index } of slice(text, node).matchAll(/\\[\s\S]|[{}<]/g)) {
    if (found.length > 1) continue;
    edits.push({ from: start + index, to: start + index + 1, text: found === "<" ? "&lt;" : `\\${found}` });
  }
  return edits;
}

/** Elements of the list above that are opened as often as they are closed. */
function keptElements(html: string): ReadonlySet<string> {
  const open = new Map<string, number>();
  for (const [, end, name = "", attributes = "", closed] of html.replaceAll(COMMENT, "").matchAll(TAG)) {
    const known = open.get(name) ?? 0;
    const isPlain = attributes.trim() === "" && closed === "";
    open.set(name, !isPlain || known < 0 ? Number.NaN : known + (end === "/" ? -1 : 1));
  }
  return new Set([...open].flatMap(([name, count]) => (KEPT.has(name) && count === 0 ? [name] : [])));
}

function htmlEdit(text: string, node: Html, kept: ReadonlySet<string>): TextEdit {
  const { start, end } = rangeOf(node);
  let result = "";
  let at = 0;
  const source = text.slice(start, end);
  for (const found of source.matchAll(new RegExp(`${COMMENT.source}|${TAG.source}`, "g"))) {
    const [whole, comment, end, name = "", attributes = ""] = found;
    result += shown(source.slice(at, found.index));
    at = found.index + whole.length;
    if (comment !== undefined) result += `{/*${comment.replaceAll("*/", "* /")}*/}`;
    else if (kept.has(name)) result += whole;
    else if (VOID.has(name) && end === "" && isSimple(attributes)) result += `<${name}${attributes.trimEnd()} />`;
    else result += shown(whole);
  }
  return { from: start, to: end, text: result + shown(source.slice(at)) };
}

/** Attributes that JSX understands as HTML does. */
function isSimple(attributes: string): boolean {
  return /^(?:\s+(?:src|alt|title|width|height|id)="[^"{}]*")*\s*$/.test(attributes);
}

function shown(html: string): string {
  return html.replaceAll("<", "&lt;").replaceAll(/[{}]/g, "\\$&");
}

function linkEdit(text: string, node: Nodes): TextEdit {
  const { start, end } = rangeOf(node);
  const address = text.slice(start + 1, end - 1);
  const target = "url" in node ? node.url : address;
  return {
    from: start,
    to: end,
    text: `[${address.replaceAll(/[\\`*_[\]{}]/g, "\\$&")}](${target.replaceAll(/[()\s]/g, encodeURIComponent)})`,
  };
}

function moduleEdit(text: string, node: Nodes): readonly TextEdit[] {
  const { start } = rangeOf(node);
  const first = text[start] ?? "";
  if (!/^(?:import|export)\b/.test(text.slice(start, start + 7))) return [];
  return [{ from: start, to: start + 1, text: `&#${first.codePointAt(0) ?? 0};` }];
}

/** Code that is indented gets a fence. */
function indentedEdit(text: string, node: Code): readonly TextEdit[] {
  const { start, end } = rangeOf(node);
  if (/^(?:`{3}|~{3})/.test(text.slice(start, start + 3))) return [];
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const prefix = text
    .slice(from, start)
    .replaceAll(/[^>\s]/g, " ")
    .replace(/ {1,4}$/, "");
  const ticks = "`".repeat(Math.max(3, ...[...node.value.matchAll(/`{3,}/g)].map(([run]) => run.length + 1)));
  const lines = [ticks, ...node.value.split("\n"), ticks];
  return [{ from, to: end, text: lines.map((line) => `${prefix}${line}`).join("\n") }];
}
