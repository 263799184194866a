import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { acquireLock, lockHolder } from "../../../src/journal/lock.ts";
import type { Holder } from "../../../src/journal/lock.ts";
import { ownIdentity } from "../../../src/journal/process-identity.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const now = new Date("2026-11-22T18:41:07Z");

interface Taker {
  readonly process: ChildProcessWithoutNullStreams;
  /** The next line it prints. */
  readonly says: () => Promise<string>;
}

/** A process that is ready to take the lock. */
async function startTaker(folder: string): Promise<Taker> {
  const process = spawn(globalThis.process.execPath, [join(import.meta.dirname, "take-lock.ts"), folder]);
  process.stderr.pipe(globalThis.process.stderr);
  onTestFinished(() => void process.kill("SIGKILL"));
  const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
  const says = async () => String((await lines.next()).value);
  expect(await says()).toBe("ready");
  return { process, says };
}

async function take(taker: Taker): Promise<string> {
  taker.process.stdin.write("\n");
  return await taker.says();
}

async function kill(taker: Taker): Promise<void> {
  taker.process.kill("SIGKILL");
  await once(taker.process, "exit");
}

describe("the lock of a run", () => {
  it("is held by one process, which others name, until it lets go", async () => {
    const folder = join(await temporaryFolder(), "lock");
    const taker = await startTaker(folder);
    expect(await take(taker)).toBe("taken");
    await expect(acquireLock(folder, now)).rejects.toMatchObject({
      code: "WM7020",
      exit: 3,
      message: expect.stringContaining(`process ${taker.process.pid} since 20`),
    });
    expect(await lockHolder(folder)).toMatchObject({ pid: taker.process.pid, host: hostname() });
    taker.process.stdin.end();
    await once(taker.process, "exit");
    expect(await lockHolder(folder)).toBeUndefined();
    await (await acquireLock(folder, now)).release();
  });

  it("is free again once its process is killed", async () => {
    const folder = join(await temporaryFolder(), "lock");
    const taker = await startTaker(folder);
    expect(await take(taker)).toBe("taken");
    await kill(taker);
    const lock = await acquireLock(folder, now);
    expect(await lockHolder(folder)).toMatchObject({ pid: process.pid, since: now.toISOString() });
    await lock.release();
  });

  it("goes to exactly one of many that find it left by a dead one at the same time", async () => {
    const folder = join(await temporaryFolder(), "lock");
    const takers = await Promise.all(Array.from({ length: 6 }, () => startTaker(folder)));
    for (let round = 0; round < 2; round++) {
      const dead = await startTaker(folder);
      expect(await take(dead)).toBe("taken");
      await kill(dead);
      const answers = await Promise.all(takers.splice(0, 3).map(async (taker) => ({ taker, says: await take(taker) })));
      const winners = answers.filter(({ says }) => says === "taken");
      expect(winners).toHaveLength(1);
      for (const { says } of answers) if (says !== "taken") expect(says).toMatch(/in use by process/);
      for (const { taker } of winners) await kill(taker);
    }
  });

  it("goes to exactly one of many callers in one process", async () => {
    const folder = join(await temporaryFolder(), "lock");
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(folder, now)));
    expect(tries.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  it("is not given up by an owner that was taken for dead", async () => {
    const folder = join(await temporaryFolder(), "lock");
    const lock = await acquireLock(folder, now);
    const other = { ...(await ownIdentity()), since: now.toISOString() } satisfies Holder;
    await symlink(JSON.stringify(other), join(folder, "2"));
    await lock.release();
    expect(await readdir(folder)).toEqual(["1", "2"]);
    expect(await lockHolder(folder)).toBeDefined();
  });
});

describe("a lock left behind", () => {
  async function leftBy(change: Partial<Holder>) {
    const folder = join(await temporaryFolder(), "lock");
    await mkdir(folder);
    const holder = { ...(await ownIdentity()), since: now.toISOString(), ...change } satisfies Holder;
    await symlink(JSON.stringify(holder), join(folder, "7"));
    return folder;
  }

  it.each<[string, Partial<Holder>]>([
    ["by a process whose number another has now", { start: "1" }],
    ["before the machine was started anew", { boot: "another", namespace: "pid:[1]" }],
    ["by a process that is gone", { pid: 2 ** 30 }],
  ])("%s is taken over", async (_, change) => {
    const folder = await leftBy(change);
    await acquireLock(folder, now);
    expect(JSON.parse(await readlink(join(folder, "8")))).toMatchObject({ pid: process.pid });
  });

  it.each<[string, Partial<Holder>]>([
    ["on another machine", { host: "elsewhere", boot: "another", pid: 2 ** 30 }],
    ["on another machine of the same name", { machine: "another", boot: "another", pid: 2 ** 30 }],
    ["in another container", { namespace: "pid:[1]", pid: 2 ** 30 }],
  ])("%s is not, since nobody here can tell", async (_, change) => {
    const folder = await leftBy(change);
    await expect(acquireLock(folder, now)).rejects.toMatchObject({ code: "WM7020" });
  });

  it("on another machine is reported with what to do", async () => {
    const folder = await leftBy({ host: "elsewhere", boot: "another" });
    await expect(acquireLock(folder, now)).rejects.toMatchObject({
      message: expect.stringContaining(" on elsewhere since 2026-11-22 18:41:07 UTC"),
      hint: expect.stringContaining(`remove ${folder}`),
    });
  });
});

describe("what is no lock", () => {
  it.each<[string, (run: string) => Promise<void>, string]>([
    ["a file in its place", (run) => writeFile(join(run, "lock"), ""), "lock is no folder"],
    [
      "a file in the place of the run",
      async (run) => {
        await rm(run, { recursive: true });
        await writeFile(run, "");
      },
      "lock is no folder",
    ],
    ["a file in the place of a turn", (run) => turn(run, (path) => writeFile(path, "free")), "lock/1 is no turn of"],
    ["a link to something else", (run) => turn(run, (path) => symlink("/etc", path)), "lock/1 is no turn of a lock"],
  ])("%s is named, with what to do", async (_, damage, says) => {
    const run = await temporaryFolder();
    await damage(run);
    const refused = {
      code: "WM7021",
      message: expect.stringContaining(says),
      hint: expect.stringContaining("remove /"),
    };
    await expect(acquireLock(join(run, "lock"), now)).rejects.toMatchObject(refused);
    await expect(lockHolder(join(run, "lock"))).rejects.toMatchObject(refused);
  });

  async function turn(run: string, make: (path: string) => Promise<void>): Promise<void> {
    await mkdir(join(run, "lock"));
    await make(join(run, "lock", "1"));
  }
});
