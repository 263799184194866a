import type { Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import type { TextEdit } from "./text-edit.ts";
import { nodesOf } from "./visit.ts";

/** The kinds of GitHub's alerts, as they are written. */
export type AlertKind = "NOTE" | "TIP" | "IMPORTANT" | "WARNING" | "CAUTION";

/** A quote that is an alert (docs.github.com, "Basic writing and formatting syntax"), or has a title of its own besides. */
export interface Alert {
  readonly kind: AlertKind;
  /** `[!NOTE]`, and the blanks behind it. */
  readonly sign: { readonly from: number; readonly to: number };
  /** Where its first line ends: what stands between is the title. */
  readonly titleEnd: number;
  /** More of its text stands on the next line. */
  readonly goesOn: boolean;
}

export function alertOf(text: string, node: Nodes): Alert | undefined {
  if (node.type !== "blockquote") return undefined;
  const [first] = node.children;
  if (first?.type !== "paragraph") return undefined;
  const { start, end } = rangeOf(first);
  const [sign, kind] = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*/i.exec(text.slice(start, end)) ?? [];
  if (sign === undefined || kind === undefined) return undefined;
  const newline = text.indexOf("\n", start);
  const goesOn = newline !== -1 && newline < end;
  const line = text.slice(start, goesOn ? newline : end);
  return {
    kind: kind.toUpperCase() as AlertKind,
    sign: { from: start, to: start + Math.min(sign.length, line.length) },
    titleEnd: start + line.trimEnd().length,
    goesOn,
  };
}

/** For sites that know no alerts: a quote that begins with a bold word. */
export function hugoAlertEdits(text: string, root: Root): readonly TextEdit[] {
  return [...nodesOf(root)].flatMap(({ node }) => {
    const alert = alertOf(text, node);
    if (alert === undefined) return [];
    const { kind, sign, titleEnd } = alert;
    const word = `**${kind.charAt(0)}${kind.slice(1).toLowerCase()}:**`;
    return [{ ...sign, text: titleEnd > sign.to ? `${word} ` : word }];
  });
}
