import type { Range } from "./source-text.ts";

export interface DecodedGuide {
  /** Without byte order mark; what is not UTF-8 is U+FFFD in it. */
  readonly text: string;
  /** The first character that is not UTF-8. */
  readonly invalid?: Range;
  /** A byte order mark says that it is UTF-16: nothing of it was read. */
  readonly utf16?: true;
}

/** Bytes of a guide to text (UTF-8, as CommonMark recommends and YAML's front matter demands). */
export function decodeGuide(bytes: Uint8Array): DecodedGuide {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return { text: "", utf16: true };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const valid = new TextDecoder("utf-8").decode(bytes.subarray(0, firstInvalidByte(bytes)));
    const text = new TextDecoder("utf-8").decode(bytes);
    return { text, invalid: { start: valid.length, end: valid.length + 1 } };
  }
}

/** Index of the first byte that is not part of well-formed UTF-8 (Unicode, table 3-7). */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  for (let next = 1; next < length; next++) {
    const byte = bytes[at + next] ?? 0;
    const low = next > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = next > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (byte < low || byte > high) return 0;
  }
  return length;
}
