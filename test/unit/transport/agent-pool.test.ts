import { expect, test } from "vitest";
import { AgentPool } from "../../../src/transport/agent-pool.ts";
import type { Channel, Connection } from "../../../src/transport/connection.ts";
import { HostPasswords } from "../../../src/transport/sudo-passwords.ts";
import { hostOf } from "../host-of.ts";

/** A connection whose agents are ready when a test says so. */
function fakeConnection() {
  const ready: (() => void)[] = [];
  const host = hostOf("pi-1");
  const open = (): Channel => {
    let say: (chunk: Uint8Array) => void = () => undefined;
    const none = (): void => undefined;
    return {
      write: (data) => {
        const [, nonce = ""] = /wm_n=([0-9a-f]+)/.exec(Buffer.from(data).toString()) ?? [];
        ready.push(() => say(Buffer.from(`${nonce}r ready 0 boot folder root /var/tmp/waymark-t-pi-1\n`)));
      },
      onStdout: (listener) => (say = listener),
      onStderr: none,
      onClose: none,
      end: none,
      pause: none,
      resume: none,
      resize: none,
      destroy: none,
    };
  };
  const connection: Connection = { host, exec: async () => open(), onClose: () => undefined, close: async () => {} };
  return { connection, ready };
}

test("what is to be removed waits for agents that are about to start, and would make it anew", async () => {
  const { connection, ready } = fakeConnection();
  const pool = new AgentPool(connection, "waymark-t-pi-1", new HostPasswords(connection.host));
  const opening = pool.open(false, () => undefined, new AbortController().signal);
  await expect.poll(() => ready.length).toBe(1);
  ready[0]?.();
  await opening;
  await pool.allStarted();

  const happened: string[] = [];
  const using = pool.with("other", async () => void happened.push("started"));
  const waiting = pool.allStarted().then(() => happened.push("waited"));
  await expect.poll(() => ready.length).toBe(2);
  expect(happened).toEqual([]);
  ready[1]?.();
  await Promise.all([using, waiting]);
  expect(happened.toSorted()).toEqual(["started", "waited"]);
});
