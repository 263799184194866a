import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/*
 * The package as npm would publish it, installed somewhere else: everything it needs is in it, or named by it.
 */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = "# Hello\n\nSay hello:\n\n```bash {on=all}\necho hello\n```\n";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("the package", () => {
  let dir = "";

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "waymark-package-"));
    await writeFile(join(dir, "package.json"), '{ "private": true }\n');
    await writeFile(join(dir, "guide.md"), GUIDE);
    // The build is there already: packing must not touch it while other tests use it.
    expect(await ran("npm", ["pack", "--ignore-scripts", "--pack-destination", dir], ROOT)).toMatchObject({ code: 0 });
    const tarball = (await readdir(dir)).find((name) => name.endsWith(".tgz"));
    const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`];
    expect(await ran("npm", install, dir)).toMatchObject({ code: 0 });
  }, 600_000);
  afterAll(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));

  const bin = (): string => join(dir, "node_modules/.bin/waymark");

  test("says its version and plans a guide where it is installed", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(await ran(bin(), ["--version"], dir)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const plan = await ran(bin(), ["plan", "guide.md", "--host", "worker=pi@127.0.0.9"], dir);
    expect(plan).toMatchObject({ code: 0, stderr: "" });
    expect(plan.stdout).toContain("Say hello");
    expect(plan.stdout).toContain("127.0.0.9");
  });

  test("runs a guide there", async () => {
    await writeFile(join(dir, "here.md"), GUIDE.replace("on=all", "on=local"));
    const run = await ran(bin(), ["run", "here.md", "--state-dir", join(dir, "state")], dir);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("hello");
  });

  test("brings what its users need, and nothing else of the project", async () => {
    const inside = join(dir, "node_modules/waymark");
    const names = (await readdir(inside)).filter((name) => name !== "node_modules");
    expect(names).toEqual(expect.arrayContaining(["LICENSE", "dist", "package.json"]));
    const known = new Set([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist",
      "examples",
      "package.json",
      "runbooks",
      "schema",
    ]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test("says in one line what it needs on a Node that is too old", async (context) => {
    const old = await oldNode();
    if (old === undefined) context.skip("there is no Node older than 22.12 on this machine");
    for (const args of [["--version"], ["plan", "guide.md"]]) {
      const { code, stdout, stderr } = await ran(old ?? "", [bin(), ...args], dir);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^waymark needs Node\.js 22\.12 or newer; this is \d+\.\d+\.\d+\n$/);
    }
  });
});

function ran(program: string, args: readonly string[], cwd: string): Promise<Ran> {
  const env = { ...process.env, PATH: [dirname(execPath), process.env["PATH"]].join(delimiter) };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
  });
}

/** A Node below 22.12 on the PATH, that of npm scripts aside. */
async function oldNode(): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(folder, "node");
    if (
      folder.includes("node_modules") ||
      !(await access(node).then(
        () => true,
        () => false,
      ))
    )
      continue;
    const { stdout } = await ran(node, ["--version"], "/");
    const [major = 0, minor = 0] = stdout.replace("v", "").split(".").map(Number);
    if (major < 22 || (major === 22 && minor < 12)) return node;
  }
  return undefined;
}
