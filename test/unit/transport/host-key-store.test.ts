import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, utimesSync } from "node:fs";
import { appendFile, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HostKeyStore } from "../../../src/transport/host-key-store.ts";
import { FileCache } from "../../../src/transport/ssh-file-cache.ts";

const A = "AAAAC3NzaC1lZDI1NTE5AAAAIKZdGXpZIxq+knY1TXYFVekGHrr5pfTm6ul0iHEt/mTE";
const B = "AAAAC3NzaC1lZDI1NTE5AAAAINU3nwQuEy/yQX/XMgMv3ZPSY7me+DMRcNnmgzYAlVa5";
const key = Buffer.from(A, "base64");

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "waymark-hosts-"));
});
afterAll(() => rm(dir, { recursive: true }));

test("what was read serves as long as the files are unchanged", async () => {
  const files = [join(dir, "first"), join(dir, "none")];
  await writeFile(join(dir, "first"), `one ssh-ed25519 ${A}\n`);
  const store = new HostKeyStore();
  const read = await store.load(files);
  expect(await store.load(files)).toBe(read);
  await appendFile(join(dir, "first"), `two ssh-ed25519 ${A}\n`);
  const again = await store.load(files);
  expect(again).not.toBe(read);
  expect(again.known.check("two", 22, key).type).toBe("known");
  await writeFile(join(dir, "none"), `three ssh-ed25519 ${A}\n`);
  expect((await store.load(files)).known.check("three", 22, key).type).toBe("known");
});

test("a key that it accepted itself is no reason to read again, unless somebody else wrote too", async () => {
  const path = join(dir, "mine");
  await writeFile(path, "# mine\n");
  const store = new HostKeyStore();
  const read = await store.load([path]);
  read.accept("pi", 2222, key);
  expect(await readFile(path, "utf8")).toBe(`# mine\n[pi]:2222 ssh-ed25519 ${A}\n`);
  expect(read.known.check("pi", 2222, key)).toMatchObject({ type: "known", line: 2 });
  expect(await store.load([path])).toBe(read);
  await appendFile(path, `other ssh-ed25519 ${A}\n`);
  read.accept("late", 22, key);
  const again = await store.load([path]);
  expect(again).not.toBe(read);
  for (const [host, port] of [
    ["other", 22],
    ["late", 22],
    ["pi", 2222],
  ] as const) {
    expect(again.known.check(host, port, key).type).toBe("known");
  }
});

test("a file that cannot be read refuses, and is tried again the next time", async () => {
  await expect(new HostKeyStore().load([dir])).rejects.toMatchObject({ code: "WM5014" });
  const cache = new FileCache<string>();
  await expect(cache.load([dir], () => Promise.reject(new Error("not allowed")))).rejects.toThrow("not allowed");
  // Its permissions may have been put right, which changes neither its size nor its time.
  expect(await cache.load([dir], () => Promise.resolve("read"))).toBe("read");
});

describe("when others write to the file at the same time", () => {
  test("several Waymarks write a key down once, and lose nothing", async () => {
    const path = join(dir, "shared");
    await writeFile(path, "# no end");
    const script = `
      import { HostKeyStore } from ${JSON.stringify(new URL("../../../src/transport/host-key-store.ts", import.meta.url).href)};
      const keys = await new HostKeyStore().load([process.argv[2]]);
      process.stdout.write("ready");
      process.stdin.once("data", () => {
        for (let n = 0; n < 20; n++) keys.accept("pi-" + n, 22, Buffer.from(${JSON.stringify(A)}, "base64"));
        keys.accept(process.argv[1], 22, Buffer.from(${JSON.stringify(A)}, "base64"));
        process.exit();
      });
    `;
    const children = Array.from({ length: 4 }, (_, index) =>
      spawn(process.execPath, ["--input-type=module", "-e", script, `own-${index}`, path], {
        stdio: ["pipe", "pipe", "inherit"],
      }),
    );
    await Promise.all(children.map((child) => once(child.stdout, "data")));
    const ends = children.map((child) => once(child, "exit"));
    for (const child of children) child.stdin.write("go");
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0, 0]);
    const [first, ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
    expect(first).toBe("# no end");
    const hosts = [...Array.from({ length: 20 }, (_, n) => `pi-${n}`), "own-0", "own-1", "own-2", "own-3"];
    expect(lines.toSorted()).toEqual(hosts.map((name) => `${name} ssh-ed25519 ${A}`).toSorted());
    expect(await readdir(dir)).not.toContain("shared.waymark-lock");
  });

  test("a key that somebody else has found first is judged", async () => {
    const path = join(dir, "raced");
    await writeFile(path, "");
    const keys = await new HostKeyStore().load([path]);
    await writeFile(path, `pi ssh-ed25519 ${B}\nother ssh-ed25519 ${A}\n@revoked gone ssh-ed25519 ${A}\n`);
    expect(keys.accept("pi", 22, key)).toMatchObject({ type: "changed", line: 1 });
    expect(keys.accept("other", 22, key)).toMatchObject({ type: "known", line: 2 });
    expect(keys.accept("gone", 22, key)).toMatchObject({ type: "revoked", line: 3 });
    expect(await readFile(path, "utf8")).not.toContain(`pi ssh-ed25519 ${A}`);
  });

  test("a lock that was left behind is no obstacle, one that is held is waited for", async () => {
    const path = join(dir, "locked");
    await writeFile(path, "");
    const lock = `${path}.waymark-lock`;
    await writeFile(lock, "");
    const longAgo = Date.now() / 1000 - 60;
    await utimes(lock, longAgo, longAgo);
    const keys = await new HostKeyStore().load([path]);
    keys.accept("one", 22, key);
    expect(await readFile(path, "utf8")).toBe(`one ssh-ed25519 ${A}\n`);
    await writeFile(lock, "");
    const begin = performance.now();
    keys.accept("two", 22, key);
    expect(performance.now() - begin).toBeGreaterThan(900);
    expect(await readFile(path, "utf8")).toBe(`one ssh-ed25519 ${A}\ntwo ssh-ed25519 ${A}\n`);
    // It is somebody else's.
    expect(await readdir(dir)).toContain("locked.waymark-lock");
  });
});

test("a lock that goes from hand to hand is waited for, however long that takes", async () => {
  const path = join(dir, "busy");
  const lock = `${path}.waymark-lock`;
  await writeFile(path, "");
  await writeFile(lock, "");
  const keys = await new HostKeyStore().load([path]);
  const [begin, since] = [performance.now(), Date.now() / 1000];
  let [passedMs, hands] = [0, 0];
  vi.spyOn(performance, "now").mockImplementation(() => begin + passedMs);
  vi.spyOn(Atomics, "wait").mockImplementation(() => {
    passedMs += 600;
    if (++hands === 5) rmSync(lock);
    else utimesSync(lock, since, since - hands / 10);
    return "timed-out";
  });
  try {
    keys.accept("pi", 22, key);
  } finally {
    vi.restoreAllMocks();
  }
  expect(hands).toBe(5);
  expect(await readFile(path, "utf8")).toBe(`pi ssh-ed25519 ${A}\n`);
  expect(await readdir(dir)).not.toContain("busy.waymark-lock");
});

test("what is no file is written to without a lock", async () => {
  const keys = await new HostKeyStore().load(["/dev/null"]);
  expect(keys.accept("pi", 22, key)).toMatchObject({ type: "known" });
  expect(await readdir("/dev")).not.toContain("null.waymark-lock");
});
