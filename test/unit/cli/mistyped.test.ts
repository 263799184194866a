import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program } from "../../../src/cli/program.ts";
import { EXIT, WaymarkError } from "../../../src/model/errors.ts";
import { renderDiagnostics } from "../../../src/ui/render-diagnostics.ts";
import { fakeSurroundings } from "./fake-terminal.ts";

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
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Everything that is said about a command line, as the user reads it. */
async function said(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const around = fakeSurroundings(folder, { WAYMARK_STATE_DIR: join(folder, "state"), ...env });
  const { printed } = around;
  let code: number = EXIT.ok;
  try {
    await program(around, (exit) => (code = exit)).parseAsync(["node", "waymark", ...args]);
  } catch (error) {
    if (error instanceof CommanderError) code = EXIT.usage;
    else if (error instanceof WaymarkError) {
      code = error.exit;
      const style = { color: false, unicode: false, columns: 100 };
      printed.err += renderDiagnostics(style, error.diagnostics, new Map());
      printed.err += `${error.message} [${error.code}] ${error.hint}`;
    } else throw error;
  }
  return { code, text: printed.err };
}

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
    ["--from an unknown step", ["--from", "prepre"], "`--from prepre`: the guide has no such step", "`prepare`"],
    ["--until an unknown step", ["--until", "#joins"], "`--until #joins`", "Did you mean `join`?"],
    ["--only an unknown step", ["--only", "xyz"], "`--only xyz`", "`waymark plan` lists the steps."],
    ["--only a fix", ["--only", "mend"], "run only when `join` has failed", "Choose another step"],
    ["--from below --until", ["--from", "join", "--until", "prepare"], "stands below `--until prepare`", "Exchange"],
    ["--limit an unknown host", ["--limit", "pi-3"], "no host or group is called `pi-3`", "Did you mean"],
    ["--limit no pattern", ["--limit", "pi[0"], "`--limit pi[0`", ""],
    ["--limit no host", ["-l", "pi-1,&pi-2"], "no host matches", "`waymark plan`"],
    ["--only what uses a capture", ["--only", "join"], "step `prepare`, which would set it, is skipped", "Select"],
    ["--parallel 0", ["--parallel", "0"], "--parallel 0 is not a number of hosts", "from 1 up"],
    ["--host without a group", ["--host", "pi@10.0.0.1"], "pi@10.0.0.1", ""],
    ["-i a missing file", ["-i", "nowhere.yaml"], "nowhere.yaml", ""],
  ])("%s", async (_what, args, message, hint) => {
    const { code, text } = await said(["plan", "guide.md", ...args]);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });

  it.each([
    ["an unknown step", ["--confirm", "jion"], "--confirm jion: the guide has no such step", "Did you mean `join`?"],
    ["a step that asks nothing", ["--confirm", "prepare"], "asks for no confirmation", "these do: join"],
    ["a step done by hand", ["--confirm", "by-hand"], "asks for no confirmation", "--done by-hand"],
  ])("--confirm %s", async (_what, args, message, hint) => {
    const { code, text } = await said([...RUN, "--input", "FETCHED=a", ...args]);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });

  it("is said before anything is fetched", async () => {
    const { text } = await said([...RUN, "--confirm", "jion"]);
    expect(text).toContain("Did you mean `join`?");
    expect(text).not.toContain("FETCHED");
  });
});
