import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ConnectionLost } from "../../src/engine/ports.ts";
import type { Connection } from "../../src/transport/connection.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import type { SshLimits } from "../../src/transport/ssh-options.ts";
import { collect, firstOutput, run } from "../lab/exec.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";

const lab = useLoopbackLab({ names: ["pi", "few", "one", "none"] });
const signal = new AbortController().signal;

const open: Connection[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
});

async function connected(name: string, limits: Partial<SshLimits> = {}): Promise<Connection> {
  const connector = new SshConnector({ user: "nobody", home: "/nowhere", limits });
  const connection = await connector.connect(lab().host(name), signal);
  open.push(connection);
  return connection;
}

const lost = (connection: Connection): Promise<string> => new Promise((resolve) => connection.onClose(resolve));

describe("programs", () => {
  test("have stdin, stdout, stderr, a home of their own and an exit status", async () => {
    const ran = await run(await connected("pi"), 'cat; echo "$HOME" >&2; exit 7', "hello");
    expect(ran).toEqual({ stdout: "hello", stderr: `${lab().home("pi")}\n`, close: { code: 7 } });
  });

  test("that are ended by a signal have its name for a status", async () => {
    expect((await run(await connected("pi"), "kill -TERM $$")).close).toEqual({ signal: "TERM" });
  });

  test("print everything before they are over, however slowly it is read", async () => {
    const channel = await (await connected("pi")).exec("head -c 8000000 /dev/zero; printf end >&2");
    let bytes = 0;
    let pauses = 0;
    let errors = "";
    const closed = new Promise((resolve) => channel.onClose(resolve));
    channel.onStderr((chunk) => (errors += Buffer.from(chunk).toString()));
    channel.onStdout((chunk) => {
      bytes += chunk.length;
      if (bytes / 1_000_000 < pauses) return;
      pauses++;
      channel.pause();
      setImmediate(() => channel.resume());
    });
    expect(await closed).toEqual({ code: 0 });
    expect(bytes).toBe(8_000_000);
    expect(errors).toBe("end");
    expect(pauses).toBeGreaterThan(7);
  });

  test("take more on stdin than a window holds", async () => {
    const ran = await run(await connected("pi"), "sleep 0.05; wc -c", "x".repeat(5_000_000));
    expect(ran.stdout.trim()).toBe("5000000");
  });

  test("close though nobody listens to what they print", async () => {
    const channel = await (await connected("pi")).exec("seq 100000; seq 100000 >&2");
    expect(await new Promise((resolve) => channel.onClose(resolve))).toEqual({ code: 0 });
  });

  test("can be given up: what they print then is not delivered, and writing to them does nothing", async () => {
    const connection = await connected("pi");
    const channel = await connection.exec("echo started; cat");
    const ran = collect(channel);
    channel.destroy();
    channel.write("late");
    channel.end();
    expect((await ran).close).toEqual({});
    expect((await run(connection, "echo on")).stdout).toBe("on\n");
  });
});

describe("channels", () => {
  test("are eight at once, and the others wait", async () => {
    const connection = await connected("pi");
    const held = await Promise.all(Array.from({ length: 8 }, () => connection.exec("cat")));
    let ninth = false;
    const waiting = run(connection, "echo ninth").then((ran) => {
      ninth = true;
      return ran;
    });
    await run(await connected("pi"), "true");
    expect(ninth).toBe(false);
    held[0]?.end();
    expect((await waiting).stdout).toBe("ninth\n");
    for (const channel of held) channel.end();
  });

  test.each([10, 2, 1])("twelve programs run where MaxSessions is %s", async (maximum) => {
    await lab().configure("few", [`MaxSessions ${maximum}`]);
    const connection = await connected("few");
    const started = Array.from({ length: 12 }, (_, index) => run(connection, `sleep 0.05; echo ${index}`));
    const output = (await Promise.all(started)).map(({ stdout }) => stdout.trim());
    expect(output).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
  });

  test.each([1, 2, 3])("no program waits for another's end where MaxSessions is %s", async (maximum) => {
    await lab().configure("few", [`MaxSessions ${maximum}`]);
    const connection = await connected("few");
    const held = await Promise.all(Array.from({ length: 5 }, () => connection.exec("exec cat")));
    expect((await run(connection, "echo sixth")).stdout).toBe("sixth\n");
    for (const channel of held) channel.end();
    await connection.close();
    await lab().idle("few");
  });

  test("a host that opens none is lost, and says so", async () => {
    await lab().configure("none", ["MaxSessions 0"]);
    const connection = await connected("none", { channelMs: 1500 });
    await expect(connection.exec("true")).rejects.toThrow(ConnectionLost);
    await expect(connection.exec("true")).rejects.toThrow(/opens no channel/);
  });

  test("a session that the host still counts, though nobody listens to it, is waited for", async () => {
    await lab().configure("one", ["MaxSessions 1"]);
    const connection = await connected("one");
    const channel = await connection.exec("echo started; exec sleep 0.4");
    await firstOutput(channel);
    channel.destroy();
    expect((await run(connection, "echo next")).stdout).toBe("next\n");
  });
});

describe("a connection that is cut", () => {
  test("closes its programs without a status, and is lost", async () => {
    const connection = await connected("pi");
    const channel = await connection.exec("echo started; exec sleep 60");
    const closed = new Promise((resolve) => channel.onClose(resolve));
    await firstOutput(channel);
    const reason = lost(connection);
    await lab().cutConnections("pi");
    expect(await closed).toEqual({});
    expect(await reason).not.toBe("closed");
    await expect(connection.exec("true")).rejects.toThrow(ConnectionLost);
    // Neither may throw.
    channel.write("late");
    channel.destroy();
  });

  test("takes a status back that had come before the last output", async () => {
    const connection = await connected("pi");
    // The shell ends, so there is a status; its child holds stdout, so there may be more to come.
    const channel = await connection.exec("echo started; sleep 60 & exit 5");
    const closed = new Promise((resolve) => channel.onClose(resolve));
    await firstOutput(channel);
    await run(connection, "sleep 0.1");
    await lab().cutConnections("pi");
    expect(await closed).toEqual({});
  });

  test("turns away everything that waits for a channel", async () => {
    const connection = await connected("pi");
    // None of these ever closes, as nobody reads what they print.
    const held = await Promise.all(Array.from({ length: 8 }, () => connection.exec("echo started; exec sleep 60")));
    for (const channel of held) channel.pause();
    const waiting = [connection.exec("true"), connection.exec("true")];
    const results = Promise.allSettled(waiting);
    await lab().cutConnections("pi");
    for (const result of await results) {
      expect(result).toMatchObject({ status: "rejected", reason: { name: "ConnectionLost" } });
    }
  });
});

describe("a host that falls silent", () => {
  test("is lost when it leaves questions whether it is there unanswered", async () => {
    const connection = await connected("pi", { keepaliveMs: 1000, keepaliveCount: 2 });
    const channel = await connection.exec("echo started; exec sleep 60");
    const closed = new Promise((resolve) => channel.onClose(resolve));
    await firstOutput(channel);
    const reason = lost(connection);
    await lab().freezeConnections("pi");
    expect(await reason).toBe("no answer for 2 s");
    expect(await closed).toEqual({});
    await lab().cutConnections("pi");
  });

  test("is lost when it opens no channel in time", async () => {
    const connection = await connected("pi", { channelMs: 2000 });
    await run(connection, "true");
    await lab().freezeConnections("pi");
    await expect(connection.exec("true")).rejects.toThrow(/did not open a channel within 2 s/);
    await expect(connection.exec("true")).rejects.toThrow(ConnectionLost);
    await lab().cutConnections("pi");
  });

  test("is not lost while it is only busy", async () => {
    const connection = await connected("pi", { keepaliveMs: 700, keepaliveCount: 2 });
    const begun = performance.now();
    const channel = await connection.exec("head -c 20000000 /dev/zero");
    const closed = new Promise((resolve) => channel.onClose(resolve));
    channel.onStdout(() => {
      channel.pause();
      setTimeout(() => channel.resume(), 5);
    });
    expect(await closed).toEqual({ code: 0 });
    // By then a silent one would have been lost.
    expect(performance.now() - begun).toBeGreaterThan(2000);
  });
});

describe("closing", () => {
  test("says so to whoever listens, once, and leaves nothing on the host", async () => {
    const connection = await connected("pi");
    const reasons: string[] = [];
    connection.onClose((reason) => reasons.push(reason));
    await connection.close();
    await connection.close();
    expect(reasons).toEqual(["closed"]);
    await expect(connection.exec("true")).rejects.toThrow(ConnectionLost);
    await lab().idle("pi");
  });

  test("does not wait for a silent host for ever", async () => {
    const connection = await connected("pi");
    await lab().freezeConnections("pi");
    await connection.close();
    await lab().cutConnections("pi");
  });
});

test("a program outlives its connection when it is cut", async () => {
  const connection = await connected("pi");
  const channel = await connection.exec("(sleep 0.2; echo done > ~/proof) >/dev/null 2>&1 & echo started");
  await firstOutput(channel);
  await lab().cutConnections("pi");
  const again = await connected("pi");
  const proof = await run(again, "while [ ! -s ~/proof ]; do sleep 0.02; done; cat ~/proof");
  expect(proof.stdout).toBe("done\n");
});

test("the lab's sshd answers again after a restart", async () => {
  const before = await lab().sshdPid("pi");
  await lab().restart("pi");
  expect(await lab().sshdPid("pi")).not.toBe(before);
  const { address, port } = lab().host("pi");
  const socket = connect(port, address);
  const [banner] = (await once(socket, "data")) as [Buffer];
  expect(banner.toString()).toMatch(/^SSH-2.0/);
  socket.destroy();
});
