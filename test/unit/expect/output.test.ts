import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linesOfOutput, matchesOutput, readPattern } from "../../../src/expect/output.ts";
import { attempt, compared, RUN, SECRET } from "./contexts.ts";

describe("what matches", () => {
  test.each<[string[], string]>([
    [["net.bridge = 1"], "net.bridge = 1\n"],
    [["trailing blanks  "], "trailing blanks \t\r\n\n"],
    [[], ""],
    [[""], "\n"],
    [["a [..] c"], "a b c"],
    [["a[..]c"], "ac"],
    [["[..]b[..]d[..]"], "abcde"],
    [["ready [..]"], "ready"],
    [["..."], ""],
    [["...", "z"], "a\nb\nz"],
    [["a", "...", "z"], "a\nz"],
    [["a", "  ...", "b", "...", "z"], "a\nb\na\nb\nc\nz"],
    [["...", "a", "b"], "a\na\nb"],
    [["$NOTE, ${NOTE}!"], "hello, hello!"],
    [["$HOME $NOTES costs $5"], "$HOME $NOTES costs $5"],
    [["$STARS"], "[..]\n..."],
    [["say $STARS now"], "say [..]\n... now"],
  ])("%j and %j", (lines, stdout) => expect(compared(lines, stdout)).toBe(true));
});

describe("what does not", () => {
  test.each<[string[], string]>([
    [["a"], "a\nb"],
    [["a", "b"], "a"],
    [[" a"], "a"],
    [["a [..] c"], "a c"],
    [["ab[..]bc"], "abc"],
    [["a[..]b[..]b"], "ab"],
    [["a", "...", "b"], "a\nb\nc"],
    [["...."], "anything"],
    [["a[..]"], "b"],
    [["$STARS"], "x\n..."],
    [[], "a"],
  ])("%j and %j", (lines, stdout) => expect(compared(lines, stdout)).not.toBe(true));
});

describe("how they differ", () => {
  test("lines around, the rest left out", () => {
    expect(compared(["1", "2", "3", "4", "5", "6", "7"], "1\n2\n3\nX\n5\n6\n7\n")).toBe(
      ["- expected, + printed:", "  …", "  2", "  3", "- 4", "+ X", "  5", "  6", "  …"].join("\n"),
    );
  });

  test("a line too many stands alone", () => {
    expect(compared(["a", "c"], "a\nb\nc\n")).toBe("- expected, + printed:\n  a\n+ b\n  c");
  });

  test("any lines cost nothing", () => {
    expect(compared(["a", "...", "y"], "a\nb\nc\nz\n")).toBe("- expected, + printed:\n  a\n  ...\n- y");
  });

  test("nothing came", () => {
    expect(compared(["a"], "")).toBe("- expected, + printed:\n- a\n  (nothing was printed)");
  });

  test("what a terminal would obey is spelled out", () => {
    expect(compared(["done"], "\u001b[2Jdo\u200bne\u202e\tx")).toContain("+ \\u001b[2Jdo\\u200bne\\u202e\\tx");
  });

  test("a long line is shown where it differs", () => {
    const explanation = compared([`${"x".repeat(5000)}A`], `${"x".repeat(5000)}B`);
    expect(explanation).toMatch(/^- …x+A$/m);
    expect(explanation).toMatch(/^\+ …x+B$/m);
    expect(String(explanation).length).toBeLessThan(400);
  });

  test("megabytes give a page", () => {
    const explanation = compared(["a", "...", "b"], "line\n".repeat(300_000));
    expect(String(explanation).length).toBeLessThan(4000);
  });

  test("secrets are hidden, on both sides", () => {
    const explanation = compared(["token $TOKEN"], `token: ${SECRET}`);
    expect(explanation).toBe("- expected, + printed:\n- token «secret»\n+ token: «secret»");
  });

  test("a secret of several lines is not shown by its lines", () => {
    const key = "-----BEGIN\nabcdef\n-----END";
    const explanation = compared(["no key"], `${key}\n`, { redact: (text) => text.replaceAll(key, "«secret»") });
    expect(explanation).toBe('stdout is "«secret»"');
  });
});

test("a variable without a value is no match, and says who would set it", () => {
  expect(compared(["$LATE"], "$LATE")).toBe("`LATE` is not set: step `late` would set it");
});

test("output that was not kept as a whole cannot be compared", () => {
  const { bytes } = attempt("a").stdout;
  expect(compared(["a"], "", { stdout: { bytes, truncated: true } })).toMatch(/cannot be judged/);
});

test("a secret step shows nothing of what it printed", () => {
  expect(compared(["a"], "b", { secret: true })).toBe("what the step prints is secret, so it is not shown");
});

describe("laws", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "b", " ", "[", ".", "]", "$", "x") });
  const output = fc.array(line, { maxLength: 8 });
  /** As an author writes text that is to be taken literally. */
  const isPlain = (text: string): boolean => text.trim() !== "..." && !text.includes("[..]");
  const matches = (pattern: readonly string[], lines: readonly string[]): boolean => {
    const read = readPattern(pattern, RUN.vars, []);
    return "lines" in read && matchesOutput(read.lines, linesOfOutput(lines.join("\n")));
  };

  test("output matches itself", () => {
    fc.assert(
      fc.property(output, (lines) => {
        fc.pre(lines.every(isPlain));
        expect(matches(lines, lines)).toBe(true);
      }),
    );
  });

  test("any stretch of lines may be `...`, any stretch of a line `[..]`", () => {
    fc.assert(
      fc.property(output, fc.nat(8), fc.nat(8), fc.nat(8), fc.nat(8), (lines, a, b, c, d) => {
        fc.pre(lines.every(isPlain) && lines.at(-1)?.trim() !== "");
        const [from = 0, to = 0] = [a, b].map((at) => Math.min(at, lines.length)).sort((x, y) => x - y);
        const pattern = [...lines.slice(0, from), "...", ...lines.slice(to)].map((text) => {
          const [start = 0, end = 0] = [c, d].map((at) => Math.min(at, text.trimEnd().length)).sort((x, y) => x - y);
          return isPlain(text) ? `${text.slice(0, start)}[..]${text.slice(end)}` : text;
        });
        expect(matches(pattern, lines)).toBe(true);
      }),
    );
  });

  test("it matches exactly what a regular expression made of the pattern does", () => {
    const part = fc.constantFrom("a", "b", "[..]");
    const row = fc.oneof(
      fc.constant("..."),
      fc.array(part, { minLength: 1, maxLength: 4 }).map((all) => all.join("")),
    );
    const printed = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), printed, (pattern, lines) => {
        const source = pattern.map((text) => (text === "..." ? "(?:.*\n)*" : `${text.replaceAll("[..]", ".*")}\n`));
        const expected = new RegExp(`^${source.join("")}$`).test(lines.map((text) => `${text}\n`).join(""));
        expect(matches(pattern, lines)).toBe(expected);
        expect(compared(pattern, lines.join("\n")) === true).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
