import { expect, test } from "vitest";
import { limited, TookTooLong } from "../../../src/expect/time-limit.ts";

test("gives what was worked out, or throws what was thrown", () => {
  const bug = new RangeError("bug");
  expect(limited(() => 42)).toBe(42);
  expect(() =>
    limited(() => {
      throw bug;
    }),
  ).toThrow(bug);
});

test("a regular expression that would backtrack for years is stopped", () => {
  expect(() => limited(() => /^(a+)+$/.test(`${"a".repeat(60)}b`), 20)).toThrow(TookTooLong);
});

test("so is a loop that catches everything", () => {
  const forever = (): never => {
    for (;;) {
      try {
        throw new Error("caught");
      } catch {
        continue;
      }
    }
  };
  expect(() => limited(forever, 20)).toThrow("was given up");
  expect(limited(() => "the next")).toBe("the next");
});
