import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { CheckFinished } from "../../src/model/event.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * `verify` steps are looked at again: before a run goes on, and whenever somebody wants to know.
 */

describe("verify steps", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();
  let round = 0;
  let file = "";

  beforeEach(async () => {
    file = `state-${++round}`;
    await place().write("hosts.yaml", hostsFile(lab().hosts));
  });

  const onHost = (name: string, suffix = ""): string => join(lab().home(name), `${file}${suffix}`);

  /** A file, a look at it, and whatever follows. */
  const guide = (...more: readonly string[]): string =>
    [
      "# A file",
      block("bash {#make on=all}", `echo good > "$HOME/${file}"`, `export WHERE="$HOME/${file}"`),
      block("bash {#name on=alpha capture=WORD}", "echo good"),
      block("bash {#look on=all verify}", `echo looked >> "$HOME/${file}-looks"`, 'cat "$WHERE"'),
      block("output", "$WORD"),
      ...more,
    ].join("\n\n");

  const printed = (stdout: string): readonly CheckFinished[] =>
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as CheckFinished);

  const filesOfRuns = async (): Promise<readonly string[]> =>
    [...(await place().stateFiles()).keys()].filter((path) => path.includes("/runs/"));

  test("that need a terminal are not looked at without one", async () => {
    await place().write(
      "guide.md",
      [block("bash {#menu on=all interactive verify}", "test -t 0"), block("bash {#look on=all verify}", "true")].join(
        "\n",
      ),
    );
    const { stdout } = expectCode(0, await place().waymark("verify", "guide.md", "--json"));
    expect(new Set(printed(stdout).map(({ step }) => step))).toEqual(new Set(["look"]));
  });

  test("that had passed are looked at once when a run goes on; drift is told, and fails nothing", async () => {
    const last = block("bash {#last on=all}", `[ -e "$HOME/${file}-ready" ]`);
    await place().write("guide.md", guide(last));
    expectCode(1, await place().waymark("run", "guide.md"));
    await writeFile(onHost("beta"), "bad\n");
    for (const name of ["alpha", "beta"]) await writeFile(onHost(name, "-ready"), "");

    const { stdout } = expectCode(0, await place().waymark("resume", "guide.md", "--json"));
    expect(eventsOf(stdout, "check-started")).toMatchObject([{ step: "look", hosts: ["alpha", "beta"] }]);
    expect(eventsOf(stdout, "check-finished")).toMatchObject([
      { step: "look", host: "alpha", status: "ok" },
      { step: "look", host: "beta", status: "drifted", reason: "the output is not what the guide shows" },
    ]);
    const types = printed(stdout).map(({ type }) => type as string);
    expect(types.lastIndexOf("check-finished")).toBeLessThan(types.indexOf("step-started"));
    expect(eventsOf(stdout, "task-started").map(({ step }) => step)).toEqual(["last", "last"]);
    expect(await linesOf(onHost("alpha", "-looks"))).toEqual(["looked", "looked"]);
  });

  test("on a host that is out of reach are not verifiable, and the run goes on", async () => {
    const last = block("bash {#last on=alpha}", `[ -e "$HOME/${file}-ready" ]`);
    await place().write("guide.md", guide(last));
    expectCode(1, await place().waymark("run", "guide.md"));
    await place().write("hosts.yaml", hostsFile(lab().hosts, { beta: { port: 9 } }));
    await writeFile(onHost("alpha", "-ready"), "");
    const { stdout } = expectCode(0, await place().waymark("resume", "guide.md"));
    expect(stdout).toContain("1 check: 1 hold - 1 not verifiable");
    expect(stdout).toMatch(/beta: not verifiable: beta .*cannot be reached/);
  });

  test("can be looked at on their own, with what the last run knew; nothing is printed while all is well", async () => {
    await place().write("guide.md", guide());
    expectCode(0, await place().waymark("run", "guide.md"));
    const runs = await filesOfRuns();
    const well = expectCode(0, await place().waymark("verify", "guide.md"));
    expect(well.stdout + well.stderr).toBe("");
    // Nothing but the check has run, and what it needs next time is still there.
    expect(await linesOf(onHost("alpha", "-looks"))).toEqual(["looked", "looked"]);
    await writeFile(onHost("beta"), "bad\n");
    const drift = expectCode(1, await place().waymark("verify", "guide.md"));
    expect(drift.stdout).toContain("1 check: 1 hold - 1 drifted");
    expect(drift.stdout).toMatch(/x beta: the output is not what the guide shows\n[^]*- good\n[^]*\+ bad/);
    expect(await filesOfRuns()).toEqual(runs);

    const { stdout } = expectCode(1, await place().waymark("verify", "guide.md", "--json"));
    expect(printed(stdout)).toMatchObject([
      { v: 1, seq: 1, type: "check-finished", step: "look", host: "alpha", status: "ok", exit: 0 },
      { v: 1, seq: 2, type: "check-finished", step: "look", host: "beta", status: "drifted" },
    ]);
    expectCode(0, await place().waymark("verify", "guide.md", "-l", "alpha"));
    await writeFile(onHost("beta"), "good\n");
    expectCode(0, await place().waymark("verify", "guide.md"));

    // What was seen is told like a run, and on the page of the guide; it is in the way of none.
    expect(await filesOfRuns()).toEqual(runs);
    const looks = (await readdir(join(place().state, "verify"))).toSorted().toReversed();
    expect(looks).toHaveLength(3);
    const shown = expectCode(0, await place().waymark("show", looks[0] ?? ""));
    expect(shown.stdout).toMatch(/^verify [^]*look .* 2 \+\n[^]*passed - 1\/1 steps/);
    expectCode(0, await place().waymark("publish", "guide.md", "--out", "site", "--run"));
    const page = await readFile(join(place().dir, "site/index.html"), "utf8");
    expect(page).toMatch(/> Last verified <time datetime="[^"]+">[-\d]+<\/time> on 2 hosts with .+, by Waymark/);
    const days = [...page.matchAll(/Passed on (\d hosts?), <time datetime="([^"]+)"/g)].map(([, on, at]) => [on, at]);
    expect(days.map(([on]) => on)).toEqual(["2 hosts", "1 host", "2 hosts"]);
    const [event] = eventsOf(
      await readFile(join(place().state, "verify", looks[0] ?? "", "journal.ndjson"), "utf8"),
      "check-finished",
    );
    expect(days[2]?.[1]).toBe(event?.at);
  });

  test("that need what is gone are not verifiable, which is no drift", async () => {
    await place().write("guide.md", guide());
    const { stdout } = expectCode(0, await place().waymark("verify", "guide.md", "--json"));
    expect(printed(stdout)).toMatchObject([
      { host: "alpha", status: "unverifiable" },
      { host: "beta", status: "unverifiable" },
    ]);
    expect(await linesOf(onHost("alpha"))).toEqual([]);
  });

  test("on hosts out of reach alone end with 4, with drift elsewhere as well with 1", async () => {
    await place().write("guide.md", guide());
    expectCode(0, await place().waymark("run", "guide.md"));
    await place().write("hosts.yaml", hostsFile(lab().hosts, { beta: { port: 9 } }));
    expectCode(4, await place().waymark("verify", "guide.md"));
    await rm(onHost("alpha"));
    expectCode(1, await place().waymark("verify", "guide.md"));
  });

  test("work while a run is on", async () => {
    const gate = join(lab().dir, `${file}-gate`);
    const wait = `while [ ! -e '${gate}' ]; do cd "$HOME"; sleep 0.05; done`;
    await place().write("guide.md", guide(block("bash {#wait on=alpha}", wait)));
    const run = place().start(["run", "guide.md", "--json"]);
    await run.untilEvent("attempt-started", { step: "wait" });
    expectCode(0, await place().waymark("verify", "guide.md"));
    await writeFile(gate, "");
    expectCode(0, await run.ended);
  });

  test("leave nothing on their hosts, and need no run before", async () => {
    await place().write("guide.md", block("console {on=all verify}", "$ echo fine", "fine"));
    for (const before of ["no run", "a run"]) {
      if (before === "a run") expectCode(0, await place().waymark("run", "guide.md"));
      for (const { name } of lab().hosts) await rm(lab().tmp(name), { recursive: true, maxRetries: 5 });
      for (const { name } of lab().hosts) await mkdir(lab().tmp(name), { mode: 0o777 });
      expectCode(0, await place().waymark("verify", "guide.md"));
      for (const { name } of lab().hosts) expect(await readdir(lab().tmp(name))).toEqual([]);
    }
  });

  test("must exist", async () => {
    await place().write("guide.md", block("bash {on=all}", "true"));
    const { stderr } = expectCode(2, await place().waymark("verify", "guide.md"));
    expect(stderr).toContain("WM8030");
  });
});
