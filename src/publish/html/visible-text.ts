/** C0 controls but tab and line feed, DEL, C1 controls. */
const CONTROLS = /[\0-\x08\x0B-\x1F\x7F-\x9F]/g;
/** What turns the direction of text: it can make code read otherwise than it runs (Unicode Technical Standard 55). */
const TURNS = /[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Text without what a terminal would obey, should it be copied there: each such character is a picture of itself (`␛` for
 * ESC) or its number (`⟨U+009B⟩`).
 */
export function withoutControls(text: string): string {
  return text.replaceAll(CONTROLS, pictureOf);
}

/** Code and output as they can be shown without deceit: also without what turns the direction of text. */
export function visibleText(text: string): string {
  return withoutControls(text).replaceAll(TURNS, pictureOf);
}

function pictureOf(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
