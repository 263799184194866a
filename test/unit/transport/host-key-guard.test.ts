import { expect, test } from "vitest";
import { HostKeyGuard } from "../../../src/transport/host-key-guard.ts";
import { KnownHosts, keyTypeOf } from "../../../src/transport/known-hosts.ts";
import { hostOf } from "../host-of.ts";

const A = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIKZdGXpZIxq+knY1TXYFVekGHrr5pfTm6ul0iHEt/mTE", "base64");
const B = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAINU3nwQuEy/yQX/XMgMv3ZPSY7me+DMRcNnmgzYAlVa5", "base64");

const host = hostOf("pi");

/** Host keys in memory; `written` is what went to the file. */
function world(accept: boolean) {
  const known = new KnownHosts([]);
  const written: Uint8Array[] = [];
  const hostKeys = {
    known,
    accept(address: string, port: number, key: Uint8Array) {
      written.push(key);
      const text = `${address} ${keyTypeOf(key)} ${Buffer.from(key).toString("base64")}`;
      known.add(text, { file: "known_hosts", line: written.length });
      return known.check(address, port, key);
    },
  };
  const guard = (accepted?: Buffer) =>
    new HostKeyGuard({
      host,
      hostKeys,
      ...(accept ? { acceptInto: "known_hosts" } : {}),
      ...(accepted === undefined ? {} : { accepted }),
    });
  return { written, guard };
}

test("an unknown key is refused unless new ones are accepted", () => {
  const refusing = world(false).guard();
  expect(refusing.verify(A)).toBe(false);
  expect(refusing.refusal).toMatchObject({ code: "WM5010" });
  expect(world(true).guard().verify(A)).toBe(true);
});

test("where the operator has accepted one key, no other new one will do", () => {
  const { guard, written } = world(true);
  const other = guard(A);
  expect(other.verify(B)).toBe(false);
  expect(other.refusal).toMatchObject({ code: "WM5010" });
  const right = guard(A);
  expect(right.verify(A)).toBe(true);
  right.record();
  expect(written).toEqual([A]);
});

test("under an alias it is looked up, written down and told by that name", () => {
  const known = new KnownHosts([]);
  const names: [string, number][] = [];
  const hostKeys = {
    known,
    accept(address: string, port: number) {
      names.push([address, port]);
      return { type: "known", fingerprint: "", file: "known_hosts", line: 1 } as const;
    },
  };
  const aliased = { ...host, port: 2222, login: { hostKeyAlias: "Pi-Cluster" } };
  const guard = new HostKeyGuard({ host: aliased, hostKeys, acceptInto: "known_hosts" });
  expect(guard.verify(A)).toBe(true);
  guard.record();
  expect(names).toEqual([["Pi-Cluster", 22]]);
  known.add(`pi-cluster ssh-ed25519 ${B.toString("base64")}`, { file: "known_hosts", line: 7 });
  const changed = new HostKeyGuard({ host: aliased, hostKeys, acceptInto: "known_hosts" });
  expect(changed.verify(A)).toBe(false);
  expect(changed.refusal).toMatchObject({
    code: "WM5011",
    message: expect.stringMatching(/it shows ED25519 SHA256:\S+, known_hosts:7 says SHA256:/),
    hint: expect.stringContaining("ssh-keygen -R 'pi-cluster' -f 'known_hosts'"),
  });
});

test("a new key is written down only once the host has proved that it is its own", () => {
  const { written, guard } = world(true);
  const first = guard();
  first.verify(A);
  expect(written).toEqual([]);
  first.record();
  first.record();
  expect(written).toEqual([A]);
});

test("two connections that find the same new key write it down once", () => {
  const { written, guard } = world(true);
  const [first, second] = [guard(), guard()];
  first.verify(A);
  second.verify(A);
  first.record();
  second.record();
  expect(written).toEqual([A]);
});

test("of two connections that find different new keys the second is refused", () => {
  const { written, guard } = world(true);
  const [first, second] = [guard(), guard()];
  first.verify(A);
  second.verify(B);
  first.record();
  expect(() => second.record()).toThrow(/has changed/);
  expect(second.refusal).toMatchObject({ code: "WM5011" });
  expect(written).toEqual([A]);
});

test("when keys are exchanged anew the host must show the same key again", () => {
  const { guard } = world(true);
  const one = guard();
  expect([A, A, B].map((key) => one.verify(key))).toEqual([true, true, false]);
});
