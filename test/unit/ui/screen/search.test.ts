import { describe, expect, test } from "vitest";
import { linesWith, marked } from "../../../../src/ui/screen/search.ts";
import { span } from "../../../../src/ui/screen/text-line.ts";

describe("looking for words on the screen", () => {
  const lines = [[span("Turn "), span("swap", "cyan"), span(" off")], [span("nothing")], [span("SWAP, swapon")]];

  test("capitals matter where there are some in what is looked for", () => {
    expect(linesWith(lines, "swap")).toEqual([0, 2]);
    expect(linesWith(lines, "SWAP")).toEqual([2]);
    expect(linesWith(lines, "")).toEqual([]);
  });

  test("across words of several looks", () => {
    expect(linesWith(lines, "n swap o")).toEqual([0]);
    expect(marked([span("Turn "), span("swap", "cyan"), span(" off")], "n swap o")).toEqual([
      span("Tur"),
      span("n ", "inverse"),
      span("swap", "cyan", "inverse"),
      span(" o", "inverse"),
      span("ff"),
    ]);
  });

  test("each place of a line is marked, and no letter is lost", () => {
    expect(marked([span("SWAP, swapon")], "swap")).toEqual([
      span("SWAP", "inverse"),
      span(", "),
      span("swap", "inverse"),
      span("on"),
    ]);
    expect(marked([span("nothing")], "swap")).toEqual([span("nothing")]);
  });
});
