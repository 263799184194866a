import type { ListItem, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { lineStart } from "./line-prefix.ts";
import type { TextEdit } from "./text-edit.ts";
import { nodesOf } from "./visit.ts";

/** What a list's content is moved to, for each level. */
const INDENT = 4;

/**
 * What Python-Markdown 3 reads otherwise than CommonMark: lists and tables begin behind an empty line, what belongs to an
 * item is indented by four columns, numbers have dots, tasks have no boxes, lines are broken by blanks alone, and some
 * signs cannot be escaped.
 */
export function mkdocsEdits(text: string, root: Root): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  for (const { node, before } of nodesOf(root)) {
    const { start, end } = rangeOf(node);
    if ((node.type === "list" || node.type === "table") && before?.type === "paragraph" && touches(before, node)) {
      edits.push({ from: lineStart(text, start), to: lineStart(text, start), text: "\n" });
    }
    if (node.type === "listItem" && typeof node.checked === "boolean") edits.push(...task(text, node));
    if (node.type === "break" && text[start] === "\\") {
      edits.push({ from: start, to: start + 1, text: "  " });
    }
    if (node.type === "listItem" && /^\d+\)/.test(text.slice(start, end))) {
      const bracket = text.indexOf(")", start);
      edits.push({ from: bracket, to: bracket + 1, text: "." });
    }
    if (node.type === "text") edits.push(...escapes(text, start, end));
  }
  return [...edits, ...indented(text, root)];
}

/** Signs that a backslash escapes for CommonMark, and not for Python-Markdown. */
function escapes(text: string, start: number, end: number): readonly TextEdit[] {
  return [...text.slice(start, end).matchAll(/\\([!-/:-@[-`{-~])/g)].flatMap(({ 1: sign = "", index }) => {
    if (/[\\`*_{}[\]()>#+\-.!]/.test(sign)) return [];
    return [{ from: start + index, to: start + index + 2, text: `&#${sign.codePointAt(0) ?? 0};` }];
  });
}

function touches(before: Nodes, node: Nodes): boolean {
  return (before.position?.end.line ?? 0) + 1 === node.position?.start.line;
}

function task(text: string, item: ListItem): readonly TextEdit[] {
  const { start } = rangeOf(item);
  const box = /^\S+[ \t]+(\[[ xX]\])/.exec(text.slice(start));
  const mark = box?.[1];
  if (box === null || mark === undefined) return [];
  const to = start + box[0].length;
  return [{ from: to - mark.length, to, text: item.checked === true ? "☑" : "☐" }];
}

function indented(text: string, root: Root): readonly TextEdit[] {
  const lines = new Map<number, { readonly old: number; readonly depth: number }>();
  const collect = (node: Nodes, depth: number): void => {
    const inner = node.type === "listItem" ? depth + 1 : depth;
    if (node.type === "listItem" && node.position !== undefined) {
      const { start, end } = node.position;
      const old = contentColumn(text, node);
      for (let line = start.line + 1; line <= end.line; line++) lines.set(line, { old, depth: inner });
    }
    if ("children" in node) for (const child of node.children) collect(child, inner);
  };
  collect(root, 0);
  const edits: TextEdit[] = [];
  let at = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const known = lines.get(index + 1);
    const blanks = /^ */.exec(line)?.[0].length ?? 0;
    if (known !== undefined && line.trim() !== "" && blanks >= known.old && known.old !== known.depth * INDENT) {
      edits.push({ from: at, to: at + known.old, text: " ".repeat(known.depth * INDENT) });
    }
    at += line.length + 1;
  }
  return edits;
}

/** Columns before what an item holds. */
function contentColumn(text: string, item: ListItem): number {
  const { start } = rangeOf(item);
  const from = lineStart(text, start);
  const marker = /^(?:[-*+]|\d+[.)])[ \t]{0,4}/.exec(text.slice(start))?.[0] ?? "- ";
  return start - from + (/\S$/.test(marker) ? marker.length + 1 : marker.length);
}
