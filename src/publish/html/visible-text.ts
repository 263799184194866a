/*
 * C0 controls but tab and line feed, DEL, C1 controls; then what turns the direction of text, which can make code read
 * otherwise than it runs (Unicode Technical Standard 55, "Trojan Source").
 */
const CONTROLS = /[\0-\x08\x0B-\x1F\x7F-\x9F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Code and output as they can be shown and copied without harm: what a terminal or a browser would obey is a picture of
 * itself (`␛` for ESC) or its number (`⟨U+202E⟩`).
 */
export function visibleText(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
