import type { Key } from "ink";

/** One key: what it writes, and what else is known of it. */
export interface Press {
  readonly input: string;
  readonly key: Key;
}

/** Nobody types more at once: it was pasted, on a terminal that does not say so. */
const TYPED_AT_ONCE = 200;

/**
 * The keys of one read. Over a slow line, held down, or typed faster than the screen is drawn, several come as one text;
 * control characters among them that no key here stands for are left out.
 */
export function pressesOf(input: string, key: Key): readonly Press[] {
  if (key.meta && isWithEscape(input, key)) {
    const plain = { ...key, meta: false };
    return [
      { input: "", key: { ...plain, return: false, tab: false, shift: false, escape: true } },
      { input, key: plain },
    ];
  }
  if (input.length <= 1 || key.ctrl || key.meta) return [{ input, key }];
  if (input.length > TYPED_AT_ONCE) return [];
  return Array.from(input.replaceAll("\r\n", "\r")).flatMap((letter): readonly Press[] => {
    if (letter === "\r" || letter === "\n") return [{ input: "", key: { ...key, return: true, shift: false } }];
    if (letter === "\t") return [{ input: "", key: { ...key, tab: true, shift: false } }];
    if (/\p{C}/u.test(letter)) return [];
    return [{ input: letter, key: { ...key, shift: /[A-Z]/.test(letter) } }];
  });
}

/** Terminals send Alt and a key as Escape and that key: no key here has Alt, so somebody has pressed both. */
function isWithEscape(input: string, key: Key): boolean {
  return !key.ctrl && (key.return || key.escape || key.tab || Array.from(input).length === 1);
}
