import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { promisify } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Everything in examples/ is sound, runs, and leaves behind what it says and nothing else. The first cluster has a
 * test of its own (demo.test.ts).
 */

const EXAMPLES = join(import.meta.dirname, "../../examples");
const guides = readdirSync(EXAMPLES).filter((name) => name.endsWith(".md"));

/** Guides that leave something in the homes of their hosts. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  "files.md": ["files"],
  "copy.md": ["copy"],
  "idempotent.md": ["idempotent"],
  "in-the-background.md": ["clock"],
  "verify-later.md": ["verify-later.conf"],
};

/** Guides that have changed files, the originals of which are kept. */
const KEPT: ReadonlySet<string> = new Set(["files.md"]);

const hasPython = await promisify(execFile)("python3", ["-c", ""]).then(
  () => true,
  () => false,
);

/** What is given besides: shorter waits, and what this machine has. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  "interrupt-me.md": ["--input", "TICKS=1"],
  "languages.md": ["--input", `PYTHON=${hasPython}`],
};

describe("the examples", () => {
  const lab = useLoopbackLab({ count: 3 });
  const place = usePlace();

  beforeEach(async () => {
    await symlink(EXAMPLES, join(place().dir, "examples"));
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    // Node.js need not be installed for everybody on the machine that runs the tests.
    const profile = `PATH='${dirname(execPath)}':"$PATH"\n`;
    for (const { name } of lab().hosts) {
      const home = lab().home(name);
      for (const folder of [home, lab().tmp(name)]) {
        for (const left of await readdir(folder)) await rm(join(folder, left), { recursive: true, maxRetries: 5 });
      }
      await writeFile(join(home, ".profile"), profile);
    }
  });

  const run = async (guide: string, ...more: readonly string[]) =>
    place().waymark("run", join("examples", guide), "-i", "hosts.yaml", ...more);

  const filesOf = async (folder: string) => (await readdir(folder)).filter((name) => name !== ".profile");

  /** Of one step, the status of its task on each host. */
  const statuses = (stdout: string, step: string) =>
    Object.fromEntries(
      eventsOf(stdout, "task-finished")
        .filter((event) => event.step === step)
        .map(({ host, status }) => [host, status]),
    );

  test("have no problems", async () => {
    const { stdout } = expectCode(0, await place().waymark("check", ...guides.map((name) => join("examples", name))));
    expect(stdout).toBe(`${guides.length} guides: no problems\n`);
  });

  test.each(guides.filter((name) => !["first-cluster.md", "ask-first.md"].includes(name)))(
    "%s passes",
    async (guide) => {
      expectCode(0, await run(guide, ...(INPUTS[guide] ?? [])));
      for (const { name } of lab().hosts) {
        expect(await filesOf(lab().home(name))).toEqual(LEFT[guide] ?? []);
        expect(await filesOf(lab().tmp(name))).toHaveLength(KEPT.has(guide) ? 1 : 0);
      }
    },
  );

  test("copy.md copies nothing again that is there", async () => {
    expectCode(0, await run("copy.md"));
    const { stdout } = expectCode(0, await run("copy.md", "--json"));
    expect(statuses(stdout, "hand-out")).toEqual({ "lab-2": "unchanged", "lab-3": "unchanged" });
    expect(statuses(stdout, "upload")).toEqual({ "lab-1": "unchanged", "lab-2": "unchanged", "lab-3": "unchanged" });
    expect(statuses(stdout, "download")).toEqual({ local: "ok" });
  });

  test("files.md finds every file as it should be when it is run again, and keeps no original then", async () => {
    const first = expectCode(0, await run("files.md", "--json"));
    expect(statuses(first.stdout, "overlay")).toEqual({ "lab-1": "ok", "lab-2": "ok", "lab-3": "ok" });
    const { stdout } = expectCode(0, await run("files.md", "--json"));
    for (const step of ["daemon", "mirror", "overlay", "cgroups"]) {
      expect(statuses(stdout, step)).toEqual({ "lab-1": "unchanged", "lab-2": "unchanged", "lab-3": "unchanged" });
    }
    for (const { name } of lab().hosts) expect(await filesOf(lab().tmp(name))).toEqual([]);
  });

  test("files.md changes what has become another, and keeps that", async () => {
    expectCode(0, await run("files.md"));
    const changed = expectCode(0, await run("files.md", "--json", "--input", "MIRROR=https://other.example.org"));
    expect(statuses(changed.stdout, "mirror")).toEqual({ "lab-1": "ok", "lab-2": "ok", "lab-3": "ok" });
    expect(changed.stdout).toContain("-mirror = https://mirror.example.org\\n+mirror = https://other.example.org\\n");
    for (const { name } of lab().hosts) {
      const folder = join(lab().home(name), "files");
      const text = await readFile(join(folder, "mirror.conf"), "utf8");
      expect(text).toBe("# For $WHOEVER reads this: made by a guide.\nmirror = https://other.example.org\n");
      const backup = (await readdir(folder)).filter((file) => file.startsWith("mirror.conf.waymark-"));
      expect(backup).toHaveLength(1);
      expect(await readFile(join(folder, backup[0] ?? ""), "utf8")).toContain("https://mirror.example.org");
    }
  });

  test("ask-first.md rests wherever somebody is wanted, and passes once all is answered", async () => {
    const first = expectCode(3, await run("ask-first.md", "--input", "KEEP=notes"));
    expect(first.stdout).toContain("Have you seen what there is?");
    const second = expectCode(3, await place().waymark("resume"));
    expect(second.stdout).toContain("Delete all but notes?");
    const third = expectCode(3, await place().waymark("resume", "--confirm", "delete"));
    expect(third.stdout).toContain("shredder");
    expect(third.stdout).toMatch(/waymark resume \S+ --done by-hand/);
    const last = expectCode(0, await place().waymark("resume", "--done", "by-hand", "--yes"));
    expect(last.stdout).toContain("[fix of tidy]");
    for (const { name } of lab().hosts) expect(await filesOf(lab().home(name))).toEqual([]);
  });

  test("idempotent.md has nothing left to do when it is run again", async () => {
    expectCode(0, await run("idempotent.md"));
    const { stdout } = expectCode(0, await run("idempotent.md", "--json"));
    for (const step of ["install", "setting"]) {
      expect(statuses(stdout, step)).toEqual({ "lab-1": "skipped", "lab-2": "skipped", "lab-3": "skipped" });
    }
  });

  test("set-aside.md goes on without the broken host, which catches up once it is mended", async () => {
    const failed = expectCode(1, await run("set-aside.md", "--json", "--input", "BROKEN=lab-3"));
    expect(statuses(failed.stdout, "configure")).toEqual({ "lab-1": "ok", "lab-2": "ok" });
    const resume = await place().waymark("resume", "--retry-failed", "--json", "--input", "BROKEN=");
    expectCode(0, resume);
    expect(statuses(resume.stdout, "unpack")).toEqual({ "lab-3": "ok" });
    expect(statuses(resume.stdout, "configure")).toEqual({ "lab-3": "ok" });
  });

  test("inputs-and-choices.md follows the choice, and refuses what is none", async () => {
    const { stdout } = expectCode(0, await run("inputs-and-choices.md", "--json", "--input", "NETWORK=calico"));
    const started = eventsOf(stdout, "task-started").map(({ step }) => step);
    expect(started).toContain("calico");
    expect(started).not.toContain("flannel");
    const { stderr } = expectCode(2, await run("inputs-and-choices.md", "--input", "NETWORK=flanel"));
    expect(stderr).toContain("Did you mean `flannel`?");
  });

  test("secrets.md shows and keeps no secret", async () => {
    const key = "the-key-of-the-weather-service";
    const { stdout } = expectCode(0, await run("secrets.md", "--json", "--input", `API_KEY=${key}`));
    expect(stdout).toContain("Authorization: Bearer «secret»");
    for (const text of [...place().printed, ...(await place().stateFiles()).values()]) {
      expect(text.includes(key)).toBe(false);
    }
  });

  test("when-and-facts.md names one download for each host", async () => {
    const { stdout } = expectCode(0, await run("when-and-facts.md", "--json"));
    for (const { name } of lab().hosts) {
      const ran = ["intel", "arm", "other"].filter((step) => statuses(stdout, step)[name] === "ok");
      expect(ran).toHaveLength(1);
    }
    expect(statuses(stdout, "role")).toEqual({ "lab-1": "skipped", "lab-2": "ok", "lab-3": "ok" });
  });
});
