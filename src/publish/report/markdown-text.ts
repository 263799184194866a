import { neutralize, oneLine } from "../../story/terminal-text.ts";

/*
 * Text of others in Markdown (CommonMark 0.31, GFM): it must stay text, and must not call people or tickets by name.
 */

/** A title: what could mean something is escaped, and what could be a link or a name is broken up. */
export function plainText(text: string): string {
  return (
    oneLine(text)
      .toWellFormed()
      .replaceAll(/[\\`*_{}[\]<>|~&$!]/g, "\\$&")
      // A joiner within them, which nobody sees.
      .replaceAll(/[@#]|:(?=\/\/)|www(?=\.)/gi, "$&\u2060")
  );
}

/** As code. Not for tables, which know no other way to say `|`. */
export function codeText(text: string): string {
  const shown = oneLine(text).toWellFormed();
  if (shown === "") return "";
  const ticks = "`".repeat(longest(shown, /`+/g) + 1);
  const padded = shown.startsWith("`") || shown.endsWith("`") ? ` ${shown} ` : shown;
  return `${ticks}${padded}${ticks}`;
}

/** A block of code, fenced so that nothing in it can end it. @param text lines */
export function codeBlock(text: string, language = ""): readonly string[] {
  const shown = neutralize(text).toWellFormed().replace(/\n+$/, "");
  const ticks = "`".repeat(Math.max(3, longest(shown, /`{3,}/g) + 1));
  return [`${ticks}${language}`, ...shown.split("\n"), ticks];
}

function longest(text: string, runs: RegExp): number {
  return Math.max(0, ...[...text.matchAll(runs)].map(([run]) => run.length));
}
