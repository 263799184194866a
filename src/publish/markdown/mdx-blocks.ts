import type { Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { type AlertKind, alertOf } from "./alerts.ts";
import { containerLines } from "./container-lines.ts";
import { isAboveText, isBelowText, linePrefix } from "./line-prefix.ts";
import type { TabRange } from "./tab-ranges.ts";
import type { TextEdit } from "./text-edit.ts";
import { nodesOf } from "./visit.ts";

/** Docusaurus 3's admonitions, by GitHub's alerts; two have another title there. */
const ADMONITIONS: Readonly<Record<AlertKind, readonly [name: string, title?: string]>> = {
  NOTE: ["note"],
  TIP: ["tip"],
  IMPORTANT: ["info", "Important"],
  WARNING: ["warning"],
  CAUTION: ["danger", "Caution"],
};

/** Alerts as Docusaurus's admonitions: directives, whose content is no quote any more. */
export function mdxAlertEdits(text: string, root: Root): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const alerts = new Set<unknown>();
  for (const { node } of nodesOf(root)) {
    const alert = alertOf(text, node);
    if (alert === undefined) continue;
    alerts.add(node);
    const { start, end } = rangeOf(node);
    const { kind, sign, titleEnd, goesOn } = alert;
    const [name, title] = ADMONITIONS[kind];
    // What holds others has more colons than they have.
    const within = [...nodesOf(node)].filter((one) => alertOf(text, one.node) !== undefined).length;
    const colons = ":".repeat(2 + within);
    const prefix = linePrefix(text, start);
    const below = goesOn ? `\n${prefix.trimEnd()}` : "";
    const isTitled = titleEnd > sign.to;
    edits.push(
      { ...sign, to: isTitled ? sign.to : titleEnd, text: colons + name + begin(isTitled, title, below) },
      ...(isTitled ? [{ from: titleEnd, to: titleEnd, text: `]${below}` }] : []),
      { from: end, to: end, text: `\n${prefix.trimEnd()}\n${prefix}${colons}` },
    );
  }
  for (const { from, to, parts } of containerLines(text, root)) {
    let at = from;
    // A line that went on without the quote's sign would be a module.
    const isLazy = parts.some(({ container, written }) => alerts.has(container) && written === "");
    const [first] = isLazy ? (/^(?:i(?=mport\b)|e(?=xport\b))/.exec(text.slice(to, to + 7)) ?? []) : [];
    if (first !== undefined) edits.push({ from: to, to: to + 1, text: `&#${first.charCodeAt(0)};` });
    for (const { container, written } of parts) {
      if (alerts.has(container) && written !== "") {
        edits.push({ from: at, to: at + written.length, text: written.replace(/> ?/, "") });
      }
      at += written.length;
    }
  }
  return edits;
}

function begin(isTitled: boolean, title: string | undefined, below: string): string {
  if (isTitled) return "[";
  return (title === undefined ? "" : `[${title}]`) + below;
}

/**
 * Alternatives as Docusaurus's tabs. Its own headings would stand in the page's contents, though all but one are hidden;
 * what links to one finds the tabs.
 */
export function mdxTabEdits(text: string, root: Root, tabs: readonly TabRange[]): readonly TextEdit[] {
  if (tabs.length === 0) return [];
  const edits = tabs.flatMap((tab): readonly TextEdit[] => {
    const { group, choice, label, title, from, headingEnd, to } = tab;
    const isFirst = group.tabs[0]?.choice === choice;
    const isLast = group.tabs.at(-1)?.choice === choice;
    const anchors = group.tabs.map(({ anchor }) => `<a id="${anchor}"></a>`).join("");
    const lines = [
      ...(isBelowText(text, from) ? [""] : []),
      ...(isFirst ? [anchors, "", `<Tabs ${attribute("groupId", group.input)}>`] : []),
      `<TabItem ${attribute("value", choice)} ${attribute("label", label ?? choice)}>`,
      ...(label === undefined ? ["", `**${title}**`] : []),
      ...(isAboveText(text, headingEnd) ? [""] : []),
    ];
    const ends = ["</TabItem>", ...(isLast ? ["</Tabs>"] : []), ...(to === text.length ? [""] : ["", ""])].join("\n");
    const before = text.slice(0, to);
    const above = before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    return [
      { from, to: headingEnd, text: lines.join("\n") },
      { from: to, to, text: above + ends },
    ];
  });
  const front = root.children.find(({ type }) => type === "yaml" || (type as string) === "toml");
  const at = front === undefined ? 0 : rangeOf(front).end;
  const imports = "import Tabs from '@theme/Tabs';\nimport TabItem from '@theme/TabItem';";
  return [{ from: at, to: at, text: at === 0 ? `${imports}\n\n` : `\n\n${imports}\n` }, ...edits];
}

/** JSX knows no escapes in quotes, and reads references. */
function attribute(name: string, value: string): string {
  return /["&\\\n]/.test(value) ? `${name}={${JSON.stringify(value)}}` : `${name}="${value}"`;
}
