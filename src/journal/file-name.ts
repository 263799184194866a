import { createHash } from "node:crypto";

/** In bytes; leaves room for `.log` below the 255 of every common file system. */
const LONGEST = 200;

/**
 * Turns a step's id or a host's name into one file name that a person still recognises: `swap/1` → `swap~1`.
 * Different names stay different: whatever is not a letter, a digit or one of `._-` is `%` and hex digits of its UTF-8
 * (as in RFC 3986), `/` is `~`, and what is too long ends in `=` and a digest.
 */
export function fileName(name: string): string {
  // Only text in NFC keeps its letters: some file systems take other spellings of the same letters for the same name.
  const plain = name.normalize("NFC") === name ? /[^\p{L}\p{N}._\-/]/gu : /[^A-Za-z0-9._\-/]/gu;
  const safe = name
    .replace(plain, escape)
    .replaceAll("/", "~")
    .replace(/^(\.|$)/, (dot) => (dot === "" ? "%" : escape(dot)));
  if (Buffer.byteLength(safe) <= LONGEST) return safe;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${cut(safe, LONGEST - digest.length - 1)}=${digest}`;
}

function escape(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** At most so many bytes of UTF-8, without half a character at the end. */
function cut(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
