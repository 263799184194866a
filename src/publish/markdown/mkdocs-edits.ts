import type { List, ListItem, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { type Alert, alertOf } from "./alerts.ts";
import { type Container, containerLines, isContainer } from "./container-lines.ts";
import { markdownWords } from "./idiom.ts";
import { isAboveText, isBelowText, lineStart } from "./line-prefix.ts";
import { type TabRange, tabDepth } from "./tab-ranges.ts";
import type { TextEdit } from "./text-edit.ts";
import { nodesOf } from "./visit.ts";

/** What the content of lists, footnotes, admonitions and tabs is moved by, for each level. */
const INDENT = "    ";
/** Nothing to see, and something to stand between two blocks that would be one, or in place of a text. */
const NOTHING = "<!-- -->";

/**
 * What Python-Markdown 3 reads otherwise than CommonMark: lists, quotes and tables begin behind an empty line, what
 * belongs to an item is indented by four columns, numbers have dots, tasks have no boxes, lines are broken by blanks
 * alone, and some signs cannot be escaped. Alerts are admonitions, and alternatives tabs (pymdownx.tabbed).
 */
export function mkdocsEdits(text: string, root: Root, tabs: readonly TabRange[]): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  for (const { node } of nodesOf(root)) {
    const { start, end } = rangeOf(node);
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
  const indent = (at: number): string => INDENT.repeat(tabDepth(tabs, at));
  const all = [...apart(text, root, indent), ...lineEdits(text, root, indent), ...edits];
  const isTold = (at: number): boolean => tabs.some(({ from, headingEnd }) => at > from && at < headingEnd);
  return [...all.filter(({ from }) => !isTold(from)), ...tabs.flatMap((tab) => tabEdits(text, tab, indent(tab.from)))];
}

/**
 * A tab begins with what it is called, and its heading is gone: it would stand in the page's contents, though all but one
 * are hidden. What links to one finds the tabs.
 */
function tabEdits(
  text: string,
  { group, choice, label, title, from, headingEnd }: TabRange,
  prefix: string,
): readonly TextEdit[] {
  const anchors = group.tabs.map(({ anchor }) => `<a id="${anchor}"></a>`).join("");
  const lines = [
    ...(isBelowText(text, from) ? [""] : []),
    ...(group.tabs[0]?.choice === choice ? [anchors, ""] : []),
    `=== "${markdownWords([label ?? choice])}"`,
    // Also where the tab says so: not every theme draws tabs.
    "",
    `${INDENT}**${title}**`,
    ...(isAboveText(text, headingEnd) ? [""] : []),
  ];
  const shown = lines.map((line, index) => (index === 0 ? line : `${prefix}${line}`.trimEnd())).join("\n");
  return [{ from, to: headingEnd, text: shown }];
}

/** Its title is what stands behind the sign; what it holds begins behind an empty line. */
function admonition({ kind, sign, titleEnd, goesOn }: Alert, prefix: string): readonly TextEdit[] {
  const name = `!!! ${kind.toLowerCase()}`;
  const below = goesOn ? `\n${prefix.trimEnd()}` : "";
  if (titleEnd <= sign.to) return [{ ...sign, to: titleEnd, text: name + below }];
  return [
    { ...sign, text: `${name} "` },
    { from: titleEnd, to: titleEnd, text: `"${below}` },
  ];
}

/** Empty lines between what would be one otherwise, or more, where that is not enough; and what alerts begin with. */
function apart(text: string, root: Root, indent: (at: number) => string): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const visit = (parent: Nodes, prefix: string): void => {
    if (!("children" in parent)) return;
    for (const [index, node] of parent.children.entries()) {
      const { start } = rangeOf(node);
      const own = parent.type === "root" ? indent(start) : prefix;
      const before = parent.children[index - 1];
      const between = before === undefined ? undefined : gap(text, parent, before, node);
      if (between !== undefined) {
        const lines = between.map((line) => `${own}${line}`.trimEnd()).join("\n");
        edits.push({ from: lineStart(text, start), to: lineStart(text, start), text: `${lines}\n` });
      }
      const alert = alertOf(text, node);
      if (alert !== undefined) edits.push(...admonition(alert, own));
      visit(node, own + (isContainer(node) ? sign(text, node) : ""));
    }
  };
  visit(root, "");
  return edits;
}

function gap(text: string, parent: Nodes, before: Nodes, node: Nodes): readonly string[] | undefined {
  // Some blocks end where the next one begins.
  const touches = (before.position?.end.line ?? 0) + 1 >= (node.position?.start.line ?? Infinity);
  const is = (type: Nodes["type"]): boolean => before.type === type && node.type === type;
  if (is("list") || (is("blockquote") && alertOf(text, before) === undefined && alertOf(text, node) === undefined)) {
    return touches ? ["", NOTHING, ""] : [NOTHING, ""];
  }
  if (!touches) return undefined;
  // Behind more than text, an item would go on with the next one.
  if (before.type === "listItem") return isLong(text, before) ? [""] : undefined;
  const isFirst = parent.type === "listItem" && before === parent.children[0];
  if (isFirst && before.type === "paragraph" && node.type === "list" && !isLong(text, node)) return undefined;
  const begins = ["list", "table", "blockquote"].includes(node.type);
  return begins || ["list", "blockquote", "footnoteDefinition", "table"].includes(before.type) ? [""] : undefined;
}

/** It has more than lines of text and lists of such. */
function isLong(text: string, list: ListItem | List): boolean {
  const { start, end } = rangeOf(list);
  const isText = (node: Nodes): boolean =>
    node.type === "paragraph" ||
    ((node.type === "list" || node.type === "listItem") && node.children.every((child: Nodes) => isText(child)));
  return /\n[>\s]*\n/.test(text.slice(start, end)) || !isText(list);
}

/** What each line of a container begins with. */
function sign(text: string, container: Container): string {
  return container.type === "blockquote" && alertOf(text, container) === undefined ? "> " : INDENT;
}

function lineEdits(text: string, root: Root, indent: (at: number) => string): readonly TextEdit[] {
  const within = containerLines(text, root);
  const edits = within.map(({ from, to, pad, isBlank, parts }): TextEdit => {
    // What all lines begin with that the containers so far have.
    let all = indent(from);
    let line = all;
    for (const { container, begins, written } of parts) {
      const own = sign(text, container);
      all += own;
      if (!begins) line += own;
      else if (container.type === "blockquote") line += own === INDENT ? "" : own;
      else {
        line += written.trimStart();
        if (container.type === "listItem" && standsAlone(container)) line += `${NOTHING}\n${all.trimEnd()}\n${all}`;
      }
    }
    // What was text below the sign of an alert would be code.
    const last = parts.at(-1);
    const begins = last !== undefined && !last.begins && beginsText(text, last.container, from);
    const blanks = begins ? (/^[ \t]*/.exec(text.slice(to))?.[0].length ?? 0) : 0;
    return { from, to: to + blanks, text: isBlank ? line.trimEnd() : line + (begins ? "" : " ".repeat(pad)) };
  });
  const starts = new Set(within.map(({ from }) => from));
  const others: TextEdit[] = [];
  let from = 0;
  for (const line of text.split("\n")) {
    const blanks = indent(from);
    if (blanks !== "" && line.trim() !== "" && !starts.has(from)) others.push({ from, to: from, text: blanks });
    from += line.length + 1;
  }
  return [...edits, ...others].filter(({ from: begin, to, text: shown }) => text.slice(begin, to) !== shown);
}

/** It is the line below an alert's first, and goes on with its text. */
function beginsText(text: string, container: Container, from: number): boolean {
  const alert = alertOf(text, container);
  return alert?.goesOn === true && text.indexOf("\n", alert.sign.from) + 1 === from;
}

/** An item begins with text, or with another list. */
function standsAlone({ children: [first], position }: ListItem): boolean {
  const isThere = first?.position?.start.line === position?.start.line;
  return isThere && ["blockquote", "table"].includes(first?.type ?? "");
}

/** Signs that a backslash escapes for CommonMark, and not for Python-Markdown. */
function escapes(text: string, start: number, end: number): readonly TextEdit[] {
  return [...text.slice(start, end).matchAll(/\\([!-/:-@[-`{-~])/g)].flatMap(({ 1: sign = "", index }) => {
    if (/[\\`*_{}[\]()>#+\-.!]/.test(sign)) return [];
    return [{ from: start + index, to: start + index + 2, text: `&#${sign.codePointAt(0) ?? 0};` }];
  });
}

function task(text: string, item: ListItem): readonly TextEdit[] {
  const { start } = rangeOf(item);
  const box = /^\S+[ \t]+(\[[ xX]\])/.exec(text.slice(start));
  const mark = box?.[1];
  if (box === null || mark === undefined) return [];
  const to = start + box[0].length;
  return [{ from: to - mark.length, to, text: item.checked === true ? "☑" : "☐" }];
}
