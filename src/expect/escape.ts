/**
 * Makes visible what a terminal would obey or hide: control characters (C0, DEL, C1), formatting ones such as
 * direction overrides and zero-width joiners, line separators, lone surrogates, and the blank that does not break.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0]/gu, escapeOne);
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeOne(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return (
    SHORT[character] ??
    (code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`)
  );
}

/** A text of at most about `max` characters: the middle gives way, for the first and last words tell most. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = Math.floor(max / 3);
  const head = max - tail;
  return `${text.slice(0, head)}… (${text.length - max} more) …${text.slice(text.length - tail)}`;
}
