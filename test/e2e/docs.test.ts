import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labDown } from "../../src/lab/lab-down.ts";
import { linesOfOutput, matchesOutput, readPattern } from "../../src/expect/output.ts";
import { sshd, useLoopbackLab } from "../lab/loopback-lab.ts";
import { recipes } from "../unit/docs/cookbook.ts";
import { page, ROOT } from "../unit/docs/page.ts";
import { movesOf } from "../unit/docs/tutorial.ts";
import { expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * The tutorial is done by the letter: each file is written as the page has it, each command is typed, and prints what
 * the page shows. The recipes of the cookbook are run, all but those that need what hosts of the lab have not.
 */

const YOU = "/home/you";

describe.skipIf(sshd === undefined)("docs/tutorial.md", () => {
  let place = "";
  const home = () => join(place, "home");

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "waymark-docs-"));
    await mkdir(join(place, "bin"));
    await mkdir(home());
    const program = join(place, "bin/waymark");
    await writeFile(program, `#!/bin/sh\nexec '${execPath}' '${join(ROOT, "dist/bin.js")}' "$@"\n`);
    await chmod(program, 0o755);
  });
  afterAll(async () => {
    await labDown({ dir: join(home(), "lab") });
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Types a command, the one before having ended with `before`. Both outputs are one, as on a terminal. */
  const type = (command: string, before: number) =>
    new Promise<{ readonly code: number; readonly printed: string }>((resolve) => {
      const env = {
        PATH: `${join(place, "bin")}:${process.env["PATH"] ?? ""}`,
        HOME: home(),
        LANG: "C.UTF-8",
        TERM: "xterm",
        NO_COLOR: "1",
      };
      const line = `exec 2>&1; (exit ${before}); ${command}`;
      const child = spawn("sh", ["-c", line], { cwd: home(), env, stdio: ["ignore", "pipe", "inherit"] });
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
      child.once("close", (code) => resolve({ code: code ?? -1, printed }));
    });

  test("is what happens", { timeout: 240_000 }, async () => {
    let code = 0;
    let compared = 0;
    for (const move of movesOf(page("docs/tutorial.md"))) {
      if (move.kind === "write") {
        await writeFile(join(home(), move.file), move.text);
        continue;
      }
      const { command, shown, line } = move;
      const ended = await type(command, code);
      code = ended.code;
      const printed = alike(ended.printed.replaceAll(home(), YOU));
      if (shown === "") expect([command, code, printed.includes("bug")]).toEqual([command, 0, false]);
      else if (!shows(alike(shown), printed)) {
        expect(printed, `docs/tutorial.md:${line}: $ ${command}`).toBe(alike(shown));
      } else compared++;
    }
    expect(compared).toBeGreaterThan(8);
  });
});

/** Recipes that have a front matter, or are looked at by themselves, with what is given besides. */
const ALONE: Readonly<Record<string, readonly string[]>> = {
  "Choose between alternatives": ["--input", "EDITOR=vi"],
  "Go on without a broken host": [],
  "Write or change a configuration file": [],
  "Take something back": [],
  "Take a secret from a password manager": ["--input", "API_KEY=the-key-of-the-weather"],
};

/** Recipes that are run as one guide: most of a short run is starting up. */
const TOGETHER: ReadonlySet<string> = new Set([
  "Run something only once",
  "Wait until something is ready",
  "Stop unless something is true",
  "Expect a failure",
  "Give each host a value of its own",
  "Do something on this machine",
  "Compare hosts",
  "Copy a file from host to host",
  "Make a token on one host and use it on others",
  "Ask before something is destroyed",
]);

/** Why the others are only planned. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "Set a deadline": "fetches something from the web",
  "Treat mixed systems alike": "installs something",
  "Upgrade one host after the other": "installs something",
  "Make a new token where the old one has expired": "needs a cluster",
  "Leave something to people": "a person does it",
};

describe("docs/cookbook.md", () => {
  const lab = useLoopbackLab({ count: 3 });
  const place = usePlace();

  test("has no recipe that is forgotten here", () => {
    const known = [...Object.keys(ALONE), ...TOGETHER, ...Object.keys(LEFT_OUT)];
    expect(known.toSorted()).toEqual(
      recipes()
        .map(({ heading }) => heading)
        .toSorted(),
    );
  });

  test("can be run, and taken back", async () => {
    await place().write(
      "hosts.yaml",
      hostsFile(lab().hosts, { "lab-2": { vars: { RACK: "left" } }, "lab-3": { vars: { RACK: "right" } } }),
    );
    const together = recipes().filter(({ heading }) => TOGETHER.has(heading));
    await place().write("together.md", together.map(({ heading, guide }) => `# ${heading}\n\n${guide}`).join("\n"));
    // One after the other: each of them has all hosts to itself.
    expectCode(0, await place().waymark("run", "together.md", "--yes"));
    for (const [heading, more] of Object.entries(ALONE)) {
      const file = `${heading}.md`;
      await place().write(file, recipes().find((recipe) => recipe.heading === heading)?.guide ?? "");
      expectCode(0, await place().waymark("run", file, ...more));
    }

    const home = lab().home("lab-2");
    expect(await linesOf(join(home, "cmdline.txt"))).toEqual(["console=tty1 rootwait cgroup_enable=memory"]);
    const key = await linesOf(join(lab().home("lab-1"), "cluster.key"));
    expect(key).not.toEqual([]);
    expect(await linesOf(join(home, "cluster.key"))).toEqual(key);
    expect(await linesOf(join(home, "label"))).toEqual(["lab-2 stands in the left rack"]);
    expect(await linesOf(join(home, "join-token"))).toHaveLength(1);
    expect(await linesOf(join(place().home, "for-hosts/lab-2/note"))).toHaveLength(1);

    expect(await linesOf(join(home, "service.conf"))).toEqual(["state = on"]);
    expectCode(0, await place().waymark("undo", "Take something back.md", "--yes"));
    expect(await linesOf(join(home, "service.conf"))).toEqual([]);
    expect(await linesOf(join(home, "service/state"))).toEqual([]);
  });
});

/** Without what differs from run to run: durations, days, what runs are called, and which host was first. */
function alike(text: string): string {
  return text
    .replaceAll(/(?:^  [✔✖] lab-.*\n)+/gm, (tasks) => `${tasks.trimEnd().split("\n").toSorted().join("\n")}\n`)
    .replaceAll(/\b(?:\d+ min )?\d+(?:\.\d)? s\b/g, "0.0 s")
    .replaceAll(/\b\d{8}-\d{6}-[0-9a-f]{4}\b/g, "RUN")
    .replaceAll(/\bnotes-\d{4}-\d\d-\d\d\b/g, "notes-DAY");
}

/** Whether that is what was printed; `[..]` and lines `...` are as in guides. */
function shows(shown: string, printed: string): boolean {
  const pattern = readPattern(shown.split("\n"), () => ({ missing: "no variables here" }), []);
  return "lines" in pattern && matchesOutput(pattern.lines, linesOfOutput(printed));
}
