import { expect, it } from "vitest";
import { formatDuration, formatMoment, formatSetting } from "../../../src/story/format-time.ts";

it.each([
  [0, "0.0 s"],
  [432, "0.4 s"],
  [9_949, "9.9 s"],
  [9_950, "10 s"],
  [59_700, "1 min 00 s"],
  [372_000, "6 min 12 s"],
  [3_599_600, "1 h 00 min"],
  [7_530_000, "2 h 05 min"],
  [-5, "0.0 s"],
])("%d ms took %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it.each([
  [500, "500 ms"],
  [90_000, "90 s"],
  [1_800_000, "30 min"],
  [7_200_000, "2 h"],
  [1_500, "1500 ms"],
])("a setting of %d ms reads %s", (ms, text) => {
  expect(formatSetting(ms)).toBe(text);
});

it("shows a moment by the reader's clock", () => {
  const local = new Date(2026, 10, 2, 8, 4);
  expect(formatMoment(local.toISOString())).toBe("2026-11-02 08:04");
});
