import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saidOf } from "./said.ts";

/*
 * Whatever somebody may mistype in flags and inputs: what is said, where it points, and what is offered instead. Nothing
 * is run or written by any of it.
 */

const GUIDE = `---
runbook:
  inputs:
    NETWORK: { choices: [flannel, calico], default: flannel }
    CIDR: { pattern: '[0-9./]+', default: 10.0.0.0/8, description: Pod network }
    COPIES: { type: integer, default: 2 }
    FETCHED: { choices: [a, b], from: "echo c" }
  defaults: { on: all }
---

\`\`\`bash {#prepare capture=TOKEN}
echo "$NETWORK $CIDR $COPIES"
\`\`\`

\`\`\`bash {#join confirm="Join?"}
echo "$TOKEN"
\`\`\`

\`\`\`bash {#mend fix=join}
true
\`\`\`

\`\`\`bash {#late-one}
echo "$FETCHED"
\`\`\`

<!-- waymark: #by-hand manual -->

- [ ] Plug it in
`;

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-mistyped-"));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write("guide.md", GUIDE);
  await write("hosts.yaml", "hosts: { pi-1: { groups: [worker] }, pi-2: { groups: [worker] } }\n");
  await write("values.yaml", "CIDR: 10.0.0.0/8\nNETWORK: flanel\n");
  await write("unknown.yaml", "\nNETWROK: calico\n");
  await write("list.yaml", "- NETWORK\n");
  await write("broken.yaml", "NETWORK: [\n");
  await write("empty.yaml", "NETWORK:\n");
  await write("prose.md", "# Only prose\n");
  await write("none.yaml", "hosts: {}\n");
  await write("circle.yaml", "hosts: { pi-1: { jump: pi-2 }, pi-2: { jump: pi-1 } }\n");
  await write("wrong.md", "```bash {on=all tiemout=5m}\ntrue\n```\n");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const said = (args: readonly string[], env?: Readonly<Record<string, string>>) => saidOf(folder, args, env);

const RUN = ["run", "guide.md"];

describe("a mistyped input", () => {
  it.each([
    ["no value", ["--input", "NETWORK"], "`--input NETWORK` gives no value", "--input NAME=VALUE"],
    ["no name", ["--input", "9=x"], "`9` is not a name", "--input NAME=VALUE"],
    ["an unknown name", ["--input", "NETWROK=calico"], "no input `NETWROK`", "Did you mean `NETWORK`?"],
    ["no choice", ["--input", "NETWORK=flanel"], "not `flanel` (given by `--input`)", "Did you mean `flannel`?"],
    ["not of the pattern", ["--input", "CIDR=ten"], "`CIDR` must be all of the form `[0-9./]+`", "It is: Pod network"],
    ["not of the type", ["--input", "COPIES=two"], "`COPIES` must be a whole number", "another value"],
    ["no such file", ["--inputs", "nowhere.yaml"], "nowhere.yaml", ""],
    ["no choice, in a file", ["--inputs", "values.yaml"], "values.yaml:2:10 error", "Did you mean `flannel`?"],
    ["an unknown name, in a file", ["--inputs", "unknown.yaml"], "unknown.yaml:2:1 error", "Did you mean `NETWORK`?"],
    ["a list, in a file", ["--inputs", "list.yaml"], "list.yaml:1:1 error", "NAME: value"],
    ["not YAML, in a file", ["--inputs", "broken.yaml"], "broken.yaml:", ""],
    ["no value, in a file", ["--inputs", "empty.yaml"], "empty.yaml:1:1 error", 'for an empty one write ""'],
    ["no choice, from its command", [], "guide.md:7:5 error", "(printed by its `from` command)"],
  ])("%s", async (_what, args, message, hint) => {
    const { code, text } = await said([...RUN, ...args]);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });

  it("in the environment", async () => {
    const { code, text } = await said(RUN, { WAYMARK_INPUT_COPIES: "2.5" });
    expect(text).toContain("`COPIES` must be a whole number, not `2.5` (given by `WAYMARK_INPUT_COPIES`)");
    expect(code).toBe(2);
  });

  it("is told in a plan as well, where nothing is fetched", async () => {
    const { code, text } = await said(["plan", "guide.md", "--input", "NETWORK=x"]);
    expect(text).toContain("must be one of `flannel`, `calico`, not `x`");
    expect(text).not.toContain("from");
    expect(code).toBe(2);
  });
});

describe("a mistyped flag", () => {
  it.each([
    ["--from an unknown step", ["--from", "prepre"], "WM3109 `--from prepre`: the guide has no such step", "`prepare`"],
    ["--until an unknown step", ["--until", "#joins"], "WM3109 `--until #joins`", "Did you mean `join`?"],
    ["--only an unknown step", ["--only", "xyz"], "WM3109 `--only xyz`", "`waymark plan` lists the steps."],
    [
      "--only a fix",
      ["--only", "mend"],
      "`--only mend`: this step is run only when `join` has failed",
      "Choose another",
    ],
    ["--from below --until", ["--from", "join", "--until", "prepare"], "WM3110 `--from join` stands below", "Exchange"],
    ["--limit an unknown host", ["--limit", "pi-3"], "WM2021 `--limit pi-3`: no host or group is called", "`pi-1`?"],
    ["--limit an unknown group", ["--limit", "wroker"], "is called `wroker`", "Did you mean `worker`?"],
    ["--limit no pattern", ["--limit", "pi[0"], "WM2020 `--limit pi[0`: This `[…]` matches nothing", "group[0]"],
    ["--limit no host", ["-l", "pi-1,&pi-2"], "WM2022 `--limit pi-1,&pi-2`: no host matches", "`waymark plan`"],
    ["--only what uses a capture", ["--only", "join"], "step `prepare`, which would set it, is skipped", "Select"],
    ["--parallel 0", ["--parallel", "0"], "--parallel 0 is not a number of hosts [WM8002]", "from 1 up"],
    ["--parallel a word", ["--parallel", "all"], "--parallel all is not a number of hosts [WM8002]", "from 1 up"],
    ["--parallel 1.5", ["--parallel", "1.5"], "--parallel 1.5 is not a number of hosts [WM8002]", "from 1 up"],
    ["--parallel nothing", ["--parallel", ""], "is not a number of hosts [WM8002]", "from 1 up"],
    [
      "--host without a group",
      ["--host", "pi@10.0.0.1"],
      "WM2010 `--host pi@10.0.0.1`: the group is missing",
      "master=pi@",
    ],
    ["--host without hosts", ["--host", "worker="], "WM2010 `--host worker=`", "master=pi@"],
    ["-i a missing file", ["-i", "nowhere.yaml"], "the hosts file nowhere.yaml cannot be read", "[WM8006] check"],
    ["an unknown flag", ["--limt", "pi-1"], "unknown option '--limt'", "Did you mean --limit?"],
    ["a flag without its value", ["--only"], "option '--only <step>' argument missing", "waymark --help"],
  ])("%s", async (_what, args, message, hint) => {
    const { code, text } = await said(["plan", "guide.md", ...args]);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });

  it.each([
    ["an unknown step", ["--confirm", "jion"], "the guide has no such step [WM8009]", "Did you mean `join`?"],
    ["a step that asks nothing", ["--confirm", "prepare"], "asks for no confirmation [WM8015]", "these do: join"],
    ["a step done by hand", ["--confirm", "by-hand"], "asks for no confirmation [WM8015]", "--done by-hand"],
  ])("--confirm %s", async (_what, args, message, hint) => {
    const { code, text } = await said([...RUN, "--input", "FETCHED=a", ...args]);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });

  it("in the hosts file is said without all that matches no host for it", async () => {
    const { code, text } = await said(["plan", "guide.md", "-i", "circle.yaml", "--limit", "pi-1"]);
    expect(text).toContain("circle.yaml:1:10 error WM2011 `pi-1` is reached through itself");
    expect(text).toContain("1 error\n");
    expect(code).toBe(2);
  });

  it("is said before anything is fetched", async () => {
    const { text } = await said([...RUN, "--confirm", "jion"]);
    expect(text).toContain("Did you mean `join`?");
    expect(text).not.toContain("FETCHED");
  });
});

describe("a mistyped command, guide, file or folder", () => {
  it.each([
    ["a command", ["rnu", "guide.md"], "unknown command 'rnu'", "Did you mean run?"],
    ["no guide", ["run"], "missing required argument 'guide'", "waymark --help"],
    ["a guide that is not there", ["run", "gide.md"], "the guide gide.md cannot be read: ENOENT", "[WM8006] check"],
    ["a folder for a guide", ["plan", "."], "the guide . is a folder", "[WM8006] name a file in it"],
    [
      "prose, to be run",
      ["run", "prose.md"],
      "prose.md is not a runbook: nothing in it is marked",
      "[WM8005] tag a code block, ```bash {on=all}",
    ],
    ["prose, to be planned", ["plan", "prose.md"], "is not a runbook: nothing in it is marked", "[WM8005] tag"],
    ["a guide with errors", ["run", "wrong.md"], "wrong.md:1:17 error WM1021", "wrong.md cannot be run [WM8004]"],
    ["a hosts file that is wrong", ["hosts", "-i", "list.yaml"], "list.yaml:1:1 error", "cannot be read [WM8020]"],
    ["no hosts", ["hosts", "-i", "none.yaml"], "there are no hosts to reach [WM8021]", "--host worker=pi@"],
    ["hosts of nobody", ["hosts", "-l", "pi-9"], "--limit pi-9: no host or group is called pi-9 [WM2021]", "`pi-1`?"],
    ["hosts of none", ["hosts", "-l", "!all"], "--limit !all matches no host [WM2022]", "shows all"],
    ["hosts of no pattern", ["hosts", "-l", "a b"], "--limit a b: `a b` is not a name [WM2020]", "commas"],
    ["hosts at once", ["hosts", "--parallel", "-1"], "--parallel -1 is not a number of hosts [WM8002]", "from 1 up"],
    ["a lab of words", ["lab", "up", "three"], "three is not a number of hosts [WM8011]", "waymark lab up 3"],
    ["a folder with a guide", ["init", "."], "guide.md and hosts.yaml are there already [WM8022]", "another folder"],
    ["a folder below a file", ["init", "guide.md/x"], "a guide cannot be written there: ENOTDIR", "[WM8023] check"],
    ["runs to keep", ["clean", "--keep", "many"], "--keep many is not a number of runs [WM8012]", "--keep 10"],
    ["an age", ["clean", "--older-than", "3w"], "--older-than 3w is not an age [WM8012]", "30d, or 12h"],
    ["a shell", ["completion", "bsh"], "'bsh' is invalid", "bash"],
    ["--json and --plain", ["run", "guide.md", "--json", "--plain"], "cannot be used with option '--plain'", ""],
    ["--follow and --step", ["show", "--follow", "--step", "a"], "cannot be used with option '--step <step>'", ""],
  ])("%s", async (_what, args, message, hint) => {
    const { code, text } = await said(args);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });

  it("is told by check for every guide", async () => {
    const { code, text } = await said(["check", "wrong.md", "prose.md"]);
    expect(text).toContain("wrong.md:1:17 error WM1021 There is no key `tiemout`");
    expect(text).toContain("prose.md warning WM8005 Not a runbook: nothing in it is marked as a step");
    expect(code).toBe(1);
  });
});
