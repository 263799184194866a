import type { Blockquote, FootnoteDefinition, ListItem, Nodes, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { lineStart } from "./line-prefix.ts";

/** Blocks that every line of what they hold begins with a sign of. */
export type Container = Blockquote | ListItem | FootnoteDefinition;

/** What a line has of one container. */
export interface ContainerPart {
  readonly container: Container;
  /** It is the container's first line, which has its marker. */
  readonly begins: boolean;
  /** The characters of the line: none where a paragraph goes on without them. */
  readonly written: string;
}

/** A line that stands within containers. */
export interface ContainerLine {
  /** Where it begins. */
  readonly from: number;
  /** Where what they hold begins. */
  readonly to: number;
  /** Columns of a tab that are not the containers'. */
  readonly pad: number;
  readonly isBlank: boolean;
  /** From the outermost inwards. */
  readonly parts: readonly ContainerPart[];
}

/** Lines within lists, quotes and footnotes, taken apart as CommonMark 0.31 does (appendix, phase 1). */
export function containerLines(text: string, root: Root): readonly ContainerLine[] {
  const within = new Map<number, Container[]>();
  const collect = (node: Nodes): void => {
    if (isContainer(node) && node.position !== undefined) {
      const { start, end } = node.position;
      // Some end where the next block begins.
      const isBehind = /^[>\s]*$/.test(text.slice(lineStart(text, end.offset ?? 0), end.offset));
      const last = isBehind && end.line > start.line ? end.line - 1 : end.line;
      for (let line = start.line; line <= last; line++) within.set(line, [...(within.get(line) ?? []), node]);
    }
    if ("children" in node) for (const child of node.children) collect(child);
  };
  collect(root);
  const widths = new Map<Container, number>();
  const lines: ContainerLine[] = [];
  let from = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const containers = within.get(index + 1);
    if (containers !== undefined) lines.push(taken(line, from, index + 1, containers, widths));
    from += line.length + 1;
  }
  return lines;
}

export function isContainer(node: Nodes): node is Container {
  return node.type === "listItem" || node.type === "blockquote" || node.type === "footnoteDefinition";
}

function taken(
  line: string,
  from: number,
  number: number,
  containers: readonly Container[],
  widths: Map<Container, number>,
): ContainerLine {
  const cursor = new Cursor(line);
  const parts = containers.map((container): ContainerPart => {
    const before = cursor.at;
    const begins = container.position?.start.line === number;
    if (begins) {
      const column = cursor.column;
      cursor.toMarker(rangeOf(container).start - from);
      cursor.skipMarker(container.type);
      widths.set(container, container.type === "footnoteDefinition" ? FOOTNOTE : cursor.column - column);
    } else if (container.type === "blockquote") cursor.skipQuote();
    else cursor.skipBlanks(widths.get(container) ?? 0);
    return { container, begins, written: line.slice(before, cursor.at) };
  });
  return { from, to: from + cursor.at, pad: cursor.pad, isBlank: line.slice(cursor.at).trim() === "", parts };
}

/** Columns of what a footnote holds (GFM). */
const FOOTNOTE = 4;
const MARKERS = { blockquote: /^>/, listItem: /^(?:[-+*]|\d+[.)])/, footnoteDefinition: /^\[\^[^\]]*\]:/ } as const;

/** Owns a place in a line. */
class Cursor {
  at = 0;
  /** As a terminal with stops every four columns has it. */
  column = 0;
  /** Columns of a tab that is only in part behind. */
  pad = 0;
  readonly #line: string;

  constructor(line: string) {
    this.#line = line;
  }

  toMarker(at: number): void {
    while (this.at < at) this.#step();
  }

  skipMarker(type: Container["type"]): void {
    const [marker = ""] = MARKERS[type].exec(this.#line.slice(this.at)) ?? [];
    this.toMarker(this.at + marker.length);
    const rest = this.#line.slice(this.at);
    if (type === "footnoteDefinition") this.toMarker(this.at + (/^[ \t]*/.exec(rest)?.[0].length ?? 0));
    else if (type === "blockquote") this.#skipOne();
    else if (rest.trim() === "") this.column++;
    else this.#skipMargin();
  }

  /** Nothing where the line goes on with a paragraph, and has no sign. */
  skipQuote(): void {
    const [sign] = /^ {0,3}>/.exec(this.#line.slice(this.at)) ?? [];
    if (sign === undefined) return;
    this.toMarker(this.at + sign.length);
    this.#skipOne();
  }

  /** Nothing where there are fewer. */
  skipBlanks(columns: number): void {
    const end = this.column + columns;
    const start = { at: this.at, column: this.column, pad: this.pad };
    const had = Math.min(this.pad, columns);
    this.pad -= had;
    this.column += had;
    while (this.column < end && /[ \t]/.test(this.#line.charAt(this.at))) this.#step();
    if (this.column < end) Object.assign(this, start);
    else {
      this.pad += this.column - end;
      this.column = end;
    }
  }

  /** Up to four columns; with more, all but the first are what the item holds. */
  #skipMargin(): void {
    const begin = { at: this.at, column: this.column };
    while (/[ \t]/.test(this.#line.charAt(this.at))) this.#step();
    if (this.column - begin.column <= 4) return;
    Object.assign(this, begin);
    this.#skipOne();
  }

  #skipOne(): void {
    if (/[ \t]/.test(this.#line.charAt(this.at))) this.skipBlanks(1);
  }

  #step(): void {
    this.column += this.#line[this.at] === "\t" ? 4 - (this.column % 4) : 1;
    this.at++;
  }
}
