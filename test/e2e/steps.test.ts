import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { identify } from "../../src/lab/process-identity.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type Ended, block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * What the keys of a step promise, seen from outside.
 */

const hasSudo = ((): boolean => {
  try {
    execFileSync("sudo", ["-n", "-u", "nobody", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe("steps", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();
  const home = (name: string, file: string): string => join(lab().home(name), file);

  async function run(...guide: readonly string[]): Promise<Ended> {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", guide.join("\n"));
    return place().waymark("run", "guide.md", "--json");
  }

  const finished = ({ stdout }: Ended, step: string) =>
    eventsOf(stdout, "task-finished").filter((event) => event.step === step);

  test("timeout=5s ends the attempt on the host, and all that it started", async () => {
    const ended = expectCode(
      1,
      await run(
        block(
          // Long enough to start it all on a busy machine.
          "bash {#sleepy on=alpha timeout=5s}",
          'echo $$ > "$HOME/pids"',
          'sleep 300 & echo $! >> "$HOME/pids"',
          '(sleep 301) & echo $! >> "$HOME/pids"',
          "echo before",
          "sleep 302",
        ),
      ),
    );
    expect(finished(ended, "sleepy")).toMatchObject([{ status: "failed", reason: "timed out after 5 s" }]);
    expect(eventsOf(ended.stdout, "attempt-finished")).toMatchObject([{ end: "timeout" }]);
    const pids = await linesOf(home("alpha", "pids"));
    expect(pids.length).toBe(3);
    for (const pid of pids) expect(await identify(Number(pid)), `process ${pid}`).toBeUndefined();
  });

  test("a host's own name is filled in wherever variables are", async () => {
    const ended = expectCode(
      0,
      await run(
        block("bash {on=all}", 'mkdir "$HOME/$WAYMARK_HOST"'),
        block('bash {#named on=all dir="~/$WAYMARK_HOST"}', "pwd"),
        block("output", "[..]/$WAYMARK_HOST"),
        block('bash {#there on=all creates="~/$WAYMARK_HOST"}', "exit 1"),
      ),
    );
    expect(finished(ended, "named").map(({ status }) => status)).toEqual(["ok", "ok"]);
    expect(finished(ended, "there").map(({ status }) => status)).toEqual(["skipped", "skipped"]);
  });

  test("retry and every: again until the expectations hold, and no more often", async () => {
    const ended = expectCode(
      0,
      await run(
        block("bash {#ready on=all retry=5 every=300ms}", 'echo try >> "$HOME/tries"', 'wc -l < "$HOME/tries"'),
        block("expect", 'int(lines[0]) >= (host.name == "alpha" ? 2 : 4)'),
      ),
    );
    const attempts = new Map(finished(ended, "ready").map(({ host, attempts }) => [host, attempts]));
    expect(attempts).toEqual(
      new Map([
        ["alpha", 2],
        ["beta", 4],
      ]),
    );
    expect((await linesOf(home("beta", "tries"))).length).toBe(4);
    const starts = eventsOf(ended.stdout, "attempt-started").filter(({ host }) => host === "beta");
    const judged = eventsOf(ended.stdout, "attempt-judged").filter(({ host }) => host === "beta");
    for (const [index, { at }] of starts.slice(1).entries()) {
      // Timers and clocks count whole milliseconds, each in its own way.
      expect(Date.parse(at) - Date.parse(judged[index]?.at ?? "")).toBeGreaterThan(295);
    }

    const failed = expectCode(
      1,
      await run(block("bash {#never on=alpha retry=2 every=10ms}", 'echo n >> "$HOME/nevers"; false')),
    );
    expect(finished(failed, "never")).toMatchObject([{ status: "failed", attempts: 3, exit: 1 }]);
    expect((await linesOf(home("alpha", "nevers"))).length).toBe(3);
  });

  test("when, unless and creates: what need not be done is skipped, with the reason", async () => {
    const guide = [
      block("bash {#when on=all when=\"host.name == 'beta'\"}", 'echo when >> "$HOME/skips"'),
      block('bash {#unless on=all unless="test -e ~/skips"}', 'echo unless >> "$HOME/skips"'),
      block('bash {#creates on=all creates="~/made"}', 'echo creates >> "$HOME/skips"; touch "$HOME/made"'),
      block('bash {#again on=all creates="~/made"}', 'echo again >> "$HOME/skips"'),
    ];
    const ended = expectCode(0, await run(...guide));
    expect(await linesOf(home("alpha", "skips"))).toEqual(["unless", "creates"]);
    expect(await linesOf(home("beta", "skips"))).toEqual(["when", "creates"]);
    expect(finished(ended, "when").find(({ host }) => host === "alpha")).toMatchObject({
      status: "skipped",
      reason: "when is false: host.name == 'beta'",
      attempts: 0,
    });
    expect(finished(ended, "unless").find(({ host }) => host === "beta")).toMatchObject({
      status: "skipped",
      reason: expect.stringContaining("test -e ~/skips"),
    });
    expect(finished(ended, "again").map(({ status }) => status)).toEqual(["skipped", "skipped"]);
  });

  test("capture: a value of one host reaches the others as it is, whatever is in it", async () => {
    const value = String.raw`$(touch ~/owned) "quoted" 'too' \n ünïcode`;
    expectCode(
      0,
      await run(
        block("bash {#make on=alpha capture=VALUE}", `cat <<'EOF'\n${value}\n  second line\nEOF`),
        block("bash {#use on=beta}", 'printf "%s" "$VALUE" > "$HOME/value"'),
        block("bash {#each on=all capture=NAME}", 'echo "$WAYMARK_HOST"'),
        block("bash {#own on=all}", 'echo "$NAME" > "$HOME/name"'),
        block("expect", 'captures.NAME == {"alpha": "alpha", "beta": "beta"}'),
      ),
    );
    expect(await readFile(home("beta", "value"), "utf8")).toBe(`${value}\n  second line`);
    expect(await linesOf(home("beta", "owned"))).toEqual([]);
    expect(await linesOf(home("alpha", "name"))).toEqual(["alpha"]);
    expect(await linesOf(home("beta", "name"))).toEqual(["beta"]);
  });

  test("a capture that several hosts have is no value for another: an error that names the step", async () => {
    const ended = await run(
      block("bash {#each on=all capture=NAME}", 'echo "$WAYMARK_HOST"'),
      block("bash {#here on=local}", 'echo "$NAME"'),
    );
    expectCode(1, ended);
    expect(finished(ended, "here")).toMatchObject([{ status: "failed", reason: expect.stringContaining("each") }]);
  });

  test("inputs reach a step as data, never as shell text", async () => {
    await place().write("hosts.yaml", hostsFile([lab().host("alpha")]));
    const front = "---\nrunbook: { inputs: { WORDS: { description: Anything } } }\n---\n";
    await place().write("guide.md", `${front}\n${block("bash {#say on=all}", 'printf "%s" "$WORDS" > "$HOME/words"')}`);
    const words = "$(touch ~/owned); `id` \"x\" 'y' \\ ${HOME}\nnext";
    expectCode(0, await place().waymark("run", "guide.md", "--input", `WORDS=${words}`));
    expect(await readFile(home("alpha", "words"), "utf8")).toBe(words);
    expect(await linesOf(home("alpha", "owned"))).toEqual([]);
  });

  test("a passed run leaves no script, output or value behind on its hosts", async () => {
    const { stdout } = expectCode(0, await run(block("bash {#quiet on=all}", "echo nothing to see")));
    const token = eventsOf(stdout, "run-started")[0]?.token ?? "no run";
    for (const { name } of lab().hosts) {
      const left = await readdir(lab().tmp(name));
      expect(
        left.filter((entry) => entry.includes(token)),
        name,
      ).toEqual([]);
    }
  });

  test("and `clean` removes what a failed one has left, while nobody goes on with it", async () => {
    const { stdout } = expectCode(1, await run(block("bash {#loud on=all}", "echo too much; false")));
    const token = eventsOf(stdout, "run-started")[0]?.token ?? "no run";
    const left = async (): Promise<number> => {
      const entries = await Promise.all(lab().hosts.map(({ name }) => readdir(lab().tmp(name))));
      return entries.flat().filter((entry) => entry.includes(token)).length;
    };
    expect(await left()).toBe(lab().hosts.length);
    const id = await place().lastRun();
    const slowly = ': >"$HOME/asked"; until [ -e "$HOME/gate" ]; do sleep 0.05; done; exec /bin/rm "$@"';
    await mkdir(home("alpha", "slow"));
    await writeFile(home("alpha", "slow/rm"), `#!/bin/sh\n${slowly}\n`, { mode: 0o755 });
    await writeFile(home("alpha", ".profile"), 'PATH="$HOME/slow:$PATH"\n');
    const cleaning = place().start(["clean", id]);
    await expect.poll(() => existsSync(home("alpha", "asked")), { timeout: 30_000 }).toBe(true);
    const { stderr } = expectCode(3, await place().waymark("resume", id));
    expect(stderr).toContain("the run is in use by process");
    // Over NFS nothing that is open can be removed.
    const open = `/proc/${cleaning.pid}/fd`;
    const files = await Promise.all((await readdir(open)).map((fd) => readlink(join(open, fd)).catch(() => "")));
    expect(files.filter((file) => file.includes(id))).toEqual([]);
    await writeFile(home("alpha", "gate"), "");
    expectCode(0, await cleaning.ended);
    await rm(home("alpha", ".profile"));
    expect(await left()).toBe(0);
    expect(expectCode(0, await place().waymark("runs")).stdout).not.toContain(id);
  });

  test.skipIf(!hasSudo)("sudo=USER: as that user, with the variables it uses", async () => {
    const ended = expectCode(
      0,
      await run(
        block("bash {#make on=alpha capture=VALUE}", "echo 'a value'"),
        block("bash {#as-nobody on=all sudo=nobody}", 'id -un; echo "$VALUE"'),
        block("output", "nobody", "a value"),
        block("bash {#as-root on=all sudo}", "id -un"),
        block("output", "root"),
      ),
    );
    expect(finished(ended, "as-nobody").map(({ status }) => status)).toEqual(["ok", "ok"]);
  });
});
