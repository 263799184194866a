import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { identify } from "../../src/lab/process-identity.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * Runs of a part of a guide, runs that are given up, and runs that somebody else looks at meanwhile.
 */

describe("a part of a guide", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();
  const effects = (host: string, file: string) => linesOf(join(lab().home(host), file));

  async function write(file: string): Promise<void> {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const note = (step: string) => `echo ${step} >> "$HOME/${file}"`;
    await place().write(
      "guide.md",
      [
        "# Three steps",
        block("bash {#one on=all capture=WORD}", note("one"), "echo hello"),
        block("bash {#two on=all}", note("two")),
        block("bash {#three on=all}", note("three"), 'echo "$WORD"'),
      ].join("\n"),
    );
  }

  test("is partial, not in the way of a new run, and what is left can be run", async () => {
    await write("parts");
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--until", "two", "--limit", "alpha"));
    expect(stdout).toMatch(/partial/);
    expect(stdout).toContain("not selected: one on beta, two on beta, three");
    expect(stdout).toMatch(/the rest +waymark resume/);
    expect(await effects("alpha", "parts")).toEqual(["one", "two"]);
    expect(await effects("beta", "parts")).toEqual([]);

    // What it captured is known to those that run later.
    expectCode(0, await place().waymark("resume", "guide.md", "--only", "three", "-l", "alpha"));
    expect(await effects("alpha", "parts")).toEqual(["one", "two", "three"]);

    expectCode(0, await place().waymark("resume"));
    for (const host of ["alpha", "beta"]) expect(await effects(host, "parts")).toEqual(["one", "two", "three"]);
    expectCode(2, await place().waymark("resume"));
  });

  test("can be followed by a new run, after which nothing is left to resume", async () => {
    await write("anew");
    expectCode(0, await place().waymark("run", "guide.md", "--only", "one", "--only", "two"));
    expectCode(0, await place().waymark("run", "guide.md"));
    expectCode(2, await place().waymark("resume", "guide.md"));
    expect(await effects("alpha", "anew")).toEqual(["one", "two", "one", "two", "three"]);
  });

  test("that needs what only another step sets is refused before anything runs", async () => {
    await write("refused");
    const { stderr } = expectCode(2, await place().waymark("run", "guide.md", "--only", "three"));
    expect(stderr).toContain("step `one`, which would set it, is skipped (not selected)");
    expect(await effects("alpha", "refused")).toEqual([]);
  });
});

describe("a run that is given up", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();

  async function startForEver(): Promise<readonly number[]> {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write(
      "guide.md",
      `# For ever\n\n${block("bash {#wait on=all}", 'echo $$ > "$HOME/pid"', "echo begun", "sleep 600")}`,
    );
    const running = place().start(["run", "guide.md", "--json"]);
    await running.until((stdout) => stdout.split("begun\\n").length > lab().hosts.length);

    const busy = expectCode(3, await place().waymark("abandon", await place().lastRun()));
    expect(busy.stderr).toContain("in use by process");
    running.kill("SIGKILL");
    await running.ended;
    return Promise.all(
      lab().hosts.map(async ({ name }) => Number(await readFile(join(lab().home(name), "pid"), "utf8"))),
    );
  }

  test("has nothing at work any more, leaves nothing on its hosts, and is over", async () => {
    const jobs = await startForEver();
    for (const pid of jobs) expect(await identify(pid)).toBeDefined();
    const run = await place().lastRun();

    const { stdout } = expectCode(0, await place().waymark("abandon", run));
    expect(stdout).toBe(`${run} given up\n`);
    for (const pid of jobs) expect(await identify(pid), `process ${pid}`).toBeUndefined();
    for (const { name } of lab().hosts) expect(await readdir(lab().tmp(name))).toEqual([]);
    expect((await place().journal()).at(-1)).toMatchObject({ type: "run-finished", status: "abandoned" });

    const again = expectCode(0, await place().waymark("abandon", run));
    expect(again.stdout).toBe(`${run} was given up before\n`);
    expect(expectCode(2, await place().waymark("resume", run)).stderr).toContain("was given up");
    expect(expectCode(2, await place().waymark("resume")).stderr).toContain("no run is unfinished");
    expect(expectCode(0, await place().waymark("show", run)).stdout).toContain("abandoned");
  });

  test("says which host could not be reached, and leaves it to clean", async () => {
    const [alpha] = await startForEver();
    const run = await place().lastRun();
    await place().write("hosts.yaml", hostsFile(lab().hosts, { alpha: { port: 1 } }));
    const { stderr } = expectCode(4, await place().waymark("abandon", run));
    expect(stderr).toContain("alpha was not released");
    expect(stderr).toContain(`waymark clean ${run}`);
    expect(await identify(alpha ?? 0)).toBeDefined();

    await place().write("hosts.yaml", hostsFile(lab().hosts));
    // By its guide, as it was started.
    expectCode(0, await place().waymark("clean", "guide.md"));
    expect(await identify(alpha ?? 0)).toBeUndefined();
    for (const { name } of lab().hosts) expect(await readdir(lab().tmp(name))).toEqual([]);
  });

  test("is seen to its end by whoever follows it", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const gate = join(lab().dir, "gate");
    const wait = `while [ ! -e '${gate}' ]; do sleep 0.05; done`;
    await place().write("guide.md", `# Followed\n\n${block("bash {#slow on=all}", "echo begun", wait, "echo over")}`);
    const running = place().start(["run", "guide.md", "--json"]);
    await running.until((stdout) => stdout.split("begun\\n").length > lab().hosts.length);
    const follower = place().start(["show", "--follow"]);
    await follower.until((stdout) => stdout.includes("on alpha, beta"));
    await writeFile(gate, "");
    const { stdout } = expectCode(0, await running.ended);
    const seen = expectCode(0, await follower.ended);
    expect(seen.stdout).toContain("| over");
    expect(seen.stdout).toContain("passed");
    const events = expectCode(0, await place().waymark("show", "--follow", "--json"));
    expect(eventsOf(events.stdout, "run-finished")).toEqual(eventsOf(stdout, "run-finished"));
  });
});
