import { describe, expect, test } from "vitest";
import type { InputDeclaration } from "../../../src/model/runbook.ts";
import { parseInputFlag, readInputsFile } from "../../../src/plan/input-sources.ts";
import { resolveInputs } from "../../../src/plan/inputs.ts";
import type { InputSources } from "../../../src/plan/inputs.ts";
import { GuideText, inputOf } from "./guide.ts";

const nothing: InputSources = { flags: {}, environment: {} };

function resolve(given: Partial<InputDeclaration>, sources: Partial<InputSources> = {}) {
  return resolveInputs([inputOf("POD_CIDR", given)], { ...nothing, ...sources }, "guide.md");
}

describe("where a value comes from", () => {
  const { file } = readInputsFile("in.yaml", "POD_CIDR: file");
  if (file === undefined) throw new Error("not read");
  const all: InputSources = {
    flags: { POD_CIDR: "flag" },
    file,
    previous: { POD_CIDR: "previous" },
    environment: { WAYMARK_INPUT_POD_CIDR: "environment" },
  };

  test("the flag, the file, the run, the environment, `from`, the default, in this order", () => {
    const given = { default: "default", from: "pass show cidr" };
    const { flags: _flags, ...withoutFlag } = all;
    const { file: _file, ...withoutFile } = withoutFlag;
    const { previous: _previous, ...withoutRun } = withoutFile;
    expect(resolve(given, all)).toMatchObject({ values: { POD_CIDR: "flag" }, from: { POD_CIDR: "flag" }, fetch: [] });
    expect(resolve(given, withoutFlag).values).toEqual({ POD_CIDR: "file" });
    expect(resolve(given, withoutFile).values).toEqual({ POD_CIDR: "previous" });
    expect(resolve(given, withoutRun)).toMatchObject({
      values: { POD_CIDR: "environment" },
      from: { POD_CIDR: "environment" },
    });
    expect(resolve(given)).toMatchObject({ values: {}, fetch: [{ name: "POD_CIDR" }], missing: [] });
    expect(resolve({ default: "default" })).toMatchObject({
      values: { POD_CIDR: "default" },
      from: { POD_CIDR: "default" },
      fetch: [],
      missing: [],
    });
  });

  test("without any, it is missing", () => {
    expect(resolve({})).toMatchObject({ values: {}, fetch: [], missing: [{ name: "POD_CIDR" }], diagnostics: [] });
  });

  test("an empty value is a value", () => {
    expect(resolve({ default: "x" }, { flags: { POD_CIDR: "" } }).values).toEqual({ POD_CIDR: "" });
    expect(resolve({ default: "x" }, { environment: { WAYMARK_INPUT_POD_CIDR: "" } }).values).toEqual({ POD_CIDR: "" });
  });

  test("names of object properties are names like others", () => {
    const { missing } = resolveInputs([inputOf("constructor")], nothing, "guide.md");
    expect(missing).toHaveLength(1);
  });
});

describe("what a value must look like", () => {
  const check = (given: Partial<InputDeclaration>, value: string): readonly string[] =>
    resolve(given, { flags: { POD_CIDR: value } }).diagnostics.map(
      ({ code, severity, message, hint }) => `${code} ${severity}: ${message} (${hint})`,
    );

  test.each([
    ["string", ["", "anything"], []],
    ["integer", ["0", "-12", "+3", "007"], ["", "1.0", "1e3", "x", "1 ", " 1", "1\n"]],
    ["number", ["0", "-1.5", ".5", "1e-3", "2."], ["", ".", "NaN", "0x10", "1,5"]],
    ["boolean", ["true", "false"], ["", "True", "yes", "1"]],
  ] as const)("type %s", (type, good, bad) => {
    for (const value of good) expect(check({ type }, value)).toEqual([]);
    for (const value of bad) expect(check({ type }, value)[0]).toMatch(/^WM3004 error: `POD_CIDR` must be /);
  });

  test("choices", () => {
    const given = { choices: ["flannel", "calico"] };
    expect(check(given, "calico")).toEqual([]);
    expect(check(given, "flanel")).toEqual([
      "WM3004 error: `POD_CIDR` must be one of `flannel`, `calico`, not `flanel` (given by `--input`) (Did you mean `flannel`?)",
    ]);
  });

  test("a pattern matches the whole value", () => {
    const given = { pattern: "[0-9./]+|none", description: "the pod network" };
    expect(check(given, "10.0.0.0/8")).toEqual([]);
    expect(check(given, "none")).toEqual([]);
    for (const value of ["10.0.0.0/8x", "x10", "nonee", "10\n", ""]) {
      expect(check(given, value)).toEqual([
        `WM3004 error: \`POD_CIDR\` must be all of the form \`[0-9./]+|none\`, not \`${value}\` (given by \`--input\`) (It is: the pod network)`,
      ]);
    }
  });

  test.each(["[", "a)(b", "\\"])("the pattern %s is no pattern", (pattern) => {
    const guide = new GuideText();
    const declaration = inputOf("SIZE", { pattern, default: "x" }, guide);
    const { diagnostics } = resolveInputs([declaration], nothing, "guide.md");
    expect(diagnostics.map((one) => guide.show(one))).toEqual([
      `WM3005 1:1 «SIZE» The pattern of \`SIZE\` is not a regular expression: \`${pattern}\` (Correct the pattern; it is read as in JavaScript, with the flag \`u\`.)`,
    ]);
    expect(diagnostics[0]?.file).toBe("guide.md");
  });

  test("secrets are not repeated, and short ones are warned of", () => {
    const secret = { secret: true, choices: ["correct horse", "battery staple"] };
    const [problem = "", warning = ""] = check(secret, "corect");
    expect(problem).toBe(
      "WM3004 error: `POD_CIDR` must be one of `correct horse`, `battery staple` (given by `--input`) (Give one of them.)",
    );
    expect(warning).toMatch(/^WM3008 warning: .* shorter than 8 characters/);
    expect(check({ secret: true }, "12345678")).toEqual([]);
  });

  test("no value has a NUL in it", () => {
    expect(check({}, "a\0b")[0]).toMatch(/NUL/);
  });

  test("a problem is told with the place the value came from", () => {
    const given = { type: "integer", default: "ten" } as const;
    const guide = new GuideText();
    const declaration = inputOf("SIZE", given, guide);
    const messages = (sources: Partial<InputSources>) =>
      resolveInputs([declaration], { ...nothing, ...sources }, "guide.md").diagnostics;
    expect(messages({}), "a default is checked where the guide is read").toEqual([]);
    expect(messages({ environment: { WAYMARK_INPUT_SIZE: "x" } })[0]?.message).toMatch(/by `WAYMARK_INPUT_SIZE`\)$/);
    expect(messages({ previous: { SIZE: "x" } })[0]?.message).toMatch(/\(given when the run was started\)$/);
    const text = "# sizes\nSIZE: nine\n";
    const { file } = readInputsFile("in.yaml", text);
    const [problem] = messages(file === undefined ? {} : { file });
    expect(problem).toMatchObject({ file: "in.yaml", message: "`SIZE` must be a whole number, not `nine`" });
    expect(text.slice(problem?.span?.start.offset, problem?.span?.end.offset)).toBe("nine");
  });
});

describe("names that no input has", () => {
  test("in flags and files, with the nearest", () => {
    const text = "POD_CIDR: a\nPOD_CIRD: b\n";
    const { file } = readInputsFile("in.yaml", text);
    const { diagnostics } = resolve(
      {},
      { flags: { POD_CDR: "x", COLOUR: "y" }, ...(file === undefined ? {} : { file }) },
    );
    expect(diagnostics).toMatchObject([
      { code: "WM3002", message: "The guide has no input `POD_CDR`", hint: "Did you mean `POD_CIDR`?" },
      { code: "WM3002", message: "The guide has no input `COLOUR`", hint: "Its inputs are POD_CIDR." },
      { code: "WM3002", file: "in.yaml", span: { start: { line: 2, column: 1 } } },
    ]);
    expect(diagnostics[0]).not.toHaveProperty("file");
    expect(resolveInputs([], { ...nothing, flags: { X: "" } }, "guide.md").diagnostics[0]?.hint).toBe("It has none.");
  });

  test("not in the environment, which holds other guides' inputs too", () => {
    expect(resolve({ default: "x" }, { environment: { WAYMARK_INPUT_OTHER: "1" } }).diagnostics).toEqual([]);
  });
});

describe("an inputs file", () => {
  test("holds scalars as they were typed", () => {
    const { file } = readInputsFile("in.yaml", 'A: 1.10\nB: true\nC: "x: y"\nD: |\n  two\n  lines\nE: ""\n');
    const values = Object.entries(file?.values ?? {}).map(([name, { value }]) => [name, value]);
    expect(Object.fromEntries(values)).toEqual({ A: "1.10", B: "true", C: "x: y", D: "two\nlines\n", E: "" });
  });

  test("may be JSON, or empty", () => {
    expect(readInputsFile("in.json", '{"A": "b", "N": 7}').file?.values).toMatchObject({
      A: { value: "b" },
      N: { value: "7" },
    });
    expect(readInputsFile("in.yaml", "# none\n").file?.values).toEqual({});
  });

  test.each([
    ["A: [1, 2]\n", 1, 4, "`A` must be text, a number, true or false"],
    ["A: x\nB:\n", 2, 1, "`B` has no value"],
    ["- A\n", 1, 1, "An inputs file must be a map of names to values"],
    ["A: 1\nA: 2\n", 2, 1, "`A` stands in this map twice"],
    ["A: {\n", 2, 1, "This is not valid YAML: "],
  ])("%j is refused", (text, line, column, message) => {
    const { file, diagnostics } = readInputsFile("in.yaml", text);
    expect(file).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code: "WM3003", file: "in.yaml", message: expect.stringContaining(message), span: { start: { line, column } } },
    ]);
  });
});

test("--input takes NAME=VALUE", () => {
  expect(parseInputFlag("A=b=c")).toEqual({ ok: true, name: "A", value: "b=c" });
  expect(parseInputFlag("A=")).toEqual({ ok: true, name: "A", value: "" });
  expect(parseInputFlag("A=two\nlines")).toMatchObject({ value: "two\nlines" });
  const message = (flag: string) => {
    const parsed = parseInputFlag(flag);
    return parsed.ok ? undefined : parsed.diagnostic;
  };
  expect(message("A")).toMatchObject({ code: "WM3001", message: "`--input A` gives no value" });
  expect(message("my-token=hunter2")?.message).toBe("`--input`: `my-token` is not a name");
  expect(message("=x")?.hint).toBe("Write `--input NAME=VALUE`.");
});
