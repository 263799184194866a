import { describe, expect, it } from "vitest";
import { mergeOutput, renderOutput } from "../../../src/ui/merged-output.ts";
import { OutputTail } from "../../../src/ui/output-tail.ts";
import { UTF8 } from "./sample-run.ts";

function outputsOf(printed: Readonly<Record<string, string>>): ReadonlyMap<string, OutputTail> {
  return new Map(
    Object.entries(printed).map(([host, text]) => {
      const output = new OutputTail();
      output.add("stdout", text);
      return [host, output];
    }),
  );
}

function shown(printed: Readonly<Record<string, string>>, budget = 200): readonly string[] {
  const outputs = outputsOf(printed);
  return renderOutput(UTF8, mergeOutput([...outputs.keys()], outputs), { budget, named: true });
}

describe("the output of many hosts", () => {
  it("is shown once where it is the same, most hosts first", () => {
    expect(shown({ a1: "odd\n", a2: "x\ny\n", a3: "x\ny\n", a4: "" })).toEqual([
      "a[2-3]:",
      "  │ x",
      "  │ y",
      "a1 │ odd",
    ]);
  });

  it("is the same however stdout and stderr fell between each other, and only then", () => {
    const [one, other, third] = [new OutputTail(), new OutputTail(), new OutputTail()];
    one.add("stdout", "out\n");
    one.add("stderr", "err\n");
    other.add("stderr", "er");
    other.add("stdout", "out\n");
    other.add("stderr", "r\n");
    third.add("stdout", "out\nerr\n");
    expect(other.digest()).toBe(one.digest());
    expect(third.digest()).not.toBe(one.digest());
  });

  it("is told apart by what is long gone from memory", () => {
    const long = "x".repeat(99) + "\n";
    const lines = shown({ a: `1\n${long.repeat(5000)}`, b: `2\n${long.repeat(5000)}` }, 20);
    expect(lines.filter((line) => line.endsWith(":"))).toEqual(["a:", "b:"]);
    expect(lines).toContain("  … 4991 lines before");
  });

  it("keeps to its share of the lines, and names who else printed something", () => {
    const printed = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`h${index + 1}`, `line\n${index}\n`]),
    );
    const lines = shown(printed, 30);
    expect(lines).toHaveLength(31);
    expect(lines.at(-1)).toBe("… h[11-200] (190) printed something else");
  });

  it("cuts a line without an end", () => {
    const [line = ""] = shown({ a: "x".repeat(300_000) });
    expect(line.length).toBeLessThan(1100);
    expect(line).toMatch(/x…$/);
  });

  it("ends in a last line without a newline, and may hold empty lines", () => {
    expect(shown({ a: "one\n\ntwo" })).toEqual(["a:", "  │ one", "  │", "  │ two"]);
    expect(shown({ a: "\n" })).toEqual(["a │"]);
  });
});
