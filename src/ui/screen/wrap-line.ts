import { type Span, type TextLine, takeColumns, widthOf } from "./text-line.ts";

/** What may stand together, and where a line may end: words, blanks, and hard breaks (a newline). */
type Piece = Span;

/**
 * Breaks words into lines of at most `width` columns, between words, or within one that is longer than that.
 * @param spans a newline in a text is a hard break
 * @returns at least one line, which may be empty
 */
export function wrapLine(spans: readonly Span[], width: number): readonly TextLine[] {
  const room = Math.max(1, width);
  const lines: Span[][] = [[]];
  let used = 0;
  let blank: Span | undefined;
  const next = (): void => {
    lines.push([]);
    used = 0;
    blank = undefined;
  };
  for (const word of words(spans)) {
    const [first] = word;
    if (first?.text === "\n") next();
    else if (first?.text === " ") {
      if (used > 0) blank = first;
    } else {
      const wide = word.reduce((sum, { text }) => sum + widthOf(text), 0);
      if (used > 0 && used + (blank === undefined ? 0 : 1) + wide > room) next();
      else if (blank !== undefined) {
        lines.at(-1)?.push(blank);
        used++;
      }
      blank = undefined;
      for (const piece of word) {
        let rest = piece.text;
        while (used + widthOf(rest) > room) {
          // What is wider than a whole line on its own takes one all the same.
          const part = takeColumns(rest, room - used) || (used === 0 ? rest.slice(0, 1) : "");
          if (part !== "") lines.at(-1)?.push({ ...piece, text: part });
          rest = rest.slice(part.length);
          next();
        }
        if (rest !== "") lines.at(-1)?.push({ ...piece, text: rest });
        used += widthOf(rest);
      }
    }
  }
  return lines.map(joinAlike);
}

/** Words of one or more looks, a blank, or a hard break each. */
function words(spans: readonly Span[]): readonly (readonly Piece[])[] {
  const found: Piece[][] = [];
  let word: Piece[] | undefined;
  for (const { text, looks } of spans) {
    for (const part of text.split(/(\n| +)/)) {
      if (part === "") continue;
      if (part === "\n" || part.startsWith(" ")) {
        word = undefined;
        found.push([{ text: part === "\n" ? part : " ", looks }]);
      } else if (word === undefined) found.push((word = [{ text: part, looks }]));
      else word.push({ text: part, looks });
    }
  }
  return found;
}

function joinAlike(line: readonly Span[]): TextLine {
  const joined: Span[] = [];
  for (const span of line) {
    const last = joined.at(-1);
    const alike = last !== undefined && last.looks.join() === span.looks.join();
    if (alike) joined[joined.length - 1] = { ...last, text: last.text + span.text };
    else joined.push(span);
  }
  return joined;
}
