import type { Key } from "ink";
import { neutralize, oneLine } from "../../story/terminal-text.ts";
import { shape, type Style } from "../style.ts";
import { signSpan } from "./outline.ts";
import { cutLine, lineWidth, span, type TextLine } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";

/** What the reader is asked, in place. */
export type ScreenQuestion = {
  /** What stands above the question. */
  readonly lines: readonly string[];
  readonly message: string;
  /** What Escape does. Absent: nothing; what asks goes on only with an answer. */
  readonly decline?: () => void;
} & (
  | { readonly kind: "yes"; readonly preset: boolean }
  | { readonly kind: "choose"; readonly choices: readonly string[] }
  | {
      /** Of `secret` nothing is shown while it is typed. */
      readonly kind: "text" | "secret";
      /** @returns what is wrong with an answer */
      readonly check: (answer: string) => string | undefined;
    }
);

/** What of an answer is there already. */
export interface Draft {
  readonly text: string;
  /** Of `choose`: the choice that is pointed at. */
  readonly at: number;
  readonly problem?: string;
}

export const NO_DRAFT: Draft = { text: "", at: 0 };

/** What a key makes of it: an answer, another draft, or nothing: then it means what it always does. */
export type Typed = { readonly answer: string | boolean } | { readonly draft: Draft } | undefined;

export function typed(question: ScreenQuestion, draft: Draft, input: string, key: Key): Typed {
  switch (question.kind) {
    case "yes":
      if (key.return) return { answer: question.preset };
      if (input === "y" || input === "Y") return { answer: true };
      if (input === "n" || input === "N") return { answer: false };
      return undefined;
    case "choose": {
      const { choices } = question;
      if (key.return) return { answer: choices[draft.at] ?? "" };
      if (key.downArrow || input === "j")
        return { draft: { ...draft, at: Math.min(draft.at + 1, choices.length - 1) } };
      if (key.upArrow || input === "k") return { draft: { ...draft, at: Math.max(draft.at - 1, 0) } };
      return undefined;
    }
    case "text":
    case "secret":
      if (key.return) return entered(question, draft.text);
      if (key.backspace || key.delete) return { draft: { text: withoutLast(draft.text), at: 0 } };
      if (key.ctrl && input === "u") return { draft: NO_DRAFT };
      if (key.ctrl || key.meta || key.tab || key.escape || input === "") return undefined;
      return written(question, draft.text, input);
  }
}

type Written = Extract<ScreenQuestion, { kind: "text" | "secret" }>;

/** What is typed fast, or pasted, comes in one piece, with the keys that change and end it among its letters. */
function written(question: Written, before: string, input: string): Typed {
  let text = before;
  for (const letter of input) {
    if (letter === "\r" || letter === "\n") return entered(question, text);
    if (letter === "\u0015") text = "";
    else if (letter === "\u007f" || letter === "\b") text = withoutLast(text);
    else text += letter;
  }
  return { draft: { text, at: 0 } };
}

function entered({ check }: Written, text: string): Typed {
  const problem = check(text);
  return problem === undefined ? { answer: text } : { draft: { text, at: 0, problem } };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function withoutFirst(text: string): string {
  return text.slice([...graphemes.segment(text)].at(1)?.index ?? text.length);
}

function withoutLast(text: string): string {
  return text.slice(0, [...graphemes.segment(text)].at(-1)?.index ?? 0);
}

/** The question as it stands above the keys. Most of it gives way where there are few rows. */
export function questionLines(
  style: Style,
  question: ScreenQuestion,
  draft: Draft,
  width: number,
  most: number,
): readonly TextLine[] {
  const said = question.lines.findIndex((line) => line !== "");
  const above = (said < 0 ? [] : question.lines.slice(said))
    .flatMap((line) => wrapLine([span(neutralize(line))], width - 2))
    .map((line) => [span("  "), ...line]);
  const below: readonly TextLine[] =
    question.kind === "choose"
      ? question.choices.map((choice, index) => [
          span(index === draft.at ? ` ${shape(style, "cursor")} ` : "   "),
          span(choice === "" ? "(empty)" : oneLine(choice), ...(index === draft.at ? (["bold"] as const) : [])),
        ])
      : draft.problem === undefined
        ? []
        : [[signSpan(style, "unknown"), span(` ${oneLine(draft.problem)}`)]];
  // However little room there is, how to answer is seen.
  const asked = askedLines(style, question, draft, width).slice(-Math.max(1, most - below.length));
  const room = Math.max(0, most - asked.length - below.length);
  return [...above.slice(Math.max(0, above.length - room)), ...asked, ...below].map((line) =>
    cutLine(style, line, width),
  );
}

/** The question, whole, and behind it what there is of an answer: of a long one its end. */
function askedLines(style: Style, question: ScreenQuestion, draft: Draft, width: number): readonly TextLine[] {
  const lines = wrapLine([span(oneLine(question.message), "bold")], width - 2).map((line, index): TextLine => [
    span(index === 0 ? `${shape(style, "question")} ` : "  ", "cyan"),
    ...line,
  ]);
  const last = lines.at(-1) ?? [];
  const answer = answerSoFar(question, draft);
  if (lineWidth(last) + lineWidth(answer) <= width) return [...lines.slice(0, -1), [...last, ...answer]];
  let { text } = draft;
  while (text !== "" && 1 + lineWidth(answerSoFar(question, { ...draft, text })) > width) text = withoutFirst(text);
  return [...lines, [span(" "), ...answerSoFar(question, { ...draft, text })]];
}

function answerSoFar(question: ScreenQuestion, { text }: Draft): TextLine {
  switch (question.kind) {
    case "yes":
      return [span(question.preset ? "  [Y/n]" : "  [y/N]")];
    case "choose":
      return [];
    case "text":
      return [span(` ${oneLine(text)}`), span(" ", "inverse")];
    case "secret":
      return [span(" (not shown)"), span(" ", "inverse")];
  }
}
