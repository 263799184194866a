import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import { oneLine } from "../../../story/terminal-text.ts";
import { visibleText } from "../../html/visible-text.ts";
import type { LineChange } from "../../../story/line-diff.ts";
import type { ReportStep, ReportTask } from "../report.ts";

export type Content = ElementContent | string;

/**
 * An element of which there may be a hundred thousand: made of what it consists of, where `h` would look up each of its
 * properties.
 */
export function element(tagName: string, properties: Element["properties"], children: readonly Content[]): Element {
  const nodes = children.map((child) =>
    typeof child === "string" ? ({ type: "text", value: child } as const) : child,
  );
  return { type: "element", tagName, properties, children: nodes };
}

/** Text of others in a line. */
export function line(text: string): string {
  return visibleText(oneLine(text));
}

export function code(text: string): Element {
  return h("code", line(text));
}

/** The shape and the word of a state: never colour alone. */
const SHAPES = {
  ok: "✔",
  passed: "✔",
  partial: "✔",
  unchanged: "✔",
  skipped: "–",
  abandoned: "–",
  pending: "·",
  failed: "✖",
  cancelled: "✖",
  unreachable: "✖",
  drifted: "✖",
  unknown: "⚠",
  paused: "⚠",
  crashed: "⚠",
  unverifiable: "⚠",
  running: "◐",
} as const;

export type State = keyof typeof SHAPES;

/** @param word absent: it stands beside, or all around it is so */
export function sign(state: State, word?: string): Element {
  return h("span", { className: ["sign", `is-${state}`] }, [
    h("span", { ariaHidden: "true" }, SHAPES[state]),
    ...(word === undefined ? [h("span", { className: ["unseen"] }, `${state} `)] : [` ${word}`]),
  ]);
}

export function stepState({ status, tasks }: ReportStep): State {
  return tasks.some((task) => task.status === "unknown") ? "unknown" : status;
}

/** A table; the first cell of each row is its head. */
export function table(caption: string, titles: readonly Content[], rows: readonly (readonly Content[])[]): Element {
  return h("div", { className: ["scrolls"], tabIndex: 0, role: "group", ariaLabel: caption }, [
    h("table", [
      h("caption", { className: ["unseen"] }, caption),
      h("thead", [
        h(
          "tr",
          titles.map((title) => h("th", { scope: "col" }, title)),
        ),
      ]),
      h(
        "tbody",
        rows.map((cells) =>
          h(
            "tr",
            cells.map((cell, index) => (index === 0 ? h("th", { scope: "row" }, cell) : h("td", cell))),
          ),
        ),
      ),
    ]),
  ]);
}

/** Text as it is. It may be wide: who has no mouse can scroll it too. */
export function block(text: string, kind: string): Element {
  return element("pre", { className: [kind], tabIndex: 0 }, [visibleText(text)]);
}

/** Lines that went and came. */
export function difference(lines: readonly LineChange[]): Element {
  const kinds = { "-": "del", "+": "ins", " ": "span" } as const;
  return h(
    "pre",
    { className: ["difference"], tabIndex: 0 },
    lines.map(({ sign: kind, text }) => h(kinds[kind], `${kind} ${visibleText(text)}\n`)),
  );
}

export function taskId(step: number, group: number): string {
  return `s${step}-${group}`;
}

export function statusWords({ status, statement }: ReportTask): string {
  if (statement === "" || statement === status) return status;
  return statement.startsWith(status) ? statement : `${status}: ${statement}`;
}
