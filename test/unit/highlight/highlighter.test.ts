import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { LANGUAGES } from "../../../src/highlight/grammars.ts";
import type { Highlighter } from "../../../src/highlight/highlighter.ts";
import { loadHighlighter } from "../../../src/highlight/load-highlighter.ts";
import type { TokenLines } from "../../../src/highlight/token.ts";

let highlight: Highlighter;

beforeAll(async () => {
  highlight = await loadHighlighter(LANGUAGES);
});

const joined = (lines: TokenLines): string => lines.map((line) => line.map(({ text }) => text).join("")).join("\n");

/** `role:text` of whatever has a role, line by line. */
const told = (code: string, language: string): readonly (readonly string[])[] =>
  highlight(code, language).map((line) =>
    line.flatMap(({ text, role }) => (role === undefined ? [] : [`${role}:${text}`])),
  );

describe("code in tokens", () => {
  test("a shell's commands, options, strings, variables and comments are told apart", () => {
    expect(told('sudo apt-get -y install "$PKG" # now\nif true; then echo; fi', "bash")).toEqual([
      ["function:sudo", "constant:-y", 'string:"', "variable:$PKG", 'string:"', "comment:# now"],
      ["keyword:if", "function:true", "keyword:then", "function:echo", "keyword:fi"],
    ]);
  });

  test("a session has prompts, commands that may go on, and what they print", () => {
    const session = "$ kubectl get nodes \\\n    --watch\nNAME\n#1\n# reboot\n$ cat <<END\n> $A\n> END\n";
    expect(told(session, "console")).toEqual([
      ["prompt:$ ", "function:kubectl", "constant:\\"],
      ["constant:--watch"],
      ["output:NAME"],
      ["output:#1"],
      ["prompt:# ", "function:reboot"],
      ["prompt:$ ", "function:cat", "operator:<<"],
      ["prompt:> ", "variable:$A"],
      ["prompt:> "],
      [],
    ]);
  });

  test("what a command goes on with is no prompt, whatever it looks like", () => {
    expect(told("$ echo \\\n$ HOME\n# hm", "console")[1]).toEqual([]);
    expect(told("> not begun\n$ true\n> not", "console").map(([first]) => first)).toEqual([
      "output:> not begun",
      "prompt:$ ",
      "prompt:> ",
    ]);
  });

  test("files of settings have keys and values", () => {
    expect(told('a: "b"\nc: 1 # d', "yaml")).toEqual([
      ["property:a", 'string:"b"'],
      ["property:c", "number:1", "comment:# d"],
    ]);
    expect(told('{"a": null}', "json")).toEqual([['property:"a"', "constant:null"]]);
    expect(told("[a]\nb=c", "ini")).toEqual([["heading:[a]"], ["property:b"]]);
  });

  test("a diff has what came and what went", () => {
    expect(told("-a\n+b\n c", "diff")).toEqual([["deleted:-a"], ["inserted:+b"], []]);
  });

  test("names of languages are read in any case, and unknown ones are no reason to fail", () => {
    expect(told("FROM debian", "Dockerfile")).toEqual([["keyword:FROM"]]);
    expect(highlight("if\n\nfi", "klingon")).toEqual([[{ text: "if" }], [], [{ text: "fi" }]]);
    expect(highlight("if", "constructor")).toEqual([[{ text: "if" }]]);
  });

  test("a language that was not asked for stays plain", async () => {
    const few = await loadHighlighter(["json"]);
    expect(few("if true", "bash")).toEqual([[{ text: "if true" }]]);
    expect(few("1", "json")).toEqual([[{ text: "1", role: "number" }]]);
  });
});

describe("whatever the code is", () => {
  const signs = fc.constantFrom(
    ...Array.from("{}[]()<>\"'`$#%\\/*-+=:;|&!@~^?, \t\r\nab01"),
    "<<E",
    "${",
    "$(",
    "/*",
    "'''",
    "```",
    "# ",
    "$ ",
  );
  const code = fc.array(signs, { maxLength: 60 }).map((parts) => parts.join(""));

  test.each(LANGUAGES)("the tokens of %s are the code again, none of them empty", (language) => {
    fc.assert(
      fc.property(code, (text) => {
        const lines = highlight(text, language);
        expect(joined(lines)).toBe(text);
        expect(lines.flat().every((token) => token.text !== "" && !token.text.includes("\n"))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  test("a block that nobody would read, and a line, stay plain", () => {
    const block = "echo hi\n".repeat(131_072);
    expect(joined(highlight(block, "bash"))).toBe(block);
    expect(
      new Set(
        highlight(block, "bash")
          .flat()
          .map(({ role }) => role),
      ),
    ).toEqual(new Set([undefined]));
    const line = `echo "${"$(".repeat(2000)}"`;
    expect(highlight(`if true\n${line}\nfi`, "bash").map((tokens) => tokens.length)).toEqual([3, 1, 1]);
  });
});
