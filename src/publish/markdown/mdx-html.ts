import type { Html, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { isFlow } from "../html/image-tag.ts";
import { isAboveText, linePrefix } from "./line-prefix.ts";
import type { TextEdit } from "./text-edit.ts";

/** Elements that have no end tag (HTML Living Standard, 13.1.2). */
const VOID = new Set(["area", "br", "col", "embed", "hr", "img", "input", "link", "source", "track", "wbr"]);
/** Elements that stand in lines of their own. */
const BLOCKS = new Set(["details", "p", "div"]);
const INLINE = new Set(["summary", "kbd", "sub", "sup", "b", "i", "em", "strong", "code", "mark"]);

const PART = /<!--([\s\S]*?)-->|<(\/?)([A-Za-z][\w-]*)([^<>]*?)(\/?)>/g;

/**
 * Tags of HTML that MDX can have as they are: known elements with nothing but their names, each closed where it was
 * opened. @returns by node, where they begin in its text
 */
export function keptTags(root: Root): ReadonlyMap<Html, ReadonlySet<number>> {
  const kept = new Map<Html, Set<number>>();
  const visit = (parent: Nodes): void => {
    if (!("children" in parent)) return;
    const open: { readonly name: string; readonly node: Html; readonly at: number }[] = [];
    const isText = parent.children.some(({ type }) => type === "text");
    for (const node of parent.children) {
      if (node.type === "html") {
        for (const { 2: end, 3: name = "", 4: attributes = "", 5: closed = "", index } of node.value.matchAll(PART)) {
          if (attributes + closed !== "" || (!BLOCKS.has(name) && !INLINE.has(name))) continue;
          if (end !== "/") {
            open.push({ name, node, at: index });
            continue;
          }
          const begun = open.findLastIndex((one) => one.name === name);
          const begin = open[begun];
          if (begin === undefined || !(!isFlow(parent) || isText || mayClose(begin, node, index))) continue;
          open.length = begun;
          for (const [of, at] of [
            [begin.node, begin.at],
            [node, index],
          ] as const) {
            kept.set(of, (kept.get(of) ?? new Set()).add(at));
          }
        }
      }
      visit(node);
    }
  };
  visit(root);
  return kept;
}

/** Between blocks, what belongs into a line is closed in that line, or at least in that piece of HTML. */
function mayClose(
  begin: { readonly name: string; readonly node: Html; readonly at: number },
  node: Html,
  at: number,
): boolean {
  if (BLOCKS.has(begin.name)) return true;
  const inner = node.value.slice(begin.at, at);
  return begin.node === node && !/\n[ \t]*\n/.test(inner) && !/<\/?(?:details|p|div)>/.test(inner);
}

/** HTML as MDX shows it. @param kept where the tags begin that may stay */
export function htmlEdit(text: string, node: Html, kept: ReadonlySet<number>): TextEdit {
  const { start, end } = rangeOf(node);
  const isFlow = /^[>\s]*$/.test(linePrefix(text, start)) && (node.value.includes("\n") || isAlone(text, start, end));
  let result = "";
  let at = 0;
  for (const found of node.value.matchAll(PART)) {
    const [whole, comment, slash, name = "", attributes = ""] = found;
    result += shown(node.value.slice(at, found.index));
    at = found.index + whole.length;
    if (comment !== undefined) result += `{/*${comment.replaceAll(/\s+/g, " ").replaceAll("*/", "* /")}*/}`;
    else if (kept.has(found.index)) result += isFlow && BLOCKS.has(name) ? `\n\n${whole}\n\n` : whole;
    else if (VOID.has(name) && slash === "" && isSimple(attributes)) result += `<${name}${attributes.trimEnd()} />`;
    else result += shown(whole);
  }
  result += shown(node.value.slice(at));
  if (!isFlow) return { from: start, to: end, text: result };
  const prefix = linePrefix(text, start);
  const lines = result
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim()
    .split("\n")
    .map((line) => textLine(line.trim()));
  // Text would go on with what stands right below, even outside of its list or quote.
  const below = isAboveText(text, end) ? [""] : [];
  return {
    from: start,
    to: end,
    text: [...lines, ...below].map((line, index) => (index === 0 ? line : `${prefix}${line}`.trimEnd())).join("\n"),
  };
}

/** Nothing else stands on its lines. */
function isAlone(text: string, start: number, end: number): boolean {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return /^[>\s\d.)*+-]*$/.test(before) && /^[ \t]*(?:\n|$)/.test(text.slice(end, end + 100));
}

/** Attributes that JSX understands as HTML does. */
function isSimple(attributes: string): boolean {
  return /^(?:\s+(?:src|alt|title|width|height|id)="[^"{}]*")*\s*$/.test(attributes);
}

/** Text, which within HTML means nothing but itself. */
function shown(html: string): string {
  return html.replaceAll("<", "&lt;").replaceAll(/[{}\\`*_[\]~|]|:(?=[\p{L}\p{N}_:])/gu, "\\$&");
}

/** A line that would begin something else begins with a reference to its first character. */
function textLine(line: string): string {
  if (!/^(?:[#>+=-]|\d+[.)]|import\b|export\b)/.test(line)) return line;
  return `&#${line.codePointAt(0) ?? 0};${line.slice(1)}`;
}
