import { spawnSync } from "node:child_process";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { useNamespaceLab } from "../lab/namespace-lab.ts";
import { type EffectStep, type Faults, onLoopback, onNamespaces, startFaults, untilSeen } from "./faults.ts";
import { eventsOf, expectCode } from "./waymark.ts";

/*
 * Disks that are full: here, where the run is kept, and on hosts, where capsules are. Nothing is run twice and nothing is
 * lost for it, and once there is room again the run goes on to its end.
 */

const MIB = 2 ** 20;

const TOKEN: EffectStep = {
  id: "token",
  keys: "on=all capture=TOKEN secret",
  quiet: true,
  lines: [`od -An -N12 -tx1 /dev/urandom | tr -d ' \\n' | tee "$HOME/token"`],
  shows: ["«output withheld»"],
};
const SEES_IT = `echo "has $TOKEN"; ${untilSeen()}`;
const SHOWN = "has «secret»";

/** Waits until somebody opens the gate. */
const gate = (name: string): string => `until [ -e "$HOME/${name}" ]; do sleep 0.05; done`;

async function secretOf(path: string): Promise<string> {
  const { stdout } = spawnSync("cat", [path], { encoding: "utf8" });
  expect(stdout).toMatch(/^[0-9a-f]{24}$/);
  return stdout;
}

/** Fills the disk that a folder is on, but for some bytes. @returns makes room again */
async function fill(folder: string, left = 0): Promise<() => Promise<void>> {
  const ballast = join(folder, "ballast");
  const { bavail, bsize } = await statfs(folder);
  // More than there is room for, so that none is left at all.
  await writeFile(ballast, Buffer.alloc(bavail * bsize + (left === 0 ? bsize : -left))).catch(() => undefined);
  return () => rm(ballast);
}

async function expectPassed(faults: Faults, token: string): Promise<void> {
  await faults.expectSound([await secretOf(token)], [token]);
  expect((await faults.place.journal()).at(-1)).toMatchObject({ type: "run-finished", status: "passed" });
}

describe.skipIf(process.getuid?.() !== 0)("disk full here", () => {
  const lab = useLoopbackLab({ names: ["pi"] });
  const token = (): string => join(lab().home("pi"), "token");

  /** A run whose state folder is on a disk of its own. */
  async function startOn(bytes: number): Promise<Faults> {
    const faults = await startFaults(onLoopback(lab()), onTestFinished);
    const { state } = faults.place;
    await mkdir(state);
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", state]).status).toBe(0);
    onTestFinished(() => void spawnSync("umount", ["-l", state]));
    for (const name of ["gate", "token"]) await rm(join(lab().home("pi"), name), { force: true });
    return faults;
  }

  test("before a run: nothing is run, and it is said what to do", async () => {
    const faults = await startOn(MIB);
    await faults.write([TOKEN, { id: "uses", lines: [SEES_IT], shows: [SHOWN] }]);
    const free = await fill(faults.place.state);
    const { code, stderr } = await faults.start("run").ended;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/cannot (make|write) .*no space left on device.* \[WM70\d\d\]\n {2}\S/is);
    expect(stderr).not.toContain("bug");
    expect(await faults.effects("pi")).toEqual([]);

    await free();
    expectCode(0, await faults.start("run", ["--new"]).ended);
    await expectPassed(faults, token());
  });

  test("while a step runs: the run rests, and goes on with what that has done meanwhile", async () => {
    const faults = await startOn(MIB);
    await faults.write([
      TOKEN,
      { id: "waits", lines: [gate("gate"), SEES_IT, "export LEFT=behind"], shows: [SHOWN] },
      { id: "after", lines: ['echo "$LEFT"'], shows: ["behind"] },
    ]);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("waits begins"));
    const free = await fill(faults.place.state);
    await writeFile(join(lab().home("pi"), "gate"), "");
    const { stderr } = expectCode(3, await running.ended);
    expect(stderr).toMatch(/cannot write .*no space left on device.* \[WM701[23]\]\n.*waymark resume/is);
    // It has said why it stopped: it was not killed.
    const { stdout } = expectCode(0, await faults.place.start(["runs", "--json"]).ended);
    expect(stdout).toContain('"condition":"paused"');

    await free();
    expectCode(0, await faults.resume());
    await expectPassed(faults, token());
    expect(await faults.effects("pi", "waits")).toHaveLength(1);
  });

  test("by what a step prints: its log is written anew from what its host has kept", async () => {
    const faults = await startOn(2 * MIB);
    const shows = Array.from({ length: 10_000 }, (_, index) => `line ${index + 1} of many`);
    const prints = 'n=0; while [ $n -lt 10000 ]; do n=$((n+1)); echo "line $n of many"; done';
    await faults.write([TOKEN, { id: "prints", lines: [gate("gate"), prints], shows }]);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("prints begins"));
    const free = await fill(faults.place.state, 64 * 1024);
    await writeFile(join(lab().home("pi"), "gate"), "");
    const { stderr } = expectCode(3, await running.ended);
    expect(stderr).toMatch(/cannot write .*no space left on device.* \[WM701[23]\]/is);

    await free();
    expectCode(0, await faults.resume());
    await expectPassed(faults, token());
    expect(await faults.effects("pi", "prints")).toHaveLength(1);
  });
});

describe("disk full there", () => {
  const SIZE = MIB;
  const lab = useNamespaceLab({ hosts: [{ name: "pi", varTmpBytes: SIZE }] });
  const token = (): string => join(lab().home("pi"), "token");
  const open = (name: string): Promise<string> => lab().exec("pi", `touch /home/pi/${name}`);

  async function start(): Promise<Faults> {
    await lab().exec("pi", "rm -f /home/pi/gate /home/pi/token /var/tmp/ballast");
    return startFaults(onNamespaces(lab()), onTestFinished);
  }
  const fillThere = async (): Promise<() => Promise<string>> => {
    await lab().exec("pi", "head -c 99999999 /dev/zero >/var/tmp/ballast || :");
    return () => lab().exec("pi", "rm /var/tmp/ballast");
  };

  test("before a run: steps are refused with the host's reason, and run once there is room", async () => {
    const faults = await start();
    await faults.write([TOKEN, { id: "uses", lines: [SEES_IT], shows: [SHOWN] }]);
    const free = await fillThere();
    const { stdout } = expectCode(1, await faults.start("run").ended);
    expect(eventsOf(stdout, "task-finished")).toMatchObject([
      { step: "token", status: "failed", reason: expect.stringMatching(/cannot write .*No space left on device/) },
    ]);
    expect(await faults.effects("pi")).toEqual([]);

    await free();
    expectCode(0, await faults.resume());
    await expectPassed(faults, token());
  });

  test("while a step runs: how it ends is known, also to whoever asks later; none of its exports is lost unseen", async () => {
    const faults = await start();
    await faults.write([
      TOKEN,
      { id: "waits", lines: [gate("gate"), "export LEFT=behind"], quiet: true, shows: [] },
      { id: "after", lines: [SEES_IT, 'echo "${LEFT-nothing} is left"'], shows: [SHOWN, "behind is left"] },
    ]);
    const running = faults.start("run");
    await running.untilEvent("attempt-started", { step: "waits" });
    while ((await faults.effects("pi", "waits")).length === 0) await lab().exec("pi", "sleep 0.05");
    const free = await fillThere();
    running.kill("SIGKILL");
    await running.ended;
    await open("gate");
    await lab().exec("pi", "while pgrep -f '/[0-9a-f]*[.]1[.][0-9]*[.]s' >/dev/null; do sleep 0.05; done");
    await free();

    // Its exports did not fit on the disk any more: who needs them fails before it begins.
    const { stdout } = expectCode(1, await faults.resume());
    expect(eventsOf(stdout, "task-finished")).toMatchObject([
      { step: "waits", status: "ok", exit: 0 },
      { step: "after", status: "failed", reason: expect.stringContaining("no longer on this host") },
    ]);
    expect(await faults.effects("pi", "after")).toEqual([]);
    expectCode(0, await faults.resume("--rerun", "waits"));
    await expectPassed(faults, token());
  });

  test("by what a step prints: it fails as it would on a terminal, and runs again once there is room", async () => {
    const faults = await start();
    // A line for each KiB.
    const shows = Array.from({ length: (2 * SIZE) / 1024 }, () => "x".repeat(1023));
    const prints = `head -c ${shows.length * 1023} /dev/zero | tr '\\0' 'x' | fold -w 1023`;
    await faults.write([TOKEN, { id: "prints", lines: [prints, "echo"], shows }, { id: "after" }]);
    const { stdout } = expectCode(1, await faults.start("run").ended);
    expect(eventsOf(stdout, "task-finished").at(-1)).toMatchObject({ step: "prints", status: "failed" });

    await lab().resizeVarTmp("pi", 16 * SIZE);
    onTestFinished(() => lab().resizeVarTmp("pi", SIZE));
    expectCode(0, await faults.resume());
    await expectPassed(faults, token());
  });

  test("for good: what cannot be written to has nothing run on it", async () => {
    const faults = await start();
    await faults.write([TOKEN, { id: "uses", lines: [SEES_IT], shows: [SHOWN] }]);
    await lab().readOnly("pi");
    const { stdout } = expectCode(1, await faults.start("run").ended);
    expect(eventsOf(stdout, "task-finished")).toMatchObject([
      { step: "token", status: "failed", reason: expect.stringMatching(/Read-only file system/) },
    ]);

    await lab().writable("pi");
    expectCode(0, await faults.resume());
    await expectPassed(faults, token());
  });
});
