import { describe, expect, test } from "vitest";
import { placesOf, problemsOf, read, readRunbook, step } from "./reading.ts";

function settings(yaml: string): string {
  return `---\ntitle: A guide\n${yaml}\n---\n\n# A\n`;
}

describe("front matter", () => {
  test("inputs, as written", () => {
    const guide = settings(
      [
        "runbook:",
        "  inputs:",
        "    PORT: { default: 0080 }",
        "    RATIO: { default: 1.50, type: number }",
        "    ON: { default: yes }",
        "    FLAG: { default: true, type: boolean }",
        "    DAY: { default: 2026-11-22 }",
        '    QUOTED: { default: "a \\"b\\"" }',
        "    EMPTY: { default: '' }",
        "    BLOCK:",
        "      description: |",
        "        Two",
        "        lines",
        "      choices: [1, b]",
        "    TOKEN: { secret: true, from: pass show x, ask: late }",
        "    BARE:",
      ].join("\n"),
    );
    const { inputs } = readRunbook(guide).settings;
    expect(inputs.map(({ name, default: value }) => [name, value])).toEqual([
      ["PORT", "0080"],
      ["RATIO", "1.50"],
      ["ON", "yes"],
      ["FLAG", "true"],
      ["DAY", "2026-11-22"],
      ["QUOTED", 'a "b"'],
      ["EMPTY", ""],
      ["BLOCK", undefined],
      ["TOKEN", undefined],
      ["BARE", undefined],
    ]);
    expect(inputs[7]).toMatchObject({ description: "Two\nlines\n", choices: ["1", "b"], secret: false, ask: "first" });
    expect(inputs[8]).toMatchObject({ secret: true, from: "pass show x", ask: "late" });
    expect(inputs[0]?.span).toMatchObject({ start: { line: 5, column: 5 }, end: { column: 9 } });
  });

  test("requires", () => {
    const { requires } = readRunbook(settings("runbook:\n  requires: { a: 1, b: 1.., c: 2..4, d: 0..0 }")).settings;
    expect(requires.map(({ group, min, max }) => [group, min, max])).toEqual([
      ["a", 1, 1],
      ["b", 1, undefined],
      ["c", 2, 4],
      ["d", 0, 0],
    ]);
  });

  test("defaults are the outermost layer of the same keys", () => {
    const guide = `---\nrunbook:\n  defaults:\n    on: all\n    timeout: 15m\n    sudo: true\n    retry: 3\n    max-failures: all\n    when: "vars.A == 'b'"\n---\n\n${step("when=c")}`;
    const [only] = readRunbook(guide).steps;
    expect(only?.options).toMatchObject({
      on: { value: "all", span: { start: { line: 4, column: 9 } } },
      sudo: "root",
      retry: 3,
      timeoutMs: 900_000,
      maxFailures: "all",
      when: [{ value: "vars.A == 'b'", span: { start: { line: 9, column: 12 } } }, { value: "c" }],
    });
  });

  test("hosts are passed on unread, with their place", () => {
    const { hosts } = readRunbook(
      settings("runbook:\n  hosts:\n    hosts: &h { pi: { port: 22 } }\n    again: *h"),
    ).settings;
    expect(hosts).toMatchObject({
      value: { hosts: { pi: { port: 22 } }, again: { pi: { port: 22 } } },
      span: { start: { line: 5, column: 5 }, end: { line: 6 } },
    });
  });

  test("an empty key makes a runbook", () => {
    expect(readRunbook("---\nrunbook:\n---\n").settings).toEqual({ inputs: [], requires: [] });
    expect(readRunbook("---\nrunbook:\n  inputs:\n  requires:\n  defaults:\n  hosts:\n---\n").settings).toEqual({
      inputs: [],
      requires: [],
    });
  });

  test("a byte order mark and CRLF line ends move nothing", () => {
    const guide = `\u{feff}---\ntitle: x\nrunbook:\n  inputs:\n    PATH: {}\n---\n\n${step("#a on=all retry=x")}`;
    for (const end of ["\n", "\r\n"]) {
      expect(placesOf(guide.replaceAll("\n", end))).toEqual(["5:5 WM1013", "8:26 WM1024"]);
    }
  });

  test.each([
    ["an unknown setting", "runbook:\n  input: {}", "4:3 WM1011 There is no setting `input`"],
    [
      "an unknown setting of an input",
      "runbook:\n  inputs: { A: { defualt: x } }",
      "4:18 WM1011 Inputs have no setting `defualt`",
    ],
    ["an unknown default", "runbook:\n  defaults: { onn: all }", "4:15 WM1021 There is no key `onn`"],
    [
      "a default that cannot be inherited",
      "runbook:\n  defaults: { capture: A }",
      "4:15 WM1025 `capture` has no place here",
    ],
    ["serial for everything", "runbook:\n  defaults: { on: all, serial: 1 }", "4:24 WM1025 `serial` has no place here"],
    ["a bad default", "runbook:\n  defaults: { timeout: 5 }", "4:24 WM1024 `timeout` cannot be `5`"],
    ["a default with nothing", "runbook:\n  defaults: { timeout: }", "4:15 WM1023 `timeout` has no value"],
    [
      "a list as a default",
      "runbook:\n  defaults: { on: [a, b] }",
      "4:19 WM1012 `on` must be a single value, not a list",
    ],
    ["a wrong kind of runbook", "runbook: true", "3:10 WM1012 `runbook` must be a mapping, not a single value"],
    ["a wrong kind of inputs", "runbook:\n  inputs: [A]", "4:11 WM1012 `inputs` must be a mapping, not a list"],
    [
      "a bare value as an input",
      "runbook:\n  inputs: { A: 1 }",
      "4:16 WM1012 The input `A` must be a mapping, not a single value",
    ],
    [
      "a reserved name",
      "runbook:\n  inputs: { LD_PRELOAD: {} }",
      "4:13 WM1013 An input cannot be called `LD_PRELOAD`: it means something to the shell or the system already",
    ],
    [
      "one of Waymark's names",
      "runbook:\n  inputs: { WAYMARK_HOST: {} }",
      "4:13 WM1013 An input cannot be called `WAYMARK_HOST`: it is one of the names that Waymark sets itself",
    ],
    [
      "no name",
      "runbook:\n  inputs: { POD-CIDR: {} }",
      "4:13 WM1013 An input cannot be called `POD-CIDR`: it is not a variable name (letters, digits and _, not starting with a digit)",
    ],
    [
      "a secret with its value",
      "runbook:\n  inputs: { A: { secret: true, default: hunter2 } }",
      "4:41 WM1014 The secret `A` has its value in the guide",
    ],
    [
      "a default that is no choice",
      "runbook:\n  inputs: { A: { choices: [b, c], default: 'd' } }",
      "4:45 WM1015 The default of `A` is not a value that it may have",
    ],
    [
      "a default that does not match",
      "runbook:\n  inputs: { A: { pattern: 'b|c', default: bc } }",
      "4:43 WM1015 The default of `A` is not a value that it may have",
    ],
    [
      "a default of another type",
      "runbook:\n  inputs: { A: { type: integer, default: 1.5 } }",
      "4:42 WM1015 The default of `A` is not a value that it may have",
    ],
    [
      "an unknown type",
      "runbook:\n  inputs: { A: { type: int } }",
      "4:24 WM1012 `type` of the input `A` cannot be read",
    ],
    [
      "a broken pattern",
      "runbook:\n  inputs: { A: { pattern: '(' } }",
      "4:28 WM1012 `pattern` of the input `A` cannot be read",
    ],
    [
      "a choice twice",
      "runbook:\n  inputs: { A: { choices: [b, c, b] } }",
      "4:34 WM1012 `choices` of the input `A` cannot be read",
    ],
    [
      "an alias",
      "x: &x 1\nrunbook:\n  inputs: { A: { default: *x } }",
      "5:27 WM1012 `default` of the input `A` cannot be read",
    ],
    [
      "an input without a value",
      "runbook:\n  inputs: { A: { default: } }",
      "4:18 WM1012 `default` of the input `A` cannot be read",
    ],
    [
      "a range the wrong way round",
      "runbook:\n  requires: { a: 4..2 }",
      "4:18 WM1012 `a` must say how many hosts there are to be",
    ],
    [
      "a requirement in words",
      "runbook:\n  requires: { a: some }",
      "4:18 WM1012 `a` must say how many hosts there are to be",
    ],
    [
      "a key twice",
      "runbook:\n  inputs: {}\n  inputs: {}",
      "5:3 WM1010 The front matter is not YAML: Map keys must be unique",
    ],
    ["broken YAML", "runbook:\n  inputs: { A: [ }", "4:18 WM1010 "],
  ])("%s is an error in its place", (_name, yaml, problem) => {
    const problems = problemsOf(settings(yaml));
    expect(problems[0]).toContain(problem);
    expect(problems.length).toBe(1);
  });

  test("aliases that multiply beyond reason are an error", () => {
    const lines = Array.from(
      { length: 12 },
      (_, index) => `    l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}]`,
    );
    const { diagnostics } = read(settings(`runbook:\n  hosts:\n    l0: &l0 [x]\n${lines.join("\n")}`));
    expect(diagnostics).toMatchObject([{ code: "WM1012", span: { start: { line: 5 } } }]);
  });

  test("YAML that hides the runbook key is an error; where there is none it is nobody's business", () => {
    const broken = "title: a: b\n";
    expect(placesOf(`---\n${broken}runbook: {}\n---\n`)).toEqual(["2:8 WM1010"]);
    expect(read(`---\n${broken}x: {}\n---\n\n${step("on=all")}`).diagnostics).toEqual([]);
  });

  test("defaults that broken YAML hides are not missed at every step", () => {
    expect(placesOf(`---\nx: a: b\nrunbook: { defaults: { on: all } }\n---\n\n${step("#a")}`)).toEqual(["2:4 WM1010"]);
  });

  test("what is wrong in foreign keys is not our business", () => {
    const guide =
      "---\ndraft: !!binary [\n  a\n]\na: 1\na: 2\nmenu: *nowhere\nrunbook: { defaults: { on: all } }\nb: 1\nb: 2\n---\n";
    expect(read(guide).diagnostics).toEqual([]);
  });

  test.each(["runbok", "Runbook", "run_book", "runbooks"])("a misspelt `runbook` is pointed out: %s", (key) => {
    const { diagnostics } = read(`---\nx: 1\n${key}: { defaults: { on: all } }\n---\n\n${step("on=all")}`);
    expect(diagnostics).toMatchObject([
      {
        code: "WM1011",
        severity: "warning",
        message: `\`${key}\` in the front matter is not read`,
        hint: "Did you mean `runbook`?",
        span: { start: { line: 3, column: 1 }, end: { line: 3, column: key.length + 1 } },
      },
    ]);
  });

  test.each(["notebook: { a: 1 }", "runbooks: [a, b]", "runbok: x", "runbok: {}\nrunbook: {}"])(
    "other tools' keys are not taken for a misspelt `runbook`: %s",
    (yaml) => {
      expect(read(`---\n${yaml}\n---\n\n${step("on=all")}`).diagnostics).toEqual([]);
    },
  );

  test("TOML front matter is left alone", () => {
    const guide = `+++\ntitle = "x"\nrunbook = { inputs = 1 }\n+++\n\n${step("on=all")}`;
    expect(readRunbook(guide).steps.length).toBe(1);
  });

  test("YAML further down is no front matter", () => {
    expect(read("# A\n\n---\nrunbook:\n---\n")).toEqual({ diagnostics: [] });
  });
});
