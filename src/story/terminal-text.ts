/*
 * What hosts print is data. Nothing of it may move the cursor, change colours or titles, answer queries or hide text
 * on the terminal of whoever reads it (ECMA-48; CVE-2003-0063 and its many successors).
 */

/** Anything below needs a closer look; most text has none of it. */
const SUSPICIOUS = /[\0-\b\v-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Control sequences, ECMA-48 section 5: CSI, then strings (DCS, SOS, OSC, PM, APC) up to their end or the line's, then the rest. */
const SEQUENCES = [
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?/g,
  /(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?/g,
  /\x1b[ -/]*[0-~]?/g,
];

/**
 * Makes text safe to print: control sequences are dropped, other control characters shown as `^G`, and marks that
 * reorder text (Unicode bidirectional controls) as `<U+202E>`. Of a line rewritten with carriage returns, as progress
 * bars do, the last writing stays; backspaces erase.
 */
export function neutralize(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  const plain = SEQUENCES.reduce((rest, sequence) => rest.replace(sequence, ""), text);
  return plain
    .split("\n")
    .map((line) => erased(lastWriting(line)))
    .join("\n")
    .replace(/[\0-\b\v-\x1f\x7f]/g, (control) => `^${String.fromCharCode(control.charCodeAt(0) ^ 0x40)}`)
    .replace(/[\x80-\x9f]/g, "")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (mark) => {
      return `<U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}>`;
    });
}

/** A guide's line or a reason: {@link neutralize}, in one line. */
export function oneLine(text: string): string {
  return neutralize(text).replace(/\s+/g, " ").trim();
}

function lastWriting(line: string): string {
  if (!line.includes("\r")) return line;
  return line.split("\r").findLast((writing) => writing !== "") ?? "";
}

function erased(line: string): string {
  if (!line.includes("\b")) return line;
  const kept: string[] = [];
  for (const character of line) {
    if (character === "\b") kept.pop();
    else kept.push(character);
  }
  return kept.join("");
}
