import { expect, test } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";
import { step } from "./reading.ts";

function bytes(...parts: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : [part])),
  );
}

test.each([
  ["a lone continuation byte", [0x80]],
  ["a cut sequence", [0xe2, 0x82]],
  ["an overlong form", [0xc0, 0xaf]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["Latin 1", [0xe9]],
  ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
])("%s is an error where it stands", (_name, wrong) => {
  const { diagnostics, runbook } = readGuide("g.md", bytes(step("on=all"), "é😀\nabc", ...wrong, "\n"));
  expect(diagnostics).toMatchObject([{ code: "WM1001", span: { start: { line: 5, column: 4 } } }]);
  expect(runbook?.steps.length).toBe(1);
});

test("bytes that are not UTF-8 in a file that is no runbook are nobody's business", () => {
  expect(readGuide("g.md", bytes("# caf", 0xe9, "\n"))).toEqual({ diagnostics: [] });
});

test("UTF-16 is called by its name", () => {
  const { diagnostics, runbook } = readGuide("g.md", bytes(0xff, 0xfe, 0x23, 0));
  expect(runbook).toBeUndefined();
  expect(diagnostics).toMatchObject([
    { code: "WM1001", message: "The file is UTF-16, not UTF-8", hint: "Save it as UTF-8." },
  ]);
});

test("a byte order mark is not counted", () => {
  const { runbook } = readGuide("g.md", bytes(0xef, 0xbb, 0xbf, step("on=all")));
  expect(runbook?.steps[0]?.span.start).toEqual({ line: 1, column: 1, offset: 0 });
});
