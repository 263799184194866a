import xterm from "@xterm/headless";
import type { IBufferCell } from "@xterm/headless";
import { x } from "xastscript";
import { toXml } from "xast-util-to-xml";

/*
 * What stands on a terminal as an SVG: words are words, so that they can be found and read out; frames are drawn, so that
 * they close whatever the reader's font is. Every run of words is as wide as its cells. Dark, or light for readers who
 * have their screens so.
 */

export interface TerminalPicture {
  /** Lines with their colours and attributes (ECMA-48 SGR), as `tmux capture-pane -e -p` prints them. */
  readonly screen: string;
  readonly columns: number;
  readonly rows: number;
  /** In the window's frame. */
  readonly title: string;
  /** For those who do not see it. */
  readonly description: string;
}

const CELL = { width: 8.4, height: 18 };
/** Of a line's height, from its top. */
const BASELINE = 13.5;
const FONT_SIZE = 14;
const PADDING = 14;
const BAR = 30;

/** Draws it. @returns a file's text */
export async function terminalPicture(picture: TerminalPicture): Promise<string> {
  const { columns, rows, title, description } = picture;
  const width = round(columns * CELL.width + 2 * PADDING);
  const height = rows * CELL.height + BAR + 2 * PADDING;
  const lines = await cellsOf(picture);
  const svg = x(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width: String(width),
      height: String(height),
      role: "img",
      "aria-labelledby": "title description",
      "xml:space": "preserve",
    },
    [
      x("title", { id: "title" }, title),
      x("desc", { id: "description" }, description),
      x("style", STYLE),
      x("rect", {
        class: "window",
        x: "0.5",
        y: "0.5",
        width: String(width - 1),
        height: String(height - 1),
        rx: "8",
      }),
      x("path", { class: "edge", d: `M1 ${BAR}.5H${width - 1}` }),
      x("text", { class: "name", x: String(round(width / 2)), y: "20", "text-anchor": "middle" }, title),
      x("g", { transform: `translate(${PADDING} ${BAR + PADDING})` }, [
        ...lines.flatMap((cells, row) => backgrounds(cells, row)),
        ...frames(lines),
        ...lines.flatMap((cells, row) => words(cells, row)),
      ]),
    ],
  );
  return `${toXml(svg)}\n`;
}

type Drawn = ReturnType<typeof x>;

/** One place of the terminal. */
interface Cell {
  readonly text: string;
  /** Columns: 2 for wide characters; their second place is left out. */
  readonly width: number;
  readonly column: number;
  readonly look: Look;
}

interface Look {
  /** `default`, a number of the palette, or `#rrggbb`. */
  readonly ink: string;
  readonly paper: string;
  readonly classes: readonly string[];
}

async function cellsOf({ screen, columns, rows }: TerminalPicture): Promise<readonly (readonly Cell[])[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  await new Promise<void>((done) => {
    terminal.write(screen.replace(/\n$/, ""), done);
  });
  const { active } = terminal.buffer;
  return Array.from({ length: rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return Array.from({ length: columns }, (_, column) => line?.getCell(column)).flatMap((cell, column) =>
      cell === undefined || cell.getWidth() === 0
        ? []
        : [{ text: cell.getChars() || " ", width: cell.getWidth(), column, look: lookOf(cell) }],
    );
  });
}

function lookOf(cell: IBufferCell): Look {
  const ink = colorOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor());
  const paper = colorOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor());
  const classes = [
    ...(cell.isBold() === 0 ? [] : ["bold"]),
    ...(cell.isDim() === 0 ? [] : ["dim"]),
    ...(cell.isItalic() === 0 ? [] : ["italic"]),
    ...(cell.isUnderline() === 0 ? [] : ["under"]),
    ...(cell.isStrikethrough() === 0 ? [] : ["through"]),
  ];
  if (cell.isInverse() === 0) return { ink, paper, classes };
  return { ink: paper === "default" ? "paper" : paper, paper: ink === "default" ? "ink" : ink, classes };
}

function colorOf(isRgb: boolean, isPalette: boolean, color: number): string {
  if (isRgb) return `#${color.toString(16).padStart(6, "0")}`;
  if (!isPalette) return "default";
  return color < 16 ? String(color) : paletteColor(color);
}

/** xterm's 256 colours: a cube of six steps, then greys. */
function paletteColor(color: number): string {
  const hex = (level: number): string => level.toString(16).padStart(2, "0");
  if (color >= 232) return `#${hex(8 + 10 * (color - 232)).repeat(3)}`;
  const step = (index: number): string => hex(index === 0 ? 0 : 55 + 40 * index);
  const cube = color - 16;
  return `#${step(Math.floor(cube / 36))}${step(Math.floor(cube / 6) % 6)}${step(cube % 6)}`;
}

/** Cells side by side that are drawn in one piece. */
interface Run {
  readonly text: string;
  readonly column: number;
  readonly width: number;
  readonly look: Look;
}

function backgrounds(cells: readonly Cell[], row: number): readonly Drawn[] {
  const runs = runsOf(cells, (a, b) => a.look.paper === b.look.paper);
  return runs.flatMap(({ column, width, look }) =>
    look.paper === "default"
      ? []
      : [
          x("rect", {
            ...painted(look.paper, []),
            x: String(round(column * CELL.width)),
            y: String(row * CELL.height),
            width: String(round(width * CELL.width)),
            height: String(CELL.height),
          }),
        ],
  );
}

/** From the middle of a cell to its edges: up, right, down, left. */
const BOXES: Readonly<Record<string, string>> = {
  "─": "rl",
  "│": "ud",
  "┌": "rd",
  "┐": "dl",
  "└": "ur",
  "┘": "ul",
  "├": "urd",
  "┤": "udl",
  "┬": "rdl",
  "┴": "url",
  "┼": "urdl",
};
const BLOCK = "▌";

/** Frames and bars, all of one look in one path. */
function frames(lines: readonly (readonly Cell[])[]): readonly Drawn[] {
  const paths = new Map<string, { look: Look; lines: string; blocks: string }>();
  for (const [row, cells] of lines.entries()) {
    for (const run of runsOf(cells, (a, b) => a.text === "─" && b.text === "─" && isAlike(a.look, b.look))) {
      const { text, look, column, width } = run;
      const known = paths.get(keyOf(look)) ?? { look, lines: "", blocks: "" };
      const left = round(column * CELL.width);
      const top = row * CELL.height;
      const middle = top + CELL.height / 2;
      const arms = BOXES[text[0] ?? ""];
      if (text.startsWith("─")) known.lines += `M${left} ${middle}H${round((column + width) * CELL.width)}`;
      else if (arms !== undefined) {
        const centre = round((column + 0.5) * CELL.width);
        const ends: Readonly<Record<string, string>> = {
          u: `V${top}`,
          d: `V${top + CELL.height}`,
          l: `H${left}`,
          r: `H${round((column + 1) * CELL.width)}`,
        };
        for (const arm of arms) known.lines += `M${centre} ${middle}${ends[arm] ?? ""}`;
      } else if (text === BLOCK) known.blocks += `M${left} ${top}h${CELL.width / 2}v${CELL.height}h-${CELL.width / 2}z`;
      else continue;
      paths.set(keyOf(look), known);
    }
  }
  return [...paths.values()].flatMap(({ look, lines, blocks }) => {
    const { ink, classes } = look;
    const shared = classes.filter((name) => name === "dim");
    return [
      ...(lines === "" ? [] : [x("path", { ...painted(ink, [...shared, "line"], "stroke"), d: lines })]),
      ...(blocks === "" ? [] : [x("path", { ...painted(ink, shared), d: blocks })]),
    ];
  });
}

function words(cells: readonly Cell[], row: number): readonly Drawn[] {
  // What may come from another font, of another width, stands for itself.
  const isPlain = ({ text }: Cell): boolean => /^[\x20-\x7e\u00a0-\u024f]+$/.test(text);
  const text = cells.filter((cell) => !(cell.text in BOXES) && cell.text !== BLOCK);
  return runsOf(text, (a, b) => isPlain(a) && isPlain(b) && isAlike(a.look, b.look)).flatMap((run) =>
    apart(run).map(({ text, column, width, look }) =>
      x(
        "text",
        {
          ...painted(look.ink, look.classes),
          x: String(round(column * CELL.width)),
          y: String(round(row * CELL.height + BASELINE)),
          ...(text.length > 1 && { textLength: String(round(width * CELL.width)), lengthAdjust: "spacingAndGlyphs" }),
        },
        text,
      ),
    ),
  );
}

function runsOf(cells: readonly Cell[], together: (a: Cell, b: Cell) => boolean): readonly Run[] {
  const runs: Run[] = [];
  let before: Cell | undefined;
  for (const cell of cells) {
    const last = runs.at(-1);
    const follows = before !== undefined && before.column + before.width === cell.column;
    if (last !== undefined && before !== undefined && follows && together(before, cell)) {
      runs[runs.length - 1] = { ...last, text: last.text + cell.text, width: last.width + cell.width };
    } else runs.push(cell);
    before = cell;
  }
  return runs;
}

/** Without the blanks that nobody sees: words that stand apart are drawn apart. */
function apart(run: Run): readonly Run[] {
  if (run.look.classes.some((name) => name === "under" || name === "through")) return [run];
  return [...run.text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index }) =>
    text === run.text ? run : { ...run, text, column: run.column + index, width: text.length },
  );
}

function painted(color: string, classes: readonly string[], as: "fill" | "stroke" = "fill"): Record<string, string> {
  const own = color.startsWith("#");
  const names = [...(own || color === "default" ? [] : [color.length > 2 ? color : `c${color}`]), ...classes];
  return { ...(names.length > 0 && { class: names.join(" ") }), ...(own && { [as]: color }) };
}

function isAlike(a: Look, b: Look): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf({ ink, paper, classes }: Look): string {
  return [ink, paper, ...classes].join(" ");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

interface Theme {
  readonly ink: string;
  readonly paper: string;
  readonly edge: string;
  readonly name: string;
  /** Sixteen. */
  readonly palette: readonly string[];
}

const DARK: Theme = {
  ink: "#e3e6ea",
  paper: "#16191e",
  edge: "#3a4048",
  name: "#a3abb5",
  palette: (
    "#3b4048 #ff7b72 #56d364 #e3b341 #79b8ff #d2a8ff #56d4dd #d5d9de " +
    "#8b949e #ffa198 #7ee787 #f2cc60 #a5d0ff #e2c5ff #8ae4ea #ffffff"
  ).split(" "),
};

const LIGHT: Theme = {
  ink: "#1f2328",
  paper: "#ffffff",
  edge: "#d0d7de",
  name: "#59636e",
  palette: (
    "#24292f #b3202a #116329 #7d5000 #0a4fad #7332b8 #0b626c #57606a " +
    "#6e7781 #a40e26 #1a6b34 #633c01 #0550ae #6639ba #1b5d66 #1f2328"
  ).split(" "),
};

function rulesOf({ ink, paper, edge, name, palette }: Theme): string {
  return [
    `text,path,.ink{fill:${ink}}`,
    `.paper{fill:${paper}}`,
    `.window{fill:${paper};stroke:${edge}}`,
    `.line{fill:none;stroke:${ink}}`,
    `.edge{stroke:${edge}}`,
    `.name{fill:${name}}`,
    ...palette.map((color, index) => `.c${index}{fill:${color}}.line.c${index}{fill:none;stroke:${color}}`),
  ].join("");
}

const STYLE = [
  `text{font:${FONT_SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}`,
  ".name{font-size:12px}.bold{font-weight:bold}.italic{font-style:italic}.dim{opacity:.68}",
  ".under{text-decoration:underline}.through{text-decoration:line-through}.line{stroke-width:1.2}",
  rulesOf(DARK),
  `@media(prefers-color-scheme:light){${rulesOf(LIGHT)}}`,
].join("");
