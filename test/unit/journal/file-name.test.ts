import fc from "fast-check";
import { expect, it } from "vitest";
import { fileName } from "../../../src/journal/file-name.ts";

it.each([
  ["pi-master", "pi-master"],
  ["prepare-the-pis/1", "prepare-the-pis~1"],
  ["größe/2", "größe~2"],
  ["..", "%2E."],
  ["a b:c\n", "a%20b%3Ac%0A"],
  ["fe80::1%eth0", "fe80%3A%3A1%25eth0"],
  ["a~b", "a%7Eb"],
  ["", "%"],
])("%j becomes the file name %s", (name, file) => {
  expect(fileName(name)).toBe(file);
});

it("keeps different names different, and short enough for any file system", () => {
  const letters = fc.constantFrom("a", "~", "/", ".", "%", "=", "2", "E", "é", "e\u0301", "漢", "\0");
  const name = fc.string({ unit: letters, maxLength: 120 });
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(fileName(one)).not.toMatch(/[/\0]|^\.{1,2}$|^$/);
      expect(Buffer.byteLength(`${fileName(one)}.log`)).toBeLessThan(256);
      expect(fileName(one) === fileName(other)).toBe(one === other);
    }),
  );
  const long = "漢".repeat(150);
  expect(fileName(`${long}1`)).not.toBe(fileName(`${long}2`));
  expect(fileName(`${long}1`)).toMatch(/^漢{61}=[0-9a-f]{16}$/);
});
