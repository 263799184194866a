/**
 * Splits a command line at blanks as a POSIX shell would where nothing expands: quotes and backslashes only
 * (POSIX.1-2024, shell language 2.2). Nothing where a quote never ends.
 */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const next = line.charAt(at + 1);
    if (quote === "" && (character === " " || character === "\t" || character === "\n")) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
      word ??= "";
    } else if (character === quote) {
      quote = "";
    } else if (character === "\\" && next !== "" && (quote === "" || (quote === '"' && '"\\$`'.includes(next)))) {
      word = (word ?? "") + next;
      at++;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}
