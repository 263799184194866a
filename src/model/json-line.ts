/** Beyond what JSON escapes anyway: control characters of ECMA-48, separators of lines, marks that reorder text. */
const UNSEEN = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A value as JSON on one line, with the newline. What a host or a guide has put into it does nothing to a terminal that
 * it is shown on.
 */
export function jsonLine(value: unknown): string {
  const escaped = (unseen: string): string => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value).replaceAll(UNSEEN, escaped)}\n`;
}
