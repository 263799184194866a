import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateKeyPair } from "../../../src/transport/loopback-server.ts";
import { KeyRing } from "../../../src/transport/ssh-keys.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "waymark-keys-"));
});
afterAll(() => rm(dir, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text, { mode: 0o600 });
  return join(dir, name);
}

test("tells a key from one with a passphrase, a public one, none at all, and something else", async () => {
  const plain = generateKeyPair("plain");
  const locked = ssh2.utils.generateKeyPairSync("rsa", {
    bits: 2048,
    passphrase: "secret",
    cipher: "aes256-ctr",
    rounds: 1,
  });
  const ring = new KeyRing();
  expect((await ring.load(await file("plain", plain.privateKey))).type).toBe("key");
  expect((await ring.load(await file("locked", locked.private))).type).toBe("encrypted");
  expect((await ring.load(await file("public", plain.publicKey))).type).toBe("public");
  await file("agents.pub", plain.publicKey);
  expect(await ring.load(join(dir, "agents"))).toMatchObject({ type: "public", path: join(dir, "agents.pub") });
  expect(await ring.load(await file("text", "hello"))).toMatchObject({
    type: "unusable",
    reason: "not a private key",
  });
  expect((await ring.load(join(dir, "none"))).type).toBe("missing");
  expect((await ring.load(dir)).type).toBe("unusable");
});

test("reads a file again only when it has changed", async () => {
  const ring = new KeyRing();
  const path = await file("once", "no key");
  const first = await ring.load(path);
  expect(first.type).toBe("unusable");
  expect(await ring.load(path)).toBe(first);
  await file("once", generateKeyPair("once").privateKey);
  expect((await ring.load(path)).type).toBe("key");
});
