import { describe, expect, test } from "vitest";
import { placesOf, problemsOf, read, readStep, readSteps, step, textAt } from "./reading.ts";

function expectBlock(lines: string, braces = ""): string {
  return `\`\`\`expect${braces}\n${lines}\n\`\`\`\n`;
}

function output(lines: string, braces = ""): string {
  return `\`\`\`output${braces}\n${lines}\n\`\`\`\n`;
}

describe("expectations", () => {
  test("judge the nearest step above in the same section", () => {
    const guide = `${step("#a on=all")}\n${expectBlock("exit == 1")}\n${step("#b on=all")}\nProse.\n\n${expectBlock("exit == 2")}`;
    const sources = readSteps(guide).map(({ expectations }) =>
      expectations.map((each) => each.kind === "cel" && each.source),
    );
    expect(sources).toEqual([["exit == 1"], ["exit == 2"]]);
  });

  test("or the step named by for=, above or below, in any section", () => {
    const guide = [
      "# A\n\n<!-- expect for=b: exit == 0 -->\n",
      step("#a on=all"),
      "# B\n",
      step("#b on=all"),
      expectBlock("exit == 1", " {for=a}"),
      "<!-- waymark: for=a -->",
      output("x"),
    ].join("\n");
    const [a, b] = readSteps(guide);
    expect(a?.expectations).toMatchObject([
      { kind: "cel", source: "exit == 1" },
      { kind: "output", lines: ["x"] },
    ]);
    expect(b?.expectations).toMatchObject([{ kind: "cel", source: "exit == 0", hidden: true }]);
  });

  test("one expression a line, each with its own place; blank lines and // comments are left out", () => {
    const guide = `${step("on=all")}\n> ${expectBlock("exit == 0\n\n// why\n  size(lines) > 0\t").replaceAll("\n", "\n> ")}\n`;
    const [, ...none] = readSteps(guide);
    expect(none).toEqual([]);
    const { expectations } = readStep(guide);
    expect(expectations.map(({ span }) => textAt(guide, span))).toEqual(["exit == 0", "size(lines) > 0"]);
    expect(expectations[1]?.span.start).toMatchObject({ line: 9, column: 5 });
  });

  test("comments may hold several lines, and stand in lists", () => {
    const guide = `${step("on=all")}\n- x\n\n  <!-- expect:\n    exit == 0\n    // why\n    lines[0] == "a" -->\n`;
    const { expectations } = readStep(guide);
    expect(expectations).toMatchObject([
      { source: "exit == 0", hidden: true, span: { start: { line: 8, column: 5 } } },
      { source: 'lines[0] == "a"', hidden: true, span: { start: { line: 10, column: 5 } } },
    ]);
  });

  test("two comments in one line are two", () => {
    const { expectations } = readStep(`${step("on=all")}\n<!-- expect: a --> <!-- expect: b -->\n`);
    expect(expectations).toMatchObject([{ source: "a" }, { source: "b" }]);
  });

  test("what a console block shows comes before what stands below it", () => {
    const guide = `\`\`\`console {on=all}\n$ date\n[..] 2026\n\`\`\`\n\n<!-- expect: exit == 0 -->\n`;
    expect(readStep(guide).expectations).toMatchObject([{ kind: "output", lines: ["[..] 2026"] }, { kind: "cel" }]);
  });

  test("an empty output block wants no output; other tools' braces are left alone", () => {
    const { expectations } = readStep(`${step("on=all")}\n\`\`\`output {1,3}\n\`\`\`\n`);
    expect(expectations).toMatchObject([{ kind: "output", lines: [] }]);
  });

  test("output keeps its blanks and empty lines", () => {
    const { expectations } = readStep(`${step("on=all")}\n${output("  a\n\nb  ")}`);
    expect(expectations).toMatchObject([{ lines: ["  a", "", "b  "] }]);
  });

  test.each([
    [
      "no step above",
      `<!-- waymark section: on=all -->\n\n${output("x")}`,
      "3:1 WM1050 There is no step above in this section to judge",
    ],
    [
      "a step only in the section before",
      `${step("on=all")}\n# B\n\n<!-- expect: exit == 0 -->\n`,
      "7:1 WM1050 There is no step above in this section to judge",
    ],
    [
      "an unknown step",
      `${step("#first on=all")}\n${output("x", " {for=fist}")}`,
      "5:16 WM1060 There is no step `fist`",
    ],
    [
      "a key of steps",
      `${step("on=all")}\n${output("x", " {for=guide/1 sudo}")}`,
      "5:24 WM1025 `sudo` has no place here",
    ],
    ["no expression", `${step("on=all")}\n${expectBlock("// nothing")}`, "5:1 WM1051 There is no expression here"],
    ["no expression in a comment", `${step("on=all")}\n<!-- expect: -->\n`, "5:1 WM1051 There is no expression here"],
    [
      "a manual step",
      `<!-- waymark: #a on=local -->\n\n- [ ] x\n\n<!-- expect: exit == 0 -->\n`,
      "5:1 WM1052 The step `a` has no output that could be judged: it is `manual`",
    ],
    [
      "a file",
      `${step('#a on=all file="/x"')}\n${output("x")}`,
      "5:1 WM1052 The step `a` has no output that could be judged: it is `file`",
    ],
    [
      "interactive output",
      `${step("#a on=all interactive")}\n${output("x")}`,
      "5:1 WM1052 The step `a` has no output that could be judged: it is `interactive`",
    ],
    [
      "an interactive console",
      "```console {#a on=all interactive}\n$ x\n```\n",
      "1:1 WM1052 The step `a` has no output that could be judged: it is `interactive`",
    ],
    [
      "a fence that is not closed",
      `${step("on=all")}\n\`\`\`output\nx\n`,
      "5:1 WM1033 The code block is never closed: all that follows is part of it",
    ],
  ])("with %s they are errors", (_name, guide, problem) => {
    expect(problemsOf(guide)).toEqual([problem]);
  });

  test("the exit status of an interactive step can be judged", () => {
    expect(readStep(`${step("on=all interactive")}\n<!-- expect: exit == 1 -->\n`).expectations.length).toBe(1);
  });

  test("an error in a step is not reported again by what judges it", () => {
    expect(placesOf(`\`\`\`cobol {#a on=all}\nx\n\`\`\`\n\n${output("x")}\n${step("on=all fix=a")}`)).toEqual([
      "1:1 WM1030",
    ]);
  });

  test.each([
    ["outptu", "output"],
    ["Output", "output"],
    ["outputs", "output"],
    ["expct", "expect"],
  ])("a mistyped %s right below a step gets a warning: it would judge nothing", (typed, meant) => {
    const guide = `${step("#a on=all")}\n\`\`\`${typed}\nx\n\`\`\`\n`;
    const warning = `5:1 WM1054 \`${typed}\` is no \`${meant}\`: the block is text, and judges nothing`;
    expect(problemsOf(guide)).toEqual([warning]);
    expect(read(guide).diagnostics).toMatchObject([{ severity: "warning", hint: `Did you mean \`${meant}\`?` }]);
    // Elsewhere it may be anything.
    expect(problemsOf(`\`\`\`${typed}\nx\n\`\`\`\n\n${step("#a on=all")}`)).toEqual([]);
    expect(problemsOf(`${step("#a on=all")}\n\`\`\`text\n\`\`\`\n\n\`\`\`${typed}\nx\n\`\`\`\n`)).toEqual([]);
  });

  test("output below a block that is never run gets a warning", () => {
    const guide = `${step("#a on=all")}\n\`\`\`bash\nls\n\`\`\`\n\n${output("x")}`;
    expect(read(guide).diagnostics).toMatchObject([
      { code: "WM1053", severity: "warning", span: { start: { line: 9 } } },
    ]);
    expect(read(guide.replace("```output", "```output {for=a}")).diagnostics).toEqual([]);
    expect(read(`\`\`\`bash\nls\n\`\`\`\n\n${step("#a on=all")}\n${output("x")}`).diagnostics).toEqual([]);
  });
});

describe("fix and undo", () => {
  const a = `# A\n${step("#drain on=all")}\n`;

  test("name steps, by given or made ids", () => {
    const steps = readSteps(
      `${a}${step("on=all fix=drain")}\n# B\n${step("on=all undo=drain")}\n${step("on=all undo=a/1")}`.replace(
        "undo=a/1",
        "fix=a/1",
      ),
    );
    expect(steps.map(({ options }) => options.fix?.value ?? options.undo?.value)).toEqual([
      undefined,
      "drain",
      "drain",
      "a/1",
    ]);
  });

  test.each([
    ["an unknown step", `# B\n${step("on=all undo=darin")}`, "7:22 WM1060 There is no step `darin`"],
    [
      "a step of the same section",
      step("on=all undo=drain"),
      "6:22 WM1061 The step that undoes `drain` must stand in a later section",
    ],
    [
      "a step further down",
      `# B\n${step("on=all undo=late")}\n# C\n${step("#late on=all")}`,
      "7:22 WM1061 The step that undoes `late` must stand in a later section",
    ],
    [
      "an undo step",
      `# B\n${step("#u on=all undo=drain")}\n# C\n${step("on=all undo=u")}`,
      "12:22 WM1061 `u` is not part of the run, so there is nothing to undo",
    ],
    ["its own undoing", `# B\n${step("#u on=all undo=u")}`, "7:25 WM1061 The step is to undo itself"],
    ["itself", `# B\n${step("#u on=all fix=u")}`, "7:24 WM1060 The step is to fix itself"],
  ])("%s is an error", (_name, more, problem) => {
    expect(problemsOf(a + more)).toEqual([problem]);
  });

  test("the nearest id is named", () => {
    const guide = `${a}${step("#drain-worker on=all")}\n${step("#drain-workers on=all")}`;
    expect(read(`${guide}\n${step("on=all fix=darin")}`).diagnostics[0]?.hint).toBe("Did you mean `drain`?");
    expect(read(`${guide}\n${step("on=all fix=drain-wroker")}`).diagnostics[0]?.hint).toBe(
      "Did you mean `drain-worker`?",
    );
    expect(read(`${guide}\n${step("on=all fix=wholly-other")}`).diagnostics[0]?.hint).toBe(
      "Name a step by the id behind its #.",
    );
  });
});
