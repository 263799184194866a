/** Below this a value is everywhere by chance, and hiding it would only make output unreadable. */
const SHORTEST = 4;
/** From here on a value can be hidden reliably, also in pieces. */
const RELIABLE = 8;
/** Characters of base64 that are looked for on their own: two groups, six bytes. */
const BASE64_PIECE = 8;

/**
 * The texts that give a secret away: the value, what JSON writers make of it, its base64, and every line of eight
 * characters or more as it is and as JSON. A value of fewer than eight characters is not looked for as base64, one of
 * fewer than four not at all.
 */
export function secretForms(value: string): ReadonlySet<string> {
  return textsOf(value, true);
}

/** The same, but for the pieces of base64: they are not looked for where no lines are broken. */
export function secretTexts(value: string): ReadonlySet<string> {
  return textsOf(value, false);
}

function textsOf(value: string, pieces: boolean): ReadonlySet<string> {
  const whole = value.replace(/[\r\n]+$/, "");
  if (whole.length < SHORTEST) return new Set();
  const lines = whole
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length >= RELIABLE);
  const base64 = whole.length < RELIABLE ? [] : [...base64Forms(whole, pieces)];
  return new Set([
    ...[whole, ...lines].flatMap((text) => [text, ...jsonForms(text)]),
    ...base64,
    ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")), // base64url: RFC 4648, section 5
  ]);
}

/** Inside of JSON strings: as JavaScript writes them, Python (ASCII only), Go (safe in HTML) and PHP (`\/`). */
function jsonForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return [
    json,
    json.replace(/[^\0-\x7f]/g, escape),
    json.replace(/[<>&\u2028\u2029]/g, escape),
    json.replaceAll("/", "\\/"),
  ];
}

/**
 * What base64 (RFC 4648) makes of the text wherever it stands in what is encoded: its first byte is the first, second
 * or third of a group, and only characters whose six bits are all its own are certain. base64(1) and PEM break lines
 * between groups, so pieces of whole groups are looked for too.
 */
function* base64Forms(text: string, pieces: boolean): Generator<string> {
  const bytes = Buffer.from(text);
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    yield encoded.slice(start, end);
    if (!pieces) continue;
    for (let at = Math.ceil(start / 4) * 4; at + BASE64_PIECE <= end; at += 4) {
      yield encoded.slice(at, at + BASE64_PIECE);
    }
  }
}
