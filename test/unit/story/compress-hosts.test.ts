import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compressHosts, countHosts } from "../../../src/story/compress-hosts.ts";

const numbered = (prefix: string, count: number, digits = 1) =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(digits, "0")}`);

describe("compressHosts", () => {
  it.each([
    ["nothing", [], ""],
    ["one", ["pi-w1"], "pi-w1"],
    ["a range", ["pi-w1", "pi-w2", "pi-w3"], "pi-w[1-3]"],
    ["gaps", ["w1", "w2", "w4", "w7", "w8"], "w[1-2,4,7-8]"],
    ["any order of numbers, but names in the order they come", ["w3", "m1", "w1", "w2", "nas"], "w[1-3], m1, nas"],
    ["leading zeros", ["n08", "n09", "n10"], "n[08-10]"],
    ["numbers that are written differently", ["n9", "n10", "n010", "n011"], "n[9-10,010-011]"],
    ["the number that tells them apart", ["rack2-n1.site1", "rack2-n2.site1", "rack2-n3.site1"], "rack2-n[1-3].site1"],
    ["addresses", ["10.0.0.4", "10.0.0.5", "10.0.1.5"], "10.0.0.[4-5], 10.0.1.5"],
    [
      "numbers too long to count with",
      ["i12345678901234567890", "i12345678901234567891"],
      "i12345678901234567890, i12345678901234567891",
    ],
  ])("names %s", (_, hosts, names) => {
    expect(compressHosts(hosts)).toBe(names);
  });

  it("names the first of many and counts the rest", () => {
    const odd = numbered("w", 60).filter((_, index) => index % 2 === 0);
    expect(compressHosts(["nas", ...odd], 4)).toBe("nas, w[1,3,5], 27 more");
    expect(compressHosts(numbered("pi-", 500))).toBe("pi-[1-500]");
  });

  it("tells how many only where that takes counting", () => {
    expect(countHosts(numbered("w", 3))).toBe("w[1-3]");
    expect(countHosts(numbered("w", 4))).toBe("w[1-4] (4)");
  });

  it("loses and invents nobody", () => {
    const part = fc.constantFrom("a", "b-", "0", "1", "2", "09", "10", ".x");
    const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), (hosts) => {
        expect(expand(compressHosts(hosts, Infinity)).toSorted()).toEqual(hosts.toSorted());
      }),
    );
  });
});

/** What a reader takes the names for. */
function expand(names: string): readonly string[] {
  return (names.match(/(?:\[[^\]]*\]|[^,[\]])+/g) ?? []).flatMap((part) => {
    const [, before = "", inner, after = ""] = /^ ?([^[]*)\[([^\]]*)\](.*)$/.exec(part) ?? [];
    if (inner === undefined) return [part.trim()];
    return inner.split(",").flatMap((range) => {
      const [first = "", last = first] = range.split("-");
      const count = Number(last) - Number(first) + 1;
      return Array.from({ length: count }, (_, index) => {
        return before + String(Number(first) + index).padStart(first.length, "0") + after;
      });
    });
  });
}
