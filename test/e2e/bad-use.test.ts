import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/model/source.ts";
import { type TrapServer, silentServer } from "../lab/trap-server.ts";
import { block, expectCode, usePlace } from "./waymark.ts";

/*
 * What is wrong is said before anything runs: all of it, in its place, and without a connection to any host.
 */

const MISTAKES = `---
runbook:
  inputs:
    NETWORK: { choices: [flannel, calico], default: flannel }
    DISK: { description: A disk, pattren: '^sd', default: sda }
---

# Mistakes

\`\`\`bash {#one on=all tiemout=5m}
true
\`\`\`

\`\`\`bash {#two on=workers}
true
\`\`\`

\`\`\`bash {#three on=all timeout=soon}
true
\`\`\`

\`\`\`bash {#one on=all}
true
\`\`\`

\`\`\`bash {#five on=all retry=2 when="vars.NETWROK == 'x'"}
true
\`\`\`

\`\`\`bash {#six}
true
\`\`\`

\`\`\`bash {#seven on=all capture=1st}
true
\`\`\`

\`\`\`expect
size(lines == 2
\`\`\`

<!-- waymark: #ten on=all -->

Prose, not a fence.

\`\`\`expect {for=nobody}
exit == 0
\`\`\`
`;

/** Line, column, code, and what it is about: where the reader of the message is sent. */
const EXPECTED = [
  "5:34 WM1011 pattren",
  "10:22 WM1021 tiemout",
  "14:18 WM2021 workers",
  "18:32 WM1024 soon",
  "22:10 WM1029 #one",
  "26:42 WM3103 NETWROK",
  "30:1 WM1028 ```bash {#six}",
  "34:32 WM1024 1st",
  "39:16 WM4001 ",
  "42:1 WM1040 <!-- waymark: #ten on=all -->",
  "46:16 WM1060 nobody",
];

describe("wrong guides and wrong use", () => {
  const place = usePlace();
  let trap: TrapServer | undefined;

  beforeAll(async () => {
    trap = await silentServer();
  });
  afterAll(() => trap?.stop());

  const hosts = (): string =>
    JSON.stringify({ hosts: { pi: { address: "127.0.0.1", port: trap?.port, user: "pi", groups: ["worker"] } } });
  const connections = (): number | undefined => trap?.accepted();
  /** No run was begun. */
  const untouched = async (): Promise<void> => {
    expect(await readdir(place().state).catch(() => [])).toEqual([]);
    expect(connections()).toBe(0);
  };

  test("every mistake in a guide is found at once, where it is", async () => {
    await place().write("hosts.yaml", hosts());
    await place().write("guide.md", MISTAKES);
    const { stdout } = expectCode(1, await place().waymark("check", "guide.md", "--json"));
    const found = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Diagnostic);
    expect(found.map(({ severity }) => severity)).toEqual(EXPECTED.map(() => "error"));
    expect(found.map((diagnostic) => placed(diagnostic)).toSorted(byLine)).toEqual(EXPECTED);
    expect(found.every(({ hint, file }) => hint !== "" && file === "guide.md")).toBe(true);

    const shown = expectCode(1, await place().waymark("check", "guide.md"));
    for (const line of EXPECTED) expect(shown.stderr).toContain(`guide.md:${line.split(" ")[0]} error`);
    expect(shown.stderr).toContain("Did you mean `timeout`?");
    expect(shown.stderr).toContain(`${EXPECTED.length} errors`);

    const run = expectCode(2, await place().waymark("run", "guide.md"));
    for (const line of EXPECTED) expect(run.stderr).toContain(`guide.md:${line.split(" ")[0]} error`);
    expect(run.stderr).toContain("nothing was run");
    await untouched();
  });

  const TRUE = block("bash {#true on=all}", "true");
  const INPUT = `---\nrunbook: { inputs: { CIDR: { description: Pod network }, N: { choices: [a, b], default: a } } }\n---\n\n${block(
    "bash {#use on=all}",
    'echo "$CIDR $N"',
  )}`;

  test.each([
    { use: "no guide of that name", args: ["run", "nowhere.md"], says: "nowhere.md" },
    { use: "a file that is no runbook", args: ["run", "prose.md"], says: "prose.md" },
    { use: "an input without a value", args: ["run", "input.md"], says: "--input CIDR=" },
    {
      use: "an input that is no choice",
      args: ["run", "input.md", "--input", "CIDR=x", "--input", "N=c"],
      says: "`a`, `b`",
    },
    {
      use: "an input that is not declared",
      args: ["run", "input.md", "--input", "CIDR=x", "--input", "M=c"],
      says: "M",
    },
    {
      use: "a pattern without hosts",
      args: ["run", "guide.md", "--host", "boss=127.0.0.9", "-i", "empty.yaml"],
      says: "empty.yaml",
    },
    { use: "a role that no host has", args: ["run", "role.md"], says: "No host or group is called `master`" },
    { use: "an inventory that is not there", args: ["run", "guide.md", "-i", "gone.yaml"], says: "gone.yaml" },
    { use: "an inventory with a mistake", args: ["run", "guide.md", "-i", "broken.yaml"], says: "broken.yaml:3" },
    { use: "an unknown flag", args: ["run", "guide.md", "--dryrun"], says: "--dryrun" },
    { use: "an unknown command", args: ["rnu", "guide.md"], says: "rnu" },
    { use: "a number that is none", args: ["run", "guide.md", "--parallel", "many"], says: "--parallel many" },
    { use: "flags that exclude each other", args: ["run", "guide.md", "--json", "--plain"], says: "--plain" },
    { use: "no guide at all", args: ["run"], says: "guide" },
    { use: "nothing to resume", args: ["resume"], says: "no run is unfinished" },
    { use: "nothing to resume of this guide", args: ["resume", "guide.md"], says: "waymark run" },
    { use: "a run that there is not", args: ["show", "20200101-0000"], says: "20200101-0000" },
  ])("$use: exit 2, and what to do", async ({ args, says }) => {
    await place().write("hosts.yaml", hosts());
    await place().write("empty.yaml", "");
    await place().write("broken.yaml", "hosts:\n  pi:\n    adress: 127.0.0.9\n");
    await place().write("guide.md", TRUE);
    await place().write("role.md", TRUE.replace("on=all", "on=master"));
    await place().write("input.md", INPUT);
    await place().write("prose.md", "# Prose\n\n```bash\nrm -rf /\n```\n");
    const { stdout, stderr } = expectCode(2, await place().waymark(...args));
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe("");
    await untouched();
  });

  test.each([
    { args: ["--version"], says: /^\d+\.\d+\.\d+\n$/ },
    { args: ["--help"], says: /^Example: waymark run[\s\S]*resume/ },
    { args: ["run", "--help"], says: /^Example: waymark run[\s\S]*--parallel/ },
  ])("$args is answered on stdout: exit 0", async ({ args, says }) => {
    const { stdout, stderr } = expectCode(0, await place().waymark(...args));
    expect(stdout).toMatch(says);
    expect(stderr).toBe("");
    await untouched();
  });

  test("check and plan connect to nothing either", async () => {
    await place().write("hosts.yaml", hosts());
    await place().write("guide.md", TRUE);
    expect(expectCode(0, await place().waymark("check", "guide.md")).stdout).toContain("no problems");
    expect(expectCode(0, await place().waymark("plan", "guide.md")).stdout).toContain("true");
    await untouched();
  });
});

/** Where the diagnostic points, and the text there. */
function placed({ code, span }: Diagnostic): string {
  if (span === undefined) return code;
  const text = MISTAKES.slice(span.start.offset, span.end.offset);
  return `${span.start.line}:${span.start.column} ${code} ${text.trimEnd()}`;
}

const byLine = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);
