import type { Code, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { alertOf } from "./alerts.ts";
import { emptyLineBelow, indentedStart, isBelowText, linePrefix, lineStart } from "./line-prefix.ts";
import { type TabRange, tabDepth } from "./tab-ranges.ts";
import type { TextEdit } from "./text-edit.ts";

/**
 * Code as Python-Markdown 3 reads it. It knows fences at the first column only, with the same fence at both ends and a
 * plain word behind the first; within lists and quotes code has to be indented. Tabs it makes blanks, but within HTML.
 */
export function mkdocsCodeEdits(text: string, root: Root, tabs: readonly TabRange[]): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const visit = (node: Nodes, nested: boolean, parent?: Nodes, before?: Nodes): void => {
    if (node.type === "code") {
      const isNested = nested || tabDepth(tabs, rangeOf(node).start) > 0;
      const apart = before !== undefined && takesCode(text, before, parent);
      const edit =
        indentedStart(text, node) !== undefined
          ? indentedAlready(text, node, apart)
          : isNested
            ? indented(text, node, apart)
            : fenced(text, node);
      if (edit !== undefined) edits.push(edit);
    }
    if (!("children" in node)) return;
    for (const [index, child] of node.children.entries()) {
      visit(child, nested || node.type !== "root", node, node.children[index - 1]);
    }
  };
  visit(root, false);
  return edits;
}

function fenced(text: string, node: Code): TextEdit {
  const { start, end } = rangeOf(node);
  const language = languageOf(node);
  const ticks = "`".repeat(Math.max(3, ...[...node.value.matchAll(/`{3,}/g)].map(([run]) => run.length + 1)));
  const code = node.value.includes("\t")
    ? html(node, escaped(`${node.value}\n`))
    : [ticks + language, ...(node.value === "" ? [] : [node.value]), ticks].join("\n");
  const above = isBelowText(text, start) ? "\n" : "";
  const below = emptyLineBelow(text, end, "");
  return { from: lineStart(text, start), to: end, text: above + code + below };
}

function languageOf({ lang }: Code): string {
  return /^[\w#.+-]*/.exec(lang ?? "")?.[0] ?? "";
}

function html(node: Code, code: string): string {
  const language = languageOf(node);
  return `<pre><code${language === "" ? "" : ` class="language-${language}"`}>${code}</code></pre>`;
}

/** In lists and quotes, HTML is but text on one line: nothing in it may mean anything. */
function lineOf(code: string): string {
  return code.replaceAll(/[^\p{L}\p{N} ]/gu, (sign) => `&#${sign.codePointAt(0) ?? 0};`);
}

function escaped(code: string): string {
  return code.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\t", "&#9;");
}

/** Nothing where it is empty: there it could not be code. */
function indented(text: string, node: Code, isTaken: boolean): TextEdit | undefined {
  const { start, end } = rangeOf(node);
  if (node.value.trim() === "") return undefined;
  const prefix = linePrefix(text, start);
  const lines = node.value.replace(/^(?:[ \t]*\n)+/, "").split("\n");
  const code = node.value.includes("\t")
    ? prefix + html(node, lineOf(node.value))
    : lines.map((line) => (line === "" ? prefix.trimEnd() : `${prefix}    ${line}`)).join("\n");
  const apart = isTaken ? `${prefix}<!-- -->\n${prefix.trimEnd()}\n` : "";
  const below = emptyLineBelow(text, end, prefix);
  // An item begins with something else.
  if (prefix !== text.slice(lineStart(text, start), start)) {
    return { from: start, to: end, text: `<!-- -->\n${prefix.trimEnd()}\n${code}${below}` };
  }
  const above = isBelowText(text, start) ? `${prefix.trimEnd()}\n` : "";
  return { from: lineStart(text, start), to: end, text: above + apart + code + below };
}

function indentedAlready(text: string, node: Code, isTaken: boolean): TextEdit | undefined {
  const start = indentedStart(text, node) ?? 0;
  const prefix = linePrefix(text, start);
  const apart = isTaken ? `${prefix}<!-- -->\n${prefix.trimEnd()}\n` : "";
  if (apart !== "") return { from: lineStart(text, start), to: lineStart(text, start), text: apart };
  if (prefix === text.slice(lineStart(text, start), start)) return undefined;
  return { from: start, to: start, text: `<!-- -->\n${prefix.trimEnd()}\n${prefix}` };
}

/** Lists, footnotes, admonitions and other code would take indented code below for their own; so would a title. */
function takesCode(text: string, before: Nodes, parent: Nodes | undefined): boolean {
  if (["list", "footnoteDefinition", "code"].includes(before.type) || alertOf(text, before) !== undefined) return true;
  const alert = parent === undefined ? undefined : alertOf(text, parent);
  return alert?.goesOn === false && before === (parent && "children" in parent ? parent.children[0] : undefined);
}
