import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";
import { read } from "./reading.ts";

const FIXTURES = new URL("../../fixtures/document/", import.meta.url);
const MODULES = new URL("../../../node_modules/", import.meta.url);

const guides = readdirSync(FIXTURES).map((name) => readFileSync(new URL(`${name}/guide.md`, FIXTURES), "utf8"));

/** What guides are made of, whole and broken. */
const PIECES = [
  ..."`~{}[]<>#=\"'\\|:-*_$!.()&; \t\n\r\0\u{feff}é".split(""),
  "😀",
  ..."```bash {|```console|```expect|```output {for=a}|~~~sh {#a on=all}|<!-- waymark: |<!-- waymark section: |<!-- expect: ".split(
    "|",
  ),
  ..." -->|---\n|---\nrunbook:\n|  inputs:\n|    A: { default: 1 }\n|  defaults: { on: all }\n|  hosts: &a [*a]\n|+++\n|> |- [ ] |1. |    |# H\n".split(
    "|",
  ),
  ...'on=all|on=|#id|when="x"|when=\'|sudo|file="/x"|copy|manual|capture=PATH|timeout=1|fix=a|undo=b|\n\n|$ ls\n|> x\n|scp a b:c\n'.split(
    "|",
  ),
];

const fragments = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(""));

const mutated = fc
  .record({
    guide: fc.constantFrom(...guides),
    cuts: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 30 }), fc.constantFrom("", ...PIECES)), { maxLength: 6 }),
  })
  .map(({ guide, cuts }) => {
    let text = guide;
    for (const [place, length, piece] of cuts) {
      const at = place % (text.length + 1);
      text = text.slice(0, at) + piece + text.slice(at + length);
    }
    return text;
  });

/** Reads, and checks what must hold whatever was read. */
function readAnything(bytes: Uint8Array): void {
  const { runbook, diagnostics } = readGuide("any.md", bytes);
  const text = new TextDecoder().decode(bytes);
  for (const { span, hint, message } of diagnostics) {
    expect(hint).not.toBe("");
    expect(message).not.toMatch(/undefined|\.$/);
    expect(span?.start.offset).toBeLessThanOrEqual(span?.end.offset ?? -1);
    expect(span?.end.offset).toBeLessThanOrEqual(text.length);
  }
  const ids = runbook?.steps.map((step) => step.id) ?? [];
  expect(new Set(ids).size).toBe(ids.length);
  if (runbook === undefined || diagnostics.length > 0) return;
  for (const { action, expectations } of runbook.steps) {
    for (const expectation of expectations) {
      if (expectation.kind === "output") continue;
      const { start, end } = expectation.span;
      expect(text.slice(start.offset, end.offset)).toBe(expectation.source);
    }
    if (action.kind === "command") expect(action.code).toMatch(/[^\n]\n$/);
  }
}

test("whatever mix of our syntax a file holds, it is read or diagnosed", () => {
  const check = (text: string): void => readAnything(new TextEncoder().encode(text));
  fc.assert(fc.property(fragments, check), { numRuns: 400 });
  fc.assert(
    fc.property(fragments, (text) => check(`<!-- waymark section: on=all -->\n\n${text}`)),
    { numRuns: 400 },
  );
});

test("a damaged guide is read or diagnosed", () => {
  fc.assert(
    fc.property(mutated, (text) => readAnything(new TextEncoder().encode(text))),
    { numRuns: 300 },
  );
});

test("bytes that are no text at all are read or diagnosed", () => {
  const magic = new TextEncoder().encode("<!-- waymark: on=all -->\n");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readAnything(Uint8Array.from([...magic, ...bytes]))),
    { numRuns: 300 },
  );
});

test("other people's files stay prose", () => {
  const files = readdirSync(MODULES, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(?:md|markdown)$/i.test(name),
  );
  expect(files.length).toBeGreaterThan(50);
  for (const name of files.filter((_, index) => index % 8 === 0)) {
    const bytes = readFileSync(new URL(name, MODULES));
    expect({ name, ...readGuide(name, bytes) }).toEqual({ name, diagnostics: [] });
    if (bytes.length > 40_000) continue;
    const { runbook, diagnostics } = read(`<!-- waymark section: on=all -->\n\n${new TextDecoder().decode(bytes)}`);
    expect({ name, diagnostics, steps: runbook?.steps }).toEqual({ name, diagnostics: [], steps: [] });
  }
}, 120_000);

test("a file nested beyond reason is diagnosed", () => {
  const quotes = read(`<!-- waymark section: on=all -->\n\n${">".repeat(8_000)} a`);
  expect(quotes.diagnostics.map(({ code }) => code)).toEqual(["WM1002"]);
  const settings = read(`---\nrunbook: ${"[".repeat(20_000)}\n---\n`);
  expect(settings.diagnostics.map(({ code }) => code)).toEqual(["WM1010"]);
});

test.each([
  ["blanks in an info string", `\`\`\`bash {on=all${" ".repeat(50_000)}`],
  ["blanks in a comment", `<!-- expect${" ".repeat(50_000)} -->\n<!-- waymark${" ".repeat(50_000)} -->`],
  ["braces", `\`\`\`bash ${"{".repeat(50_000)}`],
  ["brace pairs", `\`\`\`bash ${"{}".repeat(20_000)}`],
  ["words", `\`\`\`bash {on=all ${"sudo ".repeat(20_000)}}`],
  ["a long key", `\`\`\`bash {on=all ${"x".repeat(100_000)}}`],
  ["backslashes", `\`\`\`console {on=all}\n$ ${"\\".repeat(50_000)}\n`],
  ["newlines", `\`\`\`bash {on=all}\n${"\n".repeat(20_000)}x\n\`\`\`\n`],
  ["comments", "<!-- expect: x -->\n".repeat(5_000)],
  ["open comments", "<!-- ".repeat(20_000)],
  ["brackets in a copy", `\`\`\`sh {copy}\nscp a ${"[".repeat(50_000)}\n\`\`\`\n`],
])("%s in great number are read before the test times out", (_name, text) => {
  // Minutes where the work grows with the square of the text, milliseconds where it does not.
  expect(read(`<!-- waymark section: on=all -->\n\n${text}`).runbook).toBeDefined();
});
