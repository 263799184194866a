import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostKeyStore } from "../../../src/transport/host-key-store.ts";
import { FileCache } from "../../../src/transport/ssh-file-cache.ts";

const A = "AAAAC3NzaC1lZDI1NTE5AAAAIKZdGXpZIxq+knY1TXYFVekGHrr5pfTm6ul0iHEt/mTE";
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
