import { describe, expect, test } from "vitest";
import { marked, placesOf, problemsOf, read, readRunbook, readStep, readSteps, step, textAt } from "./reading.ts";

function block(info: string, code: string): string {
  return `\`\`\`${info}\n${code}\n\`\`\`\n`;
}

describe("commands", () => {
  test.each([
    ["bash", ["bash", "-e", "-o", "pipefail"]],
    ["shell", ["bash", "-e", "-o", "pipefail"]],
    ["sh", ["sh", "-e"]],
    ["zsh", ["zsh", "-e", "-o", "pipefail"]],
    ["fish", ["fish"]],
    ["python", ["python3"]],
    ["Python", ["python3"]],
    ["node", ["node"]],
    ["js", ["node"]],
    ["javascript", ["node"]],
    ["perl", ["perl"]],
    ["ruby", ["ruby"]],
  ])("%s is run by %j", (language, interpreter) => {
    expect(readStep(block(`${language} {on=all}`, "x")).action).toMatchObject({
      kind: "command",
      language,
      interpreter,
      code: "x\n",
    });
  });

  test("shell= names another interpreter", () => {
    const { action } = readStep(block(`sql {on=all shell="psql -v 'ON_ERROR_STOP=1' '' -f"}`, "select 1;"));
    expect(action).toMatchObject({ language: "sql", interpreter: ["psql", "-v", "ON_ERROR_STOP=1", "", "-f"] });
  });

  test("a section's shell= is for its shells and unknown languages, not for its Python", () => {
    const guide = `<!-- waymark section: on=all shell="bash -eu" -->\n\n${["sh", "python", "toml"].map((name) => block(`${name} {}`, "x")).join("\n")}`;
    const interpreters = readSteps(guide).map(({ action }) => action.kind === "command" && action.interpreter);
    expect(interpreters).toEqual([["bash", "-eu"], ["python3"], ["bash", "-eu"]]);
  });

  test.each([["ini {on=all}"], ["{on=all}"], ["output1 {on=all}"]])("`%s` cannot be run", (info) => {
    const { diagnostics } = read(block(info, "x"));
    expect(diagnostics).toMatchObject([{ code: "WM1030", span: { start: { line: 1, column: 1 } } }]);
    expect(diagnostics[0]?.hint).toContain("shell=");
  });

  test("an empty block is an error", () => {
    expect(placesOf(step("on=all", " \n"))).toEqual(["1:1 WM1031"]);
    expect(placesOf("```bash {on=all}\n```\n")).toEqual(["1:1 WM1031"]);
  });

  test("code has LF line ends and ends in one newline, whatever the file has", () => {
    const guide = step("on=all", "one\n\n  two\t\n\n");
    expect(readStep(guide).action).toMatchObject({ code: "one\n\n  two\t\n" });
    for (const end of ["\r\n", "\r"]) {
      const other = guide.replaceAll("\n", end);
      const { action, span } = readStep(other);
      expect(action).toMatchObject({ code: "one\n\n  two\t\n", codeSpan: { start: { line: 2, column: 1 } } });
      expect(span.end.line).toBe(7);
    }
  });

  test("in quotes and lists the code's own place is known", () => {
    const guide = "> 1. Do\n>\n>    ```sh {on=all}\n>    one\n>      two\n>    ```\n";
    const { action } = readStep(guide);
    if (action.kind !== "command") throw new Error("not a command");
    expect(action.code).toBe("one\n  two\n");
    expect(textAt(guide, action.codeSpan)).toBe("one\n>      two");
  });

  test("a tab that is partly list indentation", () => {
    const { action } = readStep("-\t```sh {on=all}\n\tone\n\t\ttwo\n\t```\n");
    expect(action).toMatchObject({ code: "one\n\ttwo\n" });
  });

  test("an indented block below a comment is a bash step", () => {
    const guide = "<!-- waymark: on=all -->\n\n    one\n\n\ttwo\n\nText\n";
    expect(readStep(guide).action).toMatchObject({
      language: "bash",
      code: "one\n\ntwo\n",
      codeSpan: { start: { line: 3, column: 5 }, end: { line: 5 } },
    });
  });

  test("a NUL byte is an error where it stands, in a comment as well", () => {
    expect(problemsOf(`${step("on=all", "true")}\n<!-- expect: exit \0== 0 -->\n`)).toEqual([
      expect.stringMatching(/^5:19 WM\d+ The comment has a NUL byte in it/),
    ]);
    expect(placesOf(step("on=all", "echo a\0b"))).toEqual(["2:7 WM1032"]);
  });

  test.each([
    ["at the end of the file", "```bash {on=all}\ntrue\n"],
    ["without a last newline", "```bash {on=all}\ntrue"],
    ["with nothing in it", "<!-- waymark: on=all -->\n```console\n$ true\n\n"],
    ["by another kind of fence", "```bash {on=all}\ntrue\n~~~\n"],
    ["by a shorter fence", "````bash {on=all}\ntrue\n```\n"],
    ["by a fence behind text in the last line", "```bash {on=all}\ntrue ```"],
    ["by a fence behind text", "```bash {on=all}\ntrue ```\n"],
    ["at the end of its quote", "> ```bash {on=all}\n> true\n\ntext\n"],
  ])("a fence that is not closed %s is an error", (_name, guide) => {
    expect(read(guide).diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(["error WM1033"]);
  });

  test.each([
    ["````bash {on=all}\n```\n````"],
    ["```bash {on=all}\n~~~\n`````  "],
    ["~~~bash {on=all}\n```\n~~~~\t"],
    ["  ```bash {on=all}\n  x\n   ```"],
    ["> ```bash {on=all}\n> x\n> ```"],
    ["- ```bash {on=all}\n  x\n\n  ```"],
  ])("a fence that is closed is none: %j", (guide) => {
    expect(problemsOf(guide)).toEqual([]);
  });

  test("prose that swallows the rest of the guide gets a warning", () => {
    const { diagnostics } = read(`${step("on=all")}\n\`\`\`\nexample\n\n\`\`\`bash {on=all}\ntrue\n`);
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(["warning WM1033"]);
  });
});

describe("console blocks", () => {
  function session(code: string): { readonly code: unknown; readonly lines: unknown } {
    const { action, expectations } = readStep(block("console {on=all}", code));
    const [shown] = expectations;
    return {
      code: action.kind === "command" ? action.code : undefined,
      lines: shown?.kind === "output" ? shown.lines : undefined,
    };
  }

  test("prompted lines are typed, the others come out", () => {
    expect(session("$ hostname\npi\n$ echo a; echo\na\n\n$ true")).toEqual({
      code: "hostname\necho a; echo\ntrue\n",
      lines: ["pi", "a", ""],
    });
  });

  test("nothing between the prompts: nothing may come out", () => {
    expect(session("# swapon --summary")).toEqual({ code: "swapon --summary\n", lines: [] });
  });

  test("a command goes on behind a backslash and at a `> ` right below it", () => {
    expect(session("$ echo a \\\n  b \\\n> c\na b c\n> out")).toEqual({
      code: "echo a \\\n  b \\\nc\n",
      lines: ["a b c", "> out"],
    });
    expect(session("$ cat <<END\n> a\n>\n> END\na\n")).toEqual({ code: "cat <<END\na\n\nEND\n", lines: ["a", ""] });
    expect(session("$ echo \\\\\nout")).toEqual({ code: "echo \\\\\n", lines: ["out"] });
  });

  test("what looks like a prompt but has no blank is output", () => {
    expect(session("$ echo '#x'\n#x\n$x")).toMatchObject({ lines: ["#x", "$x"] });
  });

  test("other names of the language", () => {
    for (const name of ["shell-session", "shellsession", "Console"]) {
      expect(readStep(block(`${name} {on=all}`, "$ true")).action).toMatchObject({ code: "true\n" });
    }
  });

  test.each([
    ["no prompt", "hostname", "2:1 WM1034"],
    ["text before the first prompt", "\nhello\n$ hostname", "3:1 WM1034"],
    ["two kinds of prompts", "$ cat x\n# comment\n", "3:1 WM1034"],
    ["nothing", "", "2:1 WM1034"],
    ["only a prompt", "$ ", "1:1 WM1031"],
  ])("%s is an error", (_name, code, problem) => {
    expect(placesOf(block("console {on=all}", code))).toEqual([problem]);
  });
});

describe("files", () => {
  test("the block is the file, in whatever language", () => {
    const guide = block(
      'json {on=all file="/etc/docker/daemon.json" mode=644 owner=root:root backup template sudo}',
      "{}\n\n",
    );
    expect(readStep(guide)).toMatchObject({
      action: {
        kind: "file",
        path: { value: "/etc/docker/daemon.json" },
        content: "{}\n",
        mode: "644",
        owner: "root:root",
        backup: true,
        template: true,
      },
      options: { sudo: "root" },
    });
  });

  test("prompts in a file are the file's", () => {
    expect(readStep(block('console {on=all file="/x"}', "$ a")).action).toMatchObject({ content: "$ a\n" });
  });

  test("an empty block is an empty file, but there must be lines to ensure", () => {
    expect(readStep('```text {on=all file="/x"}\n```\n').action).toMatchObject({ content: "" });
    expect(placesOf('```text {on=all file="/x" ensure=lines}\n```\n')).toEqual(["1:1 WM1031"]);
  });
});

describe("copies", () => {
  test("scp lines, without blank lines and comments", () => {
    const guide = step("on=worker copy sudo", "# the key\n\n  scp -rp master:/a 'worker:/b c'\nscp x local:y");
    const { action } = readStep(guide);
    if (action.kind !== "copy") throw new Error("not a copy");
    expect(action.lines.map(({ value, span }) => [value, textAt(guide, span)])).toEqual([
      ["scp -rp master:/a 'worker:/b c'", "scp -rp master:/a 'worker:/b c'"],
      ["scp x local:y", "scp x local:y"],
    ]);
  });

  test("without on= they are about the hosts they go to", () => {
    const { options } = readStep(
      `<!-- waymark section: sudo -->\n\n${step("copy", "scp a:/x worker:/x\nscp b:/x 'arch[0:1]:/x'\nscp master:y here")}`,
    );
    expect(options.on.value).toBe("worker,arch[0:1],local");
  });

  test.each([
    ["cp a b", "3:3", "`cp` is not scp"],
    ["scp", "3:3", "There must be one source and one target, not 0 names"],
    ["scp a", "3:3", "There must be one source and one target, not 1 name"],
    ["scp a b c", "3:3", "There must be one source and one target, not 3 names"],
    ["scp a worker:b &", "3:3", "There must be one source and one target, not 3 names"],
    ["scp -P 22 a b", "3:7", "scp's `-P` cannot be used here"],
    ["scp -r -3 a:x b:x", "3:10", "scp's `-3` cannot be used here"],
    ["scp 'a b", "3:3", "A quote never ends"],
    ["scp '' worker:b", "3:3", "`` names no file"],
    ["scp a pi@worker:b", "3:9", "`pi@worker:b` has a user in it"],
    ["scp 'pi@a:x y' b", "3:8", "`pi@a:x y` has a user in it"],
  ])("`%s` is an error in its place", (line, place, message) => {
    const [problem] = problemsOf(step("on=all copy", `scp a b:c\n  ${line}`));
    expect(problem).toBe(`${place} WM1035 ${message}`);
  });

  test("a block without a line to copy is empty, whatever else it lacks", () => {
    expect(problemsOf(`<!-- waymark section: sudo -->\n\n${step("copy", "# later\n")}`)).toEqual([
      "3:1 WM1031 The step's block is empty",
    ]);
  });

  test("nothing behind the colon is the home there", () => {
    const { action } = readStep(step("on=all copy", "scp -r master: worker:"));
    expect(action).toMatchObject({
      lines: [{ source: { host: "master", path: "." }, target: { host: "worker", path: "." } }],
    });
  });

  test("are run nowhere else: `at` makes no sense", () => {
    expect(problemsOf(step("on=worker at=local copy", "scp a worker:b"))).toEqual([
      "1:20 WM1026 `at` and `copy` do not go together",
    ]);
  });

  test("an empty block is an error", () => {
    expect(placesOf(step("on=all copy", ""))).toEqual(["1:1 WM1031"]);
  });
});

describe("manual steps", () => {
  test("a comment before a task list: its items, the nested ones too", () => {
    const guide =
      "Before you go on. Plug *everything* in:\n\n<!-- waymark: #plug on=local -->\n\n- [ ] the `power`\n  and the lights\n- [x] the [network](http://x)\n  1. [ ] both ends\n  2. [ ] the switch\n";
    const { action, title, span } = readStep(guide);
    expect(title).toBe("Plug everything in");
    expect(action).toMatchObject({
      kind: "manual",
      text: "Before you go on. Plug everything in:",
      items: [
        { value: "the power and the lights" },
        { value: "the network" },
        { value: "both ends" },
        { value: "the switch" },
      ],
    });
    expect([span.start.line, span.end.line]).toEqual([3, 9]);
  });

  test("manual on a fence: its text", () => {
    expect(readStep(block("text {on=all manual}", "Press the button.\n")).action).toEqual({
      kind: "manual",
      text: "Press the button.",
      items: [],
    });
  });

  test("nothing is run, so keys about running are errors there too", () => {
    expect(marked("<!-- waymark: on=local sudo retry=2 -->\n\n- [ ] a\n")).toEqual(["sudo", "retry"]);
  });

  test("steps within the items are steps of their own", () => {
    const guide = "<!-- waymark: #a on=local -->\n\n- [ ] Do\n\n  ```sh {#b on=all}\n  true\n  ```\n";
    expect(readRunbook(guide).steps.map(({ id }) => id)).toEqual(["a", "b"]);
  });
});
