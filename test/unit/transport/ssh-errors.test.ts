import { expect, test } from "vitest";
import type { Host } from "../../../src/model/inventory.ts";
import * as errors from "../../../src/transport/ssh-errors.ts";

const host: Host = {
  name: "pi-1",
  address: "192.168.0.27",
  port: 2222,
  identity: [],
  knownHosts: [],
  jump: [],
  groups: [],
  vars: {},
  transport: "ssh",
};

/** All that matters here is its type. */
const ED25519 = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIKZdGXpZIxq+knY1TXYFVekGHrr5pfTm6ul0iHEt/mTE", "base64");

const failure = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

test.each([
  ["ECONNREFUSED", "WM5001", "pi-1 (192.168.0.27:2222) cannot be reached: connection refused."],
  ["EHOSTUNREACH", "WM5001", "pi-1 (192.168.0.27:2222) cannot be reached: no route to the host."],
  ["ENOTFOUND", "WM5002", "pi-1 (192.168.0.27:2222): the name 192.168.0.27 cannot be resolved."],
  ["EWEIRD", "WM5001", "pi-1 (192.168.0.27:2222) cannot be reached: connect EWEIRD."],
])("%s is %s, and may pass", (code, expected, message) => {
  expect(errors.unreachable(host, code, failure(code))).toMatchObject({ code: expected, message, retryable: true });
});

test("a host is told by its name and its address, once where they are the same", () => {
  expect(errors.placeOf({ ...host, name: "192.168.0.27" })).toBe("192.168.0.27:2222");
  expect(errors.placeOf({ ...host, address: "::1", port: 22 })).toBe("pi-1 ([::1]:22)");
  expect(errors.placeOf({ ...host, address: "fe80::1%eth0", port: 22 })).toBe("pi-1 ([fe80::1%eth0]:22)");
  expect(errors.placeOf({ ...host, jump: ["gate", "inner"] })).toBe("pi-1 (192.168.0.27:2222 through gate, inner)");
});

test.each([
  ["no matching key exchange algorithm", /Allow curve25519-sha256 in its sshd_config \(KexAlgorithms\)/],
  ["no matching host key format", /ssh-ed25519.*\(HostKeyAlgorithms\)/],
  ["no matching C->S cipher", /\(Ciphers\)/],
  ["no matching S->C MAC", /\(MACs\)/],
  ["Protocol version not supported", /^Something else than SSH/],
])("two sides that do not agree: %s", (reason, hint) => {
  expect(errors.handshakeFailed(host, new Error(`Handshake failed: ${reason}`))).toMatchObject({
    code: "WM5005",
    hint: expect.stringMatching(hint),
    retryable: false,
  });
});

test("a changed key is told with both fingerprints, the line, and how to forget it", () => {
  const error = errors.hostKeyRefused(host, ED25519, {
    type: "changed",
    fingerprint: "SHA256:new",
    known: "SHA256:old",
    file: "/home/me/.ssh/known_hosts",
    line: 12,
  });
  expect(error).toMatchObject({
    code: "WM5011",
    message:
      "The key of pi-1 (192.168.0.27:2222) has changed: it shows ED25519 SHA256:new, /home/me/.ssh/known_hosts:12 says SHA256:old.",
    retryable: false,
  });
  expect(error.hint).toContain("ssh-keygen -R '[192.168.0.27]:2222' -f '/home/me/.ssh/known_hosts'");
});

test("a refused login tells who tried what, and what could not be tried", () => {
  const error = errors.loginRefused(host, "pi", ["/k1", "the SSH agent's 2 keys"], ["/k2 (no such file)"]);
  expect(error).toMatchObject({
    code: "WM5020",
    message:
      "Not allowed to log in as pi@[192.168.0.27]:2222: it refused /k1, the SSH agent's 2 keys; not usable: /k2 (no such file).",
    retryable: false,
  });
  expect(errors.loginRefused(host, "pi", [], []).message).toBe(
    "Not allowed to log in as pi@[192.168.0.27]:2222: there was no key to offer.",
  );
});
