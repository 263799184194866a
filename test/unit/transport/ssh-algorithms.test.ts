import { expect, test } from "vitest";
import { algorithms } from "../../../src/transport/ssh-algorithms.ts";

test("types of keys that are on record are asked for first", () => {
  expect(algorithms([]).serverHostKey).toEqual([
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
  ]);
  expect(algorithms(["ssh-rsa"]).serverHostKey.slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  expect(algorithms(["ssh-dss"]).serverHostKey).toEqual(algorithms([]).serverHostKey);
});

test("curve25519 goes first, and nothing rests on SHA-1", () => {
  const offered = algorithms(["ssh-rsa"]);
  expect(offered.kex).toHaveProperty("0", "curve25519-sha256");
  expect(JSON.stringify(offered)).not.toMatch(/sha1|"ssh-rsa"|ssh-dss/);
});
