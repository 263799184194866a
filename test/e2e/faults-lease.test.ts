import { spawnSync } from "node:child_process";
import { mkdir, readFile, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type EffectStep, type Faults, onLoopback, startFaults } from "./faults.ts";
import { eventsOf, expectCode } from "./waymark.ts";

/*
 * Two operators and one host, against real sshd: one of them has it, the other waits or rests, and is told who. Each
 * test has a host of its own.
 */

const lab = useLoopbackLab({
  names: ["taken", "awaited", "given-up", "bounded", "orphaned", "asleep", "raced", "looked-at", "littered"],
});

type OnTestFinished = Parameters<typeof startFaults>[1];

const gate = (name: string): string => join(lab().home(name), "gate");
const until = 'while [ ! -e "$HOME/gate" ]; do cd "$HOME"; sleep 0.05; done';
const open = (name: string): Promise<void> => writeFile(gate(name), "");

/** Two operators, each with a guide and a state folder, who mean the same host. */
async function two(name: string, onTestFinished: OnTestFinished, keys = "on=all"): Promise<[Faults, Faults]> {
  const only = { ...onLoopback(lab()), hosts: [lab().host(name)] };
  const [ours, theirs] = [await startFaults(only, onTestFinished), await startFaults(only, onTestFinished)];
  const first: EffectStep[] = [{ id: "first", keys, lines: [until] }, { id: "second" }];
  const other: EffectStep[] = [{ id: "third" }, { id: "fourth" }];
  await ours.write(first);
  await theirs.write(other);
  for (const { id } of other) ours.others.add(id);
  for (const { id } of first) theirs.others.add(id);
  return [ours, theirs];
}

const begun = (faults: Faults) => {
  const running = faults.start("run");
  return { running, atWork: running.until((stdout) => stdout.includes("first begins")) };
};

/** The steps whose effects are on a host, in order. */
async function order(faults: Faults, name: string): Promise<readonly string[]> {
  const effects = await readFile(join(lab().home(name), "effects"), "utf8").catch(() => "");
  return effects
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ")[1] ?? "");
}

const leases = async (name: string): Promise<readonly string[]> =>
  (await readdir(lab().tmp(name))).filter((entry) => entry.startsWith("waymark-lease-"));

/** As if nobody had renewed a lease for longer than it is good for. */
async function age(name: string): Promise<void> {
  for (const entry of await leases(name)) {
    const file = join(lab().tmp(name), entry, "lease");
    const words = (await readFile(file, "utf8")).split(/ +/);
    const renewed = String(Number(words[6]) - 6500).padEnd(15);
    await writeFile(file, [...words.slice(0, 6), renewed, ...words.slice(7)].join(" "));
  }
}

describe("two runs at once", () => {
  test("the second rests before anything of it has run, and says who has the host", async ({ onTestFinished }) => {
    const [ours, theirs] = await two("taken", onTestFinished);
    const { running, atWork } = begun(ours);
    await atWork;
    const { stdout } = expectCode(3, await theirs.place.start(["run", "guide.md"]).ended);
    const run = await ours.place.lastRun();
    expect(stdout).toMatch(
      new RegExp(`taken is held by run ${run} of [^ ]+@[^ ]+ since \\d\\d:\\d\\d \\(renewed \\d+ s ago\\)`),
    );
    expect(stdout).toContain(`waymark resume ${await theirs.place.lastRun()} --wait 10m`);
    const journal = await theirs.place.journal();
    expect(journal.filter(({ type }) => type === "task-deferred")).toMatchObject([
      { step: "third", host: "taken", reason: "held", holder: { run, state: "connected" } },
    ]);
    expect(journal.at(-1)).toMatchObject({ type: "run-paused", reason: "held", step: "third", detail: "taken" });
    expect(journal.some(({ type }) => type === "task-started" || type === "host-connected")).toBe(false);

    await open("taken");
    expectCode(0, await running.ended);
    expectCode(0, await theirs.start("resume").ended);
    expect(await order(theirs, "taken")).toEqual(["first", "second", "third", "fourth"]);
    expect(await leases("taken")).toEqual([]);
    await ours.expectSound();
    await theirs.expectSound();
  });

  test("with --wait the second goes on once the host is free", async ({ onTestFinished }) => {
    const [ours, theirs] = await two("awaited", onTestFinished);
    const { running, atWork } = begun(ours);
    await atWork;
    const waiting = theirs.start("run", ["--wait", "10m"]);
    await waiting.untilEvent("host-held", { host: "awaited" });
    await open("awaited");
    expectCode(0, await running.ended);
    expectCode(0, await waiting.ended);
    expect(await order(theirs, "awaited")).toEqual(["first", "second", "third", "fourth"]);
    await ours.expectSound();
    await theirs.expectSound();
  });

  test("Ctrl-C ends the wait at once", async ({ onTestFinished }) => {
    const [ours, theirs] = await two("given-up", onTestFinished);
    const { running, atWork } = begun(ours);
    await atWork;
    const waiting = theirs.start("run", ["--wait", "10m"]);
    await waiting.untilEvent("host-held");
    waiting.kill("SIGINT");
    const { stdout } = expectCode(130, await waiting.ended);
    expect(eventsOf(stdout, "run-paused")).toMatchObject([{ reason: "interrupted" }]);
    await open("given-up");
    expectCode(0, await running.ended);
    expect(await order(theirs, "given-up")).toEqual(["first", "second"]);
  });

  test("a wait is over when it was said to be", async ({ onTestFinished }) => {
    const [ours, theirs] = await two("bounded", onTestFinished);
    const { running, atWork } = begun(ours);
    await atWork;
    const { stdout } = expectCode(3, await theirs.place.start(["run", "guide.md", "--wait", "10s"]).ended);
    expect(stdout).toContain("bounded  held by run");
    expect(stdout).toContain("bounded  still held by run");
    await open("bounded");
    expectCode(0, await running.ended);
  });

  test("a run that was killed keeps the host while its step is at work, and has it back at once", async ({
    onTestFinished,
  }) => {
    const [ours, theirs] = await two("orphaned", onTestFinished);
    const { running, atWork } = begun(ours);
    await atWork;
    running.kill("SIGKILL");
    await running.ended;
    await age("orphaned");
    const { stdout } = expectCode(3, await theirs.place.start(["run", "guide.md"]).ended);
    expect(stdout).toContain("still at work");
    const resumed = ours.start("resume");
    await resumed.until((text) => text.includes("first begins"));
    await open("orphaned");
    expectCode(0, await resumed.ended);
    expectCode(0, await theirs.start("resume").ended);
    expect(await order(theirs, "orphaned")).toEqual(["first", "second", "third", "fourth"]);
    await ours.expectSound();
    await theirs.expectSound();
  });

  test("a run that slept for too long finds the host taken, and runs nothing", async ({ onTestFinished }) => {
    const [ours, theirs] = await two("asleep", onTestFinished, "on=all");
    await ours.write([
      { id: "first", keys: "on=all retry=1 every=6s", lines: ['[ -e "$HOME/gate" ]'] },
      { id: "second" },
    ]);
    await theirs.write([{ id: "third", lines: ['until [ -e "$HOME/over" ]; do sleep 0.05; done'] }]);
    const running = ours.start("run");
    await running.untilEvent("attempt-judged");
    running.kill("SIGSTOP");
    await age("asleep");
    await open("asleep");
    const other = theirs.start("run");
    await other.until((stdout) => stdout.includes("third begins"));
    running.kill("SIGCONT");
    const { stdout } = expectCode(3, await running.ended);
    expect(eventsOf(stdout, "run-paused")).toMatchObject([{ reason: "held", detail: "asleep" }]);
    expect(await order(ours, "asleep")).toEqual(["first", "third"]);
    await writeFile(join(lab().home("asleep"), "over"), "");
    expectCode(0, await other.ended);
    expectCode(0, await ours.start("resume").ended);
    expect(await order(ours, "asleep")).toEqual(["first", "third", "first", "second"]);
    await ours.expectSound();
    await theirs.expectSound();
  });

  test("of two that take a host that is free, or was given up, one wins", async ({ onTestFinished }) => {
    const [ours, theirs] = await two("raced", onTestFinished);
    for (const round of [1, 2, 3, 4]) {
      await rm(gate("raced"), { force: true });
      const both = [ours, theirs].map((faults) => faults.start("run", ["--new"]));
      const ended = Promise.all(both.map((running) => running.ended));
      await Promise.race(both.map((running) => running.ended));
      await sleep(200);
      await open("raced");
      const codes = (await ended).map(({ code }) => code);
      // Whoever is quick may have been done before the other came.
      expect(codes.includes(0), `${codes.join(", ")} in round ${round}`).toBe(true);
      expect(codes.every((code) => code === 0 || code === 3)).toBe(true);
      const steps = await order(ours, "raced");
      const text = steps.join(" ").replaceAll("first second", "ours").replaceAll("third fourth", "theirs");
      expect(text, "nothing of one among the steps of the other").toMatch(/^(?:(?:ours|theirs) ?)+$/);
      await age("raced");
    }
  });

  test("whoever only looks needs no leave", async ({ onTestFinished }) => {
    const [ours, theirs] = await two("looked-at", onTestFinished);
    await theirs.place.write("look.md", "# Look\n\n```bash {on=all verify}\ntrue\n```\n");
    const { running, atWork } = begun(ours);
    await atWork;
    expectCode(0, await theirs.place.waymark("run", "guide.md", "--dry-run"));
    expectCode(0, await theirs.place.waymark("verify", "look.md"));
    expectCode(0, await theirs.place.waymark("hosts", "guide.md"));
    expect(await order(theirs, "looked-at")).toEqual(["first"]);
    await open("looked-at");
    expectCode(0, await running.ended);
    await ours.expectSound();
  });

  test("what others have left in its place is data", async ({ onTestFinished }) => {
    const [ours] = await two("littered", onTestFinished);
    const { running, atWork } = begun(ours);
    await atWork;
    const tmp = lab().tmp("littered");
    const [turn = ""] = await leases("littered");
    const real = (await readFile(join(tmp, turn, "lease"), "utf8")).split(/ +/);
    await open("littered");
    expectCode(0, await running.ended);

    const machine = turn.replace(/\.\d+$/, "");
    const evil = '$(touch${IFS}"$HOME/evil")`touch${IFS}$HOME/evil`';
    const put = async (number: string, content: string, when = 0): Promise<string> => {
      const folder = join(tmp, `${machine}.${number}`);
      await mkdir(folder);
      await writeFile(join(folder, "lease"), content);
      await writeFile(join(folder, "1.1"), `${evil} 1 .\n* * .\n08 09 .\n`);
      await utimes(folder, when, when);
      return folder;
    };
    const line = (taken: string, renewed: string, boot = "nowhere:1"): string =>
      ["waymark", "1", "x", "y", boot, taken, renewed, `run${evil}`, "\u{1b}[31mops\u{7}@*", ".\n"].join(" ");
    await put("1", evil);
    await put("2", "\0".repeat(5000));
    await put("3", line("08", "09"));
    await put("4", line("9".repeat(40), "1"));
    await put("999999999999999999999", line("1", "1"));
    await put("5x", line("1", "1"));
    await mkdir(join(tmp, `${machine}.6`));
    spawnSync("mkfifo", [join(tmp, `${machine}.6`, "lease")]);
    await symlink("/etc", join(tmp, `${machine}.7`));
    expectCode(0, await ours.start("run").ended);

    // In force, and forged.
    const forged = await put("8", line("1", real[6] ?? "", real[4]), Date.now() / 1000);
    const { stdout } = expectCode(3, await ours.place.start(["run", "guide.md"]).ended);
    expect(stdout).toMatch(/held by run run__touch[^ ]* of _\[?_*31mops_@_ /);
    expect(stdout).not.toContain("\u{1b}");
    await rm(forged, { recursive: true });
    expectCode(0, await ours.start("resume").ended);
    await expect(readFile(join(lab().home("littered"), "evil"))).rejects.toThrow("ENOENT");
    const each = ["first", "second"];
    expect(await order(ours, "littered")).toEqual([...each, ...each, ...each]);
  });
});
