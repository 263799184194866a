import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Before a run: which hosts answer, what they are, and what is wrong with them. Nothing is left on any.
 */

interface Line {
  readonly host: string;
  readonly reachable: boolean;
  readonly user?: string;
  readonly latencyMs?: number;
  readonly clockSkewMs?: number;
  readonly clockUncertaintyMs?: number;
  readonly folder?: string;
  readonly problems: readonly { readonly code: string; readonly hosts: readonly string[] }[];
}

const parse = (stdout: string): readonly Line[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

describe("waymark hosts", () => {
  const lab = useLoopbackLab({ names: ["one", "two", "three"], groups: ["master", "worker"] });
  const place = usePlace();

  beforeEach(async () => {
    for (const { name } of lab().hosts) await writeFile(join(lab().home(name), ".profile"), "");
  });

  test("says of every host of hosts.yaml what it is, and leaves nothing there", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const { stdout, stderr } = expectCode(0, await place().waymark("hosts"));
    expect(stderr).toBe("");
    const [titles, ...rows] = stdout.split("\n");
    expect(titles).toMatch(/^ {2}host +user +ms +system +sudo +clock +free$/);
    for (const [index, { name }] of lab().hosts.entries()) {
      expect(rows[index]).toMatch(new RegExp(`^! ${name} +${lab().user} +[0-9.]+ +\\S+ .*\\S+ +ok +[0-9.]+ [GM]B`));
    }
    // They are one machine, and it is said, for it may be a mistake in the file.
    expect(stdout).toMatch(/^! one, two, three: These are one machine, \S+$/m);
    for (const { name } of lab().hosts) expect(await readdir(lab().tmp(name))).toEqual([]);
  });

  test("tells programs the same, one host a line", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const { stdout } = expectCode(0, await place().waymark("hosts", "--json", "--limit", "worker"));
    const lines = parse(stdout);
    expect(lines.map(({ host }) => host)).toEqual(["two", "three"]);
    for (const line of lines) {
      expect(line).toMatchObject({ reachable: true, user: lab().user, folder: lab().tmp(line.host) });
      expect(line.latencyMs).toBeGreaterThan(0);
      // It is this machine's clock, asked over a way that takes its time.
      expect(Math.abs(line.clockSkewMs ?? Infinity) - (line.clockUncertaintyMs ?? 0)).toBeLessThan(2000);
      expect(line.problems).toMatchObject([{ code: "WM6050", hosts: ["two", "three"] }]);
    }
  });

  test("takes the hosts of a guide", async () => {
    const { hosts } = JSON.parse(hostsFile([lab().host("three")])) as { readonly hosts: unknown };
    const text = `---\nrunbook: { hosts: ${JSON.stringify(hosts)} }\n---\n\n${block("bash {#a on=all}", "true")}`;
    await place().write("guide.md", text);
    const { stdout } = expectCode(0, await place().waymark("hosts", "guide.md", "--json"));
    expect(parse(stdout).map(({ host }) => host)).toEqual(["three"]);
  });

  test("names those that are out of reach, with what to do: exit 4", async () => {
    const unknown = await place().write("known_hosts", "");
    const stranger = { known_hosts: unknown };
    // Nobody listens there.
    const gone = { ...lab().host("three"), name: "gone", address: "127.0.0.1", port: 1 };
    await place().write("hosts.yaml", hostsFile([lab().host("one"), lab().host("two"), gone], { two: stranger }));
    const { stdout } = expectCode(4, await place().waymark("hosts"));
    expect(stdout).toMatch(/^\+ one +/m);
    expect(stdout).toMatch(/^x two +unreachable$/m);
    expect(stdout).toMatch(/^x gone +unreachable$/m);
    expect(stdout).toMatch(/^x gone \(127\.0\.0\.1:\d+\) cannot be reached: connection refused\n {2}Is an SSH server/m);
    expect(stdout).toMatch(/^x The key of two \(.*\) is not known: .*SHA256:.*\n {2}.*--accept-new/m);

    const again = expectCode(4, await place().waymark("hosts", "--accept-new", "--json"));
    expect(parse(again.stdout).map(({ reachable }) => reachable)).toEqual([true, true, false]);
  });

  test("says where a run would stop, and why: exit 1, whoever else is out of reach", async () => {
    await writeFile(join(lab().home("two"), ".profile"), "export WAYMARK_TMPDIR=/nowhere\n");
    await place().write("hosts.yaml", hostsFile(lab().hosts, { three: { port: 1 } }));
    const { stdout } = expectCode(1, await place().waymark("hosts"));
    expect(stdout).toMatch(/^x two: Nothing can be run: .*\/nowhere.*\n {2}.*WAYMARK_TMPDIR/m);
    expect(stdout).toMatch(/^x three +unreachable$/m);
  });

  test("ends at once when it is interrupted, and leaves nothing either", async () => {
    // Disks that do not answer.
    const homes = lab().hosts.map(({ name }) => lab().home(name));
    onTestFinished(() => Promise.all(homes.map((home) => rm(join(home, "df")))).then(() => undefined));
    for (const home of homes) {
      const waits = '#!/bin/sh\n: > "$HOME/asked"\nwhile [ -e "$0" ]; do sleep 0.1; done\n';
      await writeFile(join(home, "df"), waits, { mode: 0o755 });
      await writeFile(join(home, ".profile"), 'PATH="$HOME:$PATH"\n');
    }
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const running = place().start(["hosts"]);
    const asked = (): boolean => homes.every((home) => existsSync(join(home, "asked")));
    await expect.poll(asked, { timeout: 60_000 }).toBe(true);
    expect(await readdir(lab().tmp("two"))).not.toEqual([]);
    running.kill("SIGINT");
    const { stdout } = expectCode(130, await running.ended);
    expect(stdout).toBe("");
    for (const { name } of lab().hosts) expect(await readdir(lab().tmp(name))).toEqual([]);
  });

  test.each([
    { use: "no hosts at all", args: ["hosts"], says: "there are no hosts to reach" },
    { use: "a hosts file that is not there", args: ["hosts", "-i", "gone.yaml"], says: "gone.yaml" },
    { use: "a hosts file with a mistake", args: ["hosts", "-i", "broken.yaml"], says: "broken.yaml:1" },
    { use: "a guide that is not there", args: ["hosts", "gone.md"], says: "gone.md" },
    {
      use: "a name that nobody has",
      args: ["hosts", "-i", "good.yaml", "-l", "worker"],
      says: "no host or group is called worker",
    },
    { use: "a limit that leaves nobody", args: ["hosts", "-i", "good.yaml", "-l", "pi,!pi"], says: "matches no host" },
    { use: "no number", args: ["hosts", "-i", "good.yaml", "--parallel", "all"], says: "--parallel all" },
  ])("refuses $use: exit 2", async ({ args, says }) => {
    await place().write("broken.yaml", "hosts: { pi: { adress: 127.0.0.9 } }\n");
    await place().write("good.yaml", "hosts: { pi: { address: 127.0.0.9 } }\n");
    const { stdout, stderr } = expectCode(2, await place().waymark(...args));
    expect(stdout).toBe("");
    expect(stderr).toContain(says);
  });
});
