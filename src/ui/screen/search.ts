import { type Span, span, type TextLine } from "./text-line.ts";

/** The positions of the lines that have a text; in capitals only where it has capitals itself, as less(1) does. */
export function linesWith(lines: readonly TextLine[], text: string): readonly number[] {
  if (text === "") return [];
  const find = finder(text);
  return lines.flatMap((line, index) => (find(plain(line)).length > 0 ? [index] : []));
}

/** The line with every place of a text in it marked. */
export function marked(line: TextLine, text: string): TextLine {
  if (text === "") return line;
  const places = finder(text)(plain(line));
  if (places.length === 0) return line;
  const spans: Span[] = [];
  let at = 0;
  for (const { text: words, looks } of line) {
    let from = at;
    const end = at + words.length;
    for (const place of places) {
      const to = place + text.length;
      if (to <= from || place >= end) continue;
      const begin = Math.max(place, from);
      spans.push({ text: words.slice(from - at, begin - at), looks });
      spans.push(span(words.slice(begin - at, Math.min(to, end) - at), ...looks, "inverse"));
      from = Math.min(to, end);
    }
    spans.push({ text: words.slice(from - at), looks });
    at = end;
  }
  return spans.filter((each) => each.text !== "");
}

function finder(text: string): (line: string) => readonly number[] {
  const exact = text !== text.toLowerCase();
  return (line) => {
    const within = exact ? line : line.toLowerCase();
    const places: number[] = [];
    for (let at = within.indexOf(text); at >= 0; at = within.indexOf(text, at + text.length)) places.push(at);
    return places;
  };
}

function plain(line: TextLine): string {
  return line.map(({ text }) => text).join("");
}
