import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * What steps export, and where they end, is there for the next ones: after kill -9, after an edit, and for looks at what
 * a run has left once it has passed.
 */

const SECRET = "correct-horse-battery";

const GUIDE = (slow: string, last: string): string =>
  [
    "---",
    'runbook: { inputs: { TOKEN: { secret: true, from: "echo correct-horse-battery" } }, defaults: { on: all } }',
    "---",
    "# Build",
    block(
      "bash {#enter}",
      "mkdir -p build/bin",
      "cd build",
      'export FLAGS="-O2 for $WAYMARK_HOST" HEADER="Bearer $TOKEN" PATH="$PWD/bin:$PATH"',
      "printf '%s\\n' '#!/bin/sh' 'echo \"made with $FLAGS\"' > bin/make-it",
      "chmod +x bin/make-it",
    ),
    block("bash {#slow}", "echo started", slow),
    block("sh {#use}", 'make-it >> made; echo "${HEADER-no header} ${PWD##*/}" >> made'),
    block("console {#look verify}", "$ make-it", "made with -O2 for [..]"),
    last,
  ].join("\n");

describe("what steps export, and where they end", () => {
  const lab = useLoopbackLab({ names: ["one", "two"] });
  const place = usePlace();

  const left = async (host: string): Promise<readonly string[]> => {
    const entries = await readdir(lab().tmp(host), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  test("outlives the process, and is kept for looks until a newer run has passed", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", GUIDE('until test -e "$HOME/enough"; do test -d "$HOME"; sleep 0.05; done', ""));
    const killed = place().start(["run", "guide.md", "--json"]);
    await killed.untilEvent("attempt-started", { step: "slow" });
    killed.kill("SIGKILL");
    await killed.ended;
    for (const { name } of lab().hosts) await writeFile(join(lab().home(name), "enough"), "");

    const { stdout } = expectCode(0, await place().waymark("resume", "guide.md", "--json"));
    for (const { name } of lab().hosts) {
      const made = await linesOf(join(lab().home(name), "build", "made"));
      expect(made).toEqual([`made with -O2 for ${name}`, "no header build"]);
    }
    const look = eventsOf(stdout, "task-started").find(({ step }) => step === "look");
    expect(look?.carries?.exports?.attempt).toBe(1);

    for (const { name } of lab().hosts) {
      const files = await left(name);
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        expect(file).toMatch(/\/[0-9a-f]{32}\.1\.env$/);
        expect(await readFile(file, "utf8")).not.toContain(SECRET);
      }
    }

    const first = await left("one");
    await place().write("guide.md", GUIDE("true", block("bash {#tidy}", "cd ~; rm -r build")));
    expectCode(0, await place().waymark("run", "guide.md"));
    const second = await left("one");
    expect(second.length).toBeGreaterThan(0);
    expect(second.filter((file) => first.includes(file))).toEqual([]);
    expectCode(0, await place().waymark("clean"));
    expect(await left("one")).toEqual([]);
  });

  test("is refused where it is gone, until the step that made it has run again", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const guide = [
      block("bash {#make on=one}", "export MADE=yes"),
      block("bash {#stop on=one}", 'test -e "$HOME/go-on"'),
      block("bash {#use on=one}", 'echo "$MADE"'),
      block("output", "yes"),
    ].join("\n");
    await place().write("guide.md", guide);
    expectCode(1, await place().waymark("run", "guide.md"));
    for (const file of (await left("one")).filter((name) => name.endsWith(".env"))) await rm(file);
    await writeFile(join(lab().home("one"), "go-on"), "");
    const refused = expectCode(1, await place().waymark("resume", "guide.md"));
    expect(refused.stdout + refused.stderr).toContain("what earlier steps exported is no longer on this host");
    expectCode(0, await place().waymark("resume", "guide.md", "--rerun", "make"));
  });
});
