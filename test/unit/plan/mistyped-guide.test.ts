import { describe, expect, it } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import { compile } from "../../../src/plan/compile.ts";

/*
 * What is said of guides in which something is mistyped, as `waymark check` says it: the guide is read, its hosts are,
 * and both are compiled. Each line is `CODE line:column «what is pointed at» message (hint)`.
 */

const HOSTS = `hosts:
  m: { groups: [master] }
  "w[1-3]": { groups: [worker], vars: { RACK: left } }
`;

const HEAD = `---
runbook:
  inputs:
    SIZE: { type: integer, default: 3 }
    PASSWORD: { secret: true }
---
`;

/** The first line of a step that follows {@link HEAD}. */
const LINE = 7;

function said(text: string): readonly string[] {
  const { runbook, diagnostics } = readGuide("guide.md", new TextEncoder().encode(text));
  const { inventory } = readHostsFile("hosts.yaml", HOSTS, { cwd: "/guides", home: "/home/me" });
  if (runbook === undefined || inventory === undefined) throw new Error(JSON.stringify(diagnostics));
  const compiled = compile({ runbook, digest: "0", inventory, inputs: { SIZE: "3" } });
  return [...diagnostics, ...compiled.diagnostics].map(({ code, span, message, hint, file }) => {
    expect(file).toBe("guide.md");
    const { start, end } = span ?? { start: { line: 0, column: 0, offset: 0 }, end: { offset: 0 } };
    // Of a whole block its first line.
    const [word] = text.slice(start.offset, end.offset).split("\n");
    return `${code} ${start.line}:${start.column} «${word}» ${message} (${hint})`;
  });
}

const step = (keys: string, code = "true", language = "bash"): string =>
  `\`\`\`${language} {${keys}}\n${code}\n\`\`\`\n`;

const NO_GROUP = "No host or group is called";

describe("hosts", () => {
  it.each([
    ["on=wroker", `WM2021 7:13 «wroker» ${NO_GROUP} \`wroker\` (Did you mean \`worker\`?)`],
    ["on=ALL", `WM2021 7:13 «ALL» ${NO_GROUP} \`ALL\` (Did you mean \`all\`?)`],
    [
      "on=xyz",
      `WM2021 7:13 «xyz» ${NO_GROUP} \`xyz\` (The groups are master, worker, all, local. If it may be empty, list it under \`requires\`, as \`0..\`.)`,
    ],
    ["on=worker,!mastr", `WM2021 7:21 «mastr» ${NO_GROUP} \`mastr\` (Did you mean \`master\`?)`],
    ["on=w9", `WM2021 7:13 «w9» ${NO_GROUP} \`w9\` (Did you mean \`w1\`?)`],
    [
      "on=worker[9]",
      "WM2022 7:13 «worker[9]» No host matches `worker[9]` (Add hosts to the inventory, or mark the step `optional`.)",
    ],
    [
      "on=worker,&master",
      "WM2022 7:13 «worker,&master» No host matches `worker,&master` (Add hosts to the inventory, or mark the step `optional`.)",
    ],
    [
      "on=worker&master",
      "WM2020 7:19 «&» `worker&master` is not a name (Separate names by commas: `a,b`, `a,&b`, `a,!b`.)",
    ],
    ['on="m w1"', "WM2020 7:15 « » `m w1` is not a name (Separate names by commas: `a,b`, `a,&b`, `a,!b`.)"],
    [
      "on=,master",
      "WM2020 7:13 «,» A name is missing beside a comma (Name hosts or groups, such as `all`, `master,worker` or `worker[0]`.)",
    ],
    ["on=~w.*", "WM2020 7:13 «~» Regular expressions are not host patterns (Use `*` and `?`, such as `web*`.)"],
    ["on=all at=loacl", `WM2021 7:20 «loacl» ${NO_GROUP} \`loacl\` (Did you mean \`local\`?)`],
    [
      "#a on=all at=worker",
      "WM3111 7:23 «worker» `at` of step `a` must be one host; `worker` matches 3 (Name one, such as `w1` or `worker[0]`.)",
    ],
    [
      "#a on=all at=master,worker",
      "WM3111 7:23 «master,worker» `at` of step `a` must be one host; `master,worker` matches 4 (Name one, such as `m`.)",
    ],
    [
      "#a on=local reboot",
      "WM3112 7:16 «local» Step `a` would reboot `local`, the machine that Waymark runs on (Remove `reboot`, or say in `on` which other host is meant; `at=local` runs the command here all the same.)",
    ],
    [
      "#a on=all,local reconnect",
      "WM3112 7:16 «all,local» Step `a` would log in anew to `local`, the machine that Waymark runs on (Remove `reconnect`, or say in `on` which other host is meant; `at=local` runs the command here all the same.)",
    ],
    ['on=""', "WM1023 7:10 «on» `on` has no value (Write some text.)"],
  ])("{%s}", (keys, problem) => {
    expect(said(HEAD + step(keys))).toEqual([problem]);
  });
});

describe("a section's comment", () => {
  const section = (comment: string, keys = "#d"): string => `${HEAD}# Roll\n${comment}\n${step(keys)}`;

  it.each([
    [
      "serial without hosts",
      section("<!-- waymark section: serial=2 -->", "#d on=worker"),
      "WM1028 8:23 «serial» `serial` does not say which hosts go through the section (Add on=PATTERN to the same comment.)",
    ],
    [
      "an unknown group",
      section("<!-- waymark section: on=wroker serial=2 -->"),
      `WM2021 8:26 «wroker» ${NO_GROUP} \`wroker\` (Did you mean \`worker\`?)`,
    ],
    [
      "a misspelt key",
      section("<!-- waymark section: on=worker seriel=2 -->"),
      "WM1021 8:33 «seriel» There is no key `seriel` (Did you mean `serial`?)",
    ],
    [
      "a stranger",
      section("<!-- waymark section: on=worker serial=2 -->", "#d on=all"),
      "WM3108 9:1 «```bash {#d on=all}» Step `d` runs on `m`, which does not go through the section `Roll` (To run it there once for each host of the section, write at=m; else move it out of the section.)",
    ],
    [
      "a misspelt second word",
      section("<!-- waymark sectoin: on=worker serial=2 -->", "#d on=all"),
      "WM1041 8:1 «<!-- waymark sectoin: on=worker serial=2 -->» The comment looks like `waymark:` but is not read as one (Write <!-- waymark section: … -->.)",
    ],
    [
      "a misspelt first word",
      section("<!-- waymrk section: on=worker serial=2 -->", "#d on=all"),
      "WM1041 8:1 «<!-- waymrk section: on=worker serial=2 -->» The comment looks like `waymark:` but is not read as one (Write <!-- waymark section: … -->.)",
    ],
    [
      "an id",
      section("<!-- waymark section: #x on=worker -->"),
      "WM1025 8:23 «#x» The step's id has no place here (It cannot be inherited: write it on each step it is for.)",
    ],
    [
      "another one",
      section("<!-- waymark section: on=worker -->\n<!-- waymark section: sudo -->"),
      "WM1043 9:1 «<!-- waymark section: sudo -->» The section has a comment already (Put all keys into one comment.)",
    ],
    [
      "below its steps",
      `${section("Text.", "on=all")}\n<!-- waymark section: sudo -->\n`,
      "WM1043 13:1 «<!-- waymark section: sudo -->» A section's comment stands below one of its steps (Move it up to the heading.)",
    ],
  ])("%s", (_what, guide, problem) => {
    expect(said(guide)).toEqual([problem]);
  });
});

describe("files", () => {
  it.each([
    ["file=etc/x", "WM1024 7:22 «etc/x» `file` cannot be `etc/x` (Write the whole path of a file"],
    ["file", "WM1023 7:17 «file» `file` has no value (Write the whole path of a file"],
    ['file="/etc/x', 'WM1020 7:22 «"» The quoted value of `file` never ends (Close it with another ".)'],
    ["file=/x mode=u+x", "WM1024 7:30 «u+x» `mode` cannot be `u+x` (Write an octal mode, such as `0644`.)"],
    ["file=/x owner=a:b:c", "WM1024 7:31 «a:b:c» `owner` cannot be `a:b:c` (Write `user` or `user:group`.)"],
    ["file=/x ensure=line", "WM1024 7:32 «line» `ensure` cannot be `line` (Write `lines` or `words`.)"],
    ["file=/x tempalte", "WM1021 7:25 «tempalte» There is no key `tempalte` (Did you mean `template`?)"],
    ["file=/x dir=/y", "WM1026 7:25 «dir» `dir` and `file` do not go together (The block is the file's content"],
  ])("{on=all %s}", (keys, problem) => {
    const all = said(HEAD + step(`on=all ${keys}`, "x", "conf"));
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(problem);
  });

  it.each([
    ["mode=0644", "WM1027 7:17 «mode» `mode` is only for `file` or `copy` steps"],
    ["template", "WM1027 7:17 «template» `template` is only for `file` steps (Add `file`, or remove it.)"],
    ["every=5s", "WM1027 7:17 «every» `every` without `retry` does nothing (Add retry=N.)"],
  ])("{on=all %s} on what is no file", (keys, problem) => {
    expect(said(HEAD + step(`on=all ${keys}`)).join("\n")).toContain(problem);
  });
});

describe("copy lines", () => {
  it.each([
    ["scp /x wroker:/y", `WM2021 8:8 «wroker» ${NO_GROUP} \`wroker\` (Did you mean \`worker\`?)`],
    ["scp mster:/x worker:/y", `WM2021 8:5 «mster» ${NO_GROUP} \`mster\` (Did you mean \`master\`?)`],
    ["scp -r /x 'w[1-2]:/y'", "WM2020 8:13 «[» `[1-2]` is not a position (Write one host of a group as `group[0]`"],
    ["scp 'mster:/x y' worker:/y", `WM2021 8:6 «mster» ${NO_GROUP} \`mster\``],
    ["scp worker:/x m:/y", "WM3111 8:5 «worker» The source of step `c` must be one host; `worker` matches 3"],
  ])("%s", (line, problem) => {
    for (const keys of ["#c copy on=all", "#c copy"]) {
      const all = said(HEAD + step(keys, line, "text"));
      expect(all).toHaveLength(1);
      expect(all[0]).toContain(problem);
    }
  });

  it("among several targets, the one is pointed at", () => {
    expect(said(HEAD + step("copy", "scp a m:b\nscp a wroker:b", "text"))).toContain(
      `WM2021 9:7 «wroker» ${NO_GROUP} \`wroker\` (Did you mean \`worker\`?)`,
    );
  });
});

describe("when", () => {
  it.each([
    ['vars.SIZ == "3"', "WM3103 7:31 «SIZ» There is no variable `SIZ` (Did you mean `SIZE`?)"],
    ['vars.PASSWORD == "x"', "WM3106 7:31 «PASSWORD» `when` asks for the secret `PASSWORD`"],
    ['vars.SIZE = "3"', "WM4001 7:36 «=» `when` cannot be read: unexpected =; to compare, write =="],
    ["vars.SIZE == 3", "WM4001 7:26 «v» `when` cannot be read: string == int: these types do not go together"],
    ['SIZE == "3"', 'WM4001 7:26 «S» `when` cannot be read: unknown name "SIZE"; there are host, vars'],
    ['host.nme == "m"', "WM4001 7:31 «n» `when` cannot be read: no such key: nme"],
    ['host.name == "m" &&', "WM4001 7:45 «» `when` cannot be read: the expression ends too early"],
    ['host.name == "m', 'WM4001 7:39 «"» `when` cannot be read: unterminated string'],
    ["groups.wroker.size() > 1", "WM2021 7:33 «wroker» No group is called `wroker` (Did you mean `worker`?)"],
    ["captures.TOKN.size() > 0", "WM3103 7:35 «TOKN» No step captures `TOKN` (Capture it in a step above"],
    ["exit == 0", 'WM4001 7:26 «e» `when` cannot be read: "exit" is not known before the step has run'],
    ["vars.SIZE.sise() == 1", 'WM4001 7:26 «v» `when` cannot be read: unknown function "sise"'],
    ["1 + 1", "WM4001 7:26 «1» `when` cannot be read: this is a value of type int, not true or false"],
    ["int(vars.SIZE) / 0 == 1", "WM4002 7:26 «int(vars.SIZE) / 0 == 1» `when`"],
  ])("%s", (when, problem) => {
    const all = said(HEAD + step(`#w on=all when='${when}'`));
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(problem);
  });
});

describe("an expectation", () => {
  it.each([
    ["exti == 0", 'WM4001 12:1 «e» This expectation cannot be read: unknown name "exti"; did you mean "exit"?'],
    ["exit = 0", "WM4001 12:6 «=» This expectation cannot be read: unexpected =; to compare, write =="],
    ["stdout.contians('x')", 'WM4001 12:1 «s» This expectation cannot be read: unknown function "contians"; did you'],
    ["exit == '0'", "WM4001 12:1 «e» This expectation cannot be read: int == string: these types do not go together"],
    ["vars.SIZ == '1'", "WM3103 12:6 «SIZ» There is no variable `SIZ` (Did you mean `SIZE`?)"],
    ["exit", "WM4001 12:1 «e» This expectation cannot be read: this is a value of type int, not true or false"],
  ])("%s", (line, problem) => {
    const all = said(`${HEAD}${step("#w on=all")}\n\`\`\`expect\n${line}\n\`\`\`\n`);
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(problem);
  });

  it.each([
    ["{for=ww}", "WM1060 11:16 «ww» There is no step `ww` (Did you mean `w`?)"],
    ["{for=#w}", "WM1024 11:16 «#w» `for` cannot be `#w` (Write the id of a step, without #.)"],
    ["{for=}", "WM1023 11:12 «for» `for` has no value (Write the id of a step, without #.)"],
    ["{fro=w}", "WM1021 11:12 «fro» There is no key `fro` (Did you mean `for`?)"],
  ])("expect %s", (braces, problem) => {
    expect(said(`${HEAD}${step("#w on=all")}\n\`\`\`expect ${braces}\nexit == 0\n\`\`\`\n`)).toEqual([problem]);
  });
});

describe("a name in a step's text", () => {
  const later = step("#late on=all capture=LATER");

  it.each([
    ["on the first line", "echo $LATER", LINE + 1, 7],
    ["further down", "true\n  echo ${LATER}x", LINE + 2, 10],
    ["in a console block", "$ echo $LATER", LINE + 1, 1],
  ])("%s", (_what, code, line, column) => {
    const language = code.startsWith("$") ? "console" : "bash";
    const [problem] = said(HEAD + step("#w on=all", code, language) + later);
    expect(problem).toContain(`WM3104 ${line}:${column} «`);
    expect(problem).toContain("Step `w` uses `LATER` before it is set: step `late` captures it further down (Move");
  });

  it("of a variable that not all hosts have", () => {
    expect(said(HEAD + step("#w on=all", "echo $RACK"))[0]).toContain(
      "WM3104 8:7 «RACK» Step `w` uses `RACK`, which is not set for `m` (Give it to these hosts in the inventory",
    );
  });

  it("that is an input and captured as well", () => {
    expect(said(HEAD + step("#w on=all capture=SIZE"))).toEqual([
      "WM3105 7:28 «SIZE» `SIZE` is already an input (Capture it under another name.)",
    ]);
  });
});

describe("requires", () => {
  it.each([
    [
      "wroker: 1..",
      "WM3101 3:15 «wroker: 1..» The guide needs at least 1 host in `wroker`; the inventory has none (The inventory has a group `worker`: is it the same?)",
    ],
    [
      "worker: 9",
      "WM3101 3:15 «worker: 9» The guide needs exactly 9 hosts in `worker`; the inventory has 3 (Add hosts to the group `worker`.)",
    ],
    [
      "worker: 1..2",
      "WM3101 3:15 «worker: 1..2» The guide needs 1 to 2 hosts in `worker`; the inventory has 3 (Take hosts out of the group `worker`.)",
    ],
    [
      "worker: 3..1",
      "WM1012 3:23 «3..1» `worker` must say how many hosts there are to be (Write a number (`1`), a least number (`1..`) or a range (`2..4`).)",
    ],
  ])("{ %s }", (requires, problem) => {
    expect(said(`---\nrunbook:\n  requires: { ${requires} }\n---\n${step("on=all")}`)).toEqual([problem]);
  });
});
