import { styleText } from "node:util";

/** What the screen or file can show. Everything printed must be readable with the poorest of these. */
export interface Style {
  readonly color: boolean;
  /** Characters beyond ASCII. */
  readonly unicode: boolean;
  /** Width that lines should keep to where something can be cut. */
  readonly columns: number;
}

/** Where text goes: whole lines. */
export interface TextSink {
  write(text: string): unknown;
}

export type Tone = "ok" | "running" | "failed" | "unknown" | "skipped" | "question" | "dim" | "bold";

const COLORS = {
  ok: "green",
  running: "cyan",
  failed: "red",
  // Yellow is lost on white, blue on black.
  unknown: "magenta",
  skipped: "dim",
  question: "cyan",
  dim: "dim",
  bold: "bold",
} as const;

/** Colour only repeats what the text says already. */
export function paint(style: Style, tone: Tone, text: string): string {
  return style.color && text !== "" ? styleText(COLORS[tone], text, { validateStream: false }) : text;
}

const SIGNS = {
  ok: ["✔", "+"],
  running: ["◐", "*"],
  failed: ["✖", "x"],
  unknown: ["⚠", "!"],
  skipped: ["–", "-"],
  pending: ["·", "."],
  checkpoint: ["⚑", "#"],
  reboot: ["↻", "@"],
  manual: ["☐", "_"],
  cursor: ["▸", ">"],
  question: ["?", "?"],
  bar: ["│", "|"],
  between: ["·", "-"],
  more: ["…", "..."],
} as const;

export type Sign = keyof typeof SIGNS;

/** The shape that carries a state. */
export function sign(style: Style, name: Sign): string {
  const text = shape(style, name);
  return name in COLORS ? paint(style, name as Tone, text) : text;
}

/** The same without its colour. */
export function shape({ unicode }: Style, name: Sign): string {
  const [wide, ascii] = SIGNS[name];
  return unicode ? wide : ascii;
}

/** The colour that repeats it, if any. */
export function colorOf(name: Sign): (typeof COLORS)[keyof typeof COLORS] | undefined {
  return name in COLORS ? COLORS[name as keyof typeof COLORS] : undefined;
}

/** Short facts beside each other. */
export function joined(style: Style, ...facts: readonly string[]): string {
  return facts.filter((fact) => fact !== "").join(` ${sign(style, "between")} `);
}

/** Cuts a line of plain text to a width, with a sign that it was cut. */
export function fit(style: Style, text: string, width: number): string {
  if (text.length <= width) return text;
  const more = sign(style, "more");
  return `${text.slice(0, Math.max(0, width - more.length)).trimEnd()}${more}`;
}

/** Short facts beside each other, in as many lines as the width asks for; none is broken. */
export function joinedLines(style: Style, facts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const longer = joined(style, lines.at(-1) ?? "", fact);
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(fact);
  }
  return lines;
}
