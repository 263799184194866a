import type { AlertKind, Prose, ProseBlock } from "../../model/prose.ts";
import { oneLine } from "../../story/terminal-text.ts";
import type { Style } from "../style.ts";
import { type CodeTokens, layoutCode } from "./layout-code.ts";
import { layoutInline } from "./layout-inline.ts";
import { layoutTable } from "./layout-table.ts";
import { type Look, type Span, span, type TextLine, widthOf } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";

/** A line of the guide as it stands on the screen. */
export interface ProseLine {
  readonly spans: TextLine;
  /** The line of the guide that its block begins on; of code, the very line. */
  readonly line: number;
}

/**
 * Lines that belong to the same block, and those of blocks around it, are kept apart by an empty one.
 * @param tokens of code; absent: it is not coloured
 * @param files which code is a file on hosts
 */
export function layoutProse(
  style: Style,
  { blocks }: Prose,
  width: number,
  tokens?: CodeTokens,
  files: readonly WrittenFile[] = [],
): readonly ProseLine[] {
  return layoutBlocks({ style, files, ...(tokens !== undefined && { tokens }) }, blocks, width, true);
}

/** The step on these lines of the guide writes its code to a path. */
export interface WrittenFile {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

interface Setting {
  readonly style: Style;
  readonly files: readonly WrittenFile[];
  readonly tokens?: CodeTokens;
}

const NARROWEST = 10;

function layoutBlocks(setting: Setting, blocks: readonly ProseBlock[], width: number, apart: boolean): ProseLine[] {
  const lines: ProseLine[] = [];
  for (const block of blocks) {
    const before = lines.at(-1);
    if (before !== undefined && apart) lines.push({ spans: [], line: before.line });
    lines.push(...layoutBlock(setting, block, Math.max(NARROWEST, width)));
  }
  return lines;
}

function layoutBlock(setting: Setting, block: ProseBlock, width: number): readonly ProseLine[] {
  const { style, tokens, files } = setting;
  const at = (lines: readonly TextLine[]): readonly ProseLine[] => lines.map((spans) => ({ spans, line: block.line }));
  switch (block.kind) {
    case "heading": {
      const words = layoutInline(style, block.text).map(({ text, looks }) => span(text, "bold", ...looks));
      // Without colours a heading is known by its signs.
      const sharps = style.color ? [] : [span(`${"#".repeat(block.depth)} `)];
      return at(wrapLine([...sharps, ...words], width));
    }
    case "paragraph":
      return at(wrapLine(layoutInline(style, block.text), width));
    case "code": {
      const file = files.find(({ from, to }) => from <= block.line && block.line <= to);
      const name = file === undefined ? [] : wrapLine([span("file "), span(oneLine(file.path), "bold")], width);
      const code = layoutCode(style, block, width, tokens).flatMap((parts, index) => {
        const line = block.line + (block.language === "" ? 0 : 1) + index;
        return parts.map((spans) => ({ spans, line }));
      });
      return [...at(name), ...code];
    }
    case "list":
      return layoutList(setting, block, width);
    case "quote": {
      if (block.alert !== undefined) return layoutAlert(setting, block, block.alert, width);
      const bar = span(style.unicode ? "│ " : "| ", "dim");
      return indented(layoutBlocks(setting, block.blocks, width - 2, true), bar, bar);
    }
    case "table":
      return at(layoutTable(style, block, width));
    case "rule":
      return at([[span((style.unicode ? "─" : "-").repeat(width), "dim")]]);
  }
}

/** Told by its word and its shape, and by colour where there is any. */
function layoutAlert(
  setting: Setting,
  { blocks, line }: Extract<ProseBlock, { kind: "quote" }>,
  kind: AlertKind,
  width: number,
): readonly ProseLine[] {
  const { unicode } = setting.style;
  const { shape, color, word } = ALERTS[kind];
  const title = { spans: [span(`${unicode ? shape[0] : shape[1]} ${word}`, "bold", color)], line };
  const bar = span(unicode ? "┃ " : "| ", color);
  return indented([title, ...layoutBlocks(setting, blocks, width - 2, true)], bar, bar);
}

/** Colours as signs have them: yellow and blue are not read everywhere. */
const ALERTS = {
  note: { word: "Note", shape: ["i", "i"], color: "cyan" },
  tip: { word: "Tip", shape: ["*", "*"], color: "green" },
  important: { word: "Important", shape: ["!", "!"], color: "cyan" },
  warning: { word: "Warning", shape: ["⚠", "!"], color: "magenta" },
  caution: { word: "Caution", shape: ["‼", "!!"], color: "red" },
} as const satisfies Record<AlertKind, { word: string; shape: readonly [string, string]; color: Look }>;

function layoutList(
  setting: Setting,
  { items, start }: Extract<ProseBlock, { kind: "list" }>,
  width: number,
): readonly ProseLine[] {
  const { style } = setting;
  const apart = items.some(({ blocks }) => blocks.filter(({ kind }) => kind !== "list").length > 1);
  const bullet = style.unicode ? "•" : "-";
  return items.flatMap(({ checked, blocks }, index) => {
    const box = checked === undefined ? "" : checked ? (style.unicode ? "☑ " : "[x] ") : style.unicode ? "☐ " : "[ ] ";
    const mark = start === undefined ? (box === "" ? `${bullet} ` : box) : `${start + index}. ${box}`;
    const lines = indented(
      layoutBlocks(setting, blocks, width - widthOf(mark), apart),
      span(mark),
      span(" ".repeat(widthOf(mark))),
    );
    return apart && index > 0 ? [{ spans: [], line: blocks[0]?.line ?? 0 }, ...lines] : lines;
  });
}

function indented(lines: readonly ProseLine[], first: Span, rest: Span): readonly ProseLine[] {
  return lines.map(({ spans, line }, index) => ({ spans: [index === 0 ? first : rest, ...spans], line }));
}
