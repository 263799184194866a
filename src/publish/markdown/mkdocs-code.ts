import type { Code, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { isAboveText, isBelowText, linePrefix, lineStart } from "./line-prefix.ts";
import type { TextEdit } from "./text-edit.ts";

/**
 * Code as Python-Markdown 3 reads it. It knows fences at the first column only, with the same fence at both ends and a
 * plain word behind the first; within lists and quotes code has to be indented. Tabs it makes blanks, but within HTML.
 */
export function mkdocsCodeEdits(text: string, root: Root): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const visit = (node: Nodes, nested: boolean): void => {
    if (node.type === "code") {
      const edit = nested ? indented(text, node) : fenced(text, node);
      if (edit !== undefined) edits.push(edit);
    }
    if ("children" in node) for (const child of node.children) visit(child, nested || node.type !== "root");
  };
  visit(root, false);
  return edits;
}

/** Nothing where it is indented: that is code already, or what an admonition says. */
function fenced(text: string, node: Code): TextEdit | undefined {
  const { start, end } = rangeOf(node);
  if (!/^[`~]{3}/.test(text.slice(start, start + 3))) return undefined;
  const language = /^[\w#.+-]*/.exec(node.lang ?? "")?.[0] ?? "";
  const ticks = "`".repeat(Math.max(3, ...[...node.value.matchAll(/`{3,}/g)].map(([run]) => run.length + 1)));
  const code = node.value.includes("\t")
    ? `<pre><code${language === "" ? "" : ` class="language-${language}"`}>${escaped(node.value)}\n</code></pre>`
    : [ticks + language, ...(node.value === "" ? [] : [node.value]), ticks].join("\n");
  const above = isBelowText(text, start) ? "\n" : "";
  const below = isAboveText(text, end) ? "\n" : "";
  return { from: lineStart(text, start), to: end, text: above + code + below };
}

function escaped(code: string): string {
  return code.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\t", "&#9;");
}

/** Nothing where it stands right behind a list's marker, or is empty: there it could not be code. */
function indented(text: string, node: Code): TextEdit | undefined {
  const { start, end } = rangeOf(node);
  if (!/^[`~]{3}/.test(text.slice(start, start + 3)) || node.value.trim() === "") return undefined;
  const prefix = linePrefix(text, start);
  if (prefix !== text.slice(lineStart(text, start), start)) return undefined;
  const lines = node.value.replace(/^(?:[ \t]*\n)+/, "").split("\n");
  const code = lines.map((line) => (line === "" ? prefix.trimEnd() : `${prefix}    ${line}`)).join("\n");
  const above = isBelowText(text, start) ? `${prefix.trimEnd()}\n` : "";
  const below = isAboveText(text, end) ? `\n${prefix.trimEnd()}` : "";
  return { from: lineStart(text, start), to: end, text: above + code + below };
}
