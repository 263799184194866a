import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, describe, expect, test } from "vitest";
import type { ConnectError } from "../../src/engine/ports.ts";
import type { Host } from "../../src/model/inventory.ts";
import type { Connection } from "../../src/transport/connection.ts";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import type { SshOptions } from "../../src/transport/ssh-options.ts";
import { collect, run } from "../lab/exec.ts";
import { knownHostsLines, useLoopbackLab } from "../lab/loopback-lab.ts";
import { NOBODYS_PORT, hangUpServer, silentServer } from "../lab/trap-server.ts";

// sshd tells at this level what a client asks it for: who is connected to from where can be seen.
const lab = useLoopbackLab({ names: ["gate", "inner", "pi-1", "pi-2", "shut"], sshdConfig: ["LogLevel DEBUG1"] });
const never = new AbortController().signal;
const OTHER = generateKeyPair("other").publicKey;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const behind = (name: string, ...jump: readonly string[]): Host => ({ ...lab().host(name), jump });

/** Knows these hosts, and those of the lab as they are. */
function connector(hosts: readonly Host[], options: Partial<SshOptions> = {}): SshConnector {
  const others = lab().hosts.filter(({ name }) => hosts.every((host) => host.name !== name));
  const made = new SshConnector({ user: "nobody", home: "/nowhere", ...options }, [...hosts, ...others]);
  closing.push(() => made.close());
  return made;
}

async function where(made: SshConnector, host: Host): Promise<string> {
  const connection = await made.connect(host, never);
  const { stdout } = await run(connection, "echo $HOME");
  await connection.close();
  return stdout.trim();
}

const refusal = (attempt: Promise<unknown>): Promise<ConnectError> =>
  attempt.then(
    () => {
      throw new Error("it was let in");
    },
    (error: ConnectError) => error,
  );

const count = async (name: string, what: RegExp): Promise<number> =>
  [...(await lab().log(name)).matchAll(new RegExp(what, "g"))].length;
const connections = (name: string): Promise<number> => count(name, /Connection from /);
const forwardings = (name: string): Promise<number> => count(name, /server_request_direct_tcpip: /);
const logins = (name: string): Promise<number> => count(name, /userauth-request for user/);

describe("a host behind others", () => {
  test("is reached through one", async () => {
    const before = await forwardings("gate");
    expect(await where(connector([]), behind("pi-1", "gate"))).toBe(lab().home("pi-1"));
    expect(await forwardings("gate")).toBe(before + 1);
  });

  test("is reached through several, nearest first", async () => {
    const [gate, inner] = [await forwardings("gate"), await forwardings("inner")];
    expect(await where(connector([]), behind("pi-1", "gate", "inner"))).toBe(lab().home("pi-1"));
    const { address, port } = lab().host("inner");
    expect(await lab().log("gate")).toContain(`target ${address} port ${port}`);
    expect([await forwardings("gate"), await forwardings("inner")]).toEqual([gate + 1, inner + 1]);
  });

  test("is reached through one that is itself behind another", async () => {
    const inner = behind("inner", "gate");
    const before = await forwardings("gate");
    expect(await where(connector([inner]), behind("pi-1", "inner"))).toBe(lab().home("pi-1"));
    expect(await forwardings("gate")).toBe(before + 1);
  });

  test("gets and sends as much as there is", async () => {
    const connection = await connector([]).connect(behind("pi-1", "gate", "inner"), never);
    const bytes = "0123456789abcdef".repeat(1 << 17);
    const { stdout } = await run(connection, "cat", bytes);
    expect(stdout).toBe(bytes);
    await connection.close();
  });
});

test("all hosts behind one share a connection to it, and so does its own session", async () => {
  const before = await connections("gate");
  const made = connector([behind("pi-1", "gate"), behind("pi-2", "gate")]);
  const hosts = [behind("pi-1", "gate"), lab().host("gate"), behind("pi-2", "gate")];
  const open = await Promise.all(hosts.map((host) => made.connect(host, never)));
  const homes = await Promise.all(open.map(async (one) => (await run(one, "echo $HOME")).stdout.trim()));
  expect(homes).toEqual(["pi-1", "gate", "pi-2"].map((name) => lab().home(name)));
  expect(await connections("gate")).toBe(before + 1);
});

test("a host that logs in anew gets a login of its own, while those behind it go on", async () => {
  const made = connector([behind("pi-1", "gate")]);
  const pi = await made.connect(behind("pi-1", "gate"), never);
  const first = await made.connect(lab().host("gate"), never);
  const running = collect(await first.exec("sleep 100"));
  const before = await connections("gate");
  await first.close();
  expect((await running).close).toEqual({});
  await expect(first.exec("true")).rejects.toThrow("Lost gate: closed");
  const second = await made.connect(lab().host("gate"), never);
  expect(await connections("gate")).toBe(before + 1);
  expect((await run(second, "echo second")).stdout).toBe("second\n");
  expect((await run(pi, "echo still there")).stdout).toBe("still there\n");
});

test("a host that nothing goes through any more is let go", async () => {
  const made = connector([behind("pi-1", "gate")]);
  const gate = await made.connect(lab().host("gate"), never);
  await gate.close();
  await lab().idle("gate");
});

test("what is not waited for any more is given up, on the way as well", async () => {
  const silent = await silentServer();
  closing.push(() => silent.stop());
  const gate = { ...lab().host("gate"), address: "127.0.0.1", port: silent.port };
  const made = connector([gate]);
  const aborts = [new AbortController(), new AbortController()];
  const attempts = aborts.map(({ signal }) => made.connect(behind("pi-1", "gate"), signal));
  const reasons = attempts.map((attempt) => attempt.catch((error: Error) => error.message));
  while (silent.accepted() === 0) await new Promise((resolve) => setImmediate(resolve));
  aborts[0]?.abort(new Error("one"));
  expect(await reasons[0]).toBe("one");
  expect(silent.accepted()).toBe(1);
  aborts[1]?.abort(new Error("two"));
  expect(await reasons[1]).toBe("two");
});

describe("on each part of the way", () => {
  test.each([
    ["gate", ["gate"]],
    ["inner", ["gate", "inner"]],
    ["pi-1", ["gate", "inner"]],
  ])("the key of %s is checked before any login there", async (wrong, jump) => {
    const file = join(lab().dir, `wrong-${wrong}`);
    await writeFile(file, knownHostsLines([lab().host(wrong)], OTHER));
    const changed = { ...lab().host(wrong), knownHosts: [file] };
    const before = await logins(wrong);
    for (const acceptNew of [false, true]) {
      const made = connector([changed], { acceptNew });
      const host = wrong === "pi-1" ? { ...changed, jump } : behind("pi-1", ...jump);
      const error = await refusal(made.connect(host, never));
      expect(error).toMatchObject({ code: "WM5011", retryable: false });
      expect(error.message).toMatch(
        new RegExp(`^${wrong === "pi-1" ? "" : "On the way there: "}The key of ${wrong} .* has changed`),
      );
      expect(error.message).toContain(`${file}:1 says SHA256:`);
      const unknown = { ...lab().host(wrong), knownHosts: [join(lab().dir, "none")] };
      const target = wrong === "pi-1" ? { ...unknown, jump } : behind("pi-1", ...jump);
      expect(await refusal(connector([unknown]).connect(target, never))).toMatchObject({ code: "WM5010" });
    }
    expect(await logins(wrong)).toBe(before);
  });

  test("a new key is accepted where that is wanted, and written to the file of that host", async () => {
    const file = (name: string): string => join(lab().dir, `new-${name}`);
    const gate = { ...lab().host("gate"), knownHosts: [file("gate")] };
    const pi = { ...behind("pi-1", "gate"), knownHosts: [file("pi-1")] };
    expect(await where(connector([gate], { acceptNew: true }), pi)).toBe(lab().home("pi-1"));
    for (const { name, address, port, knownHosts } of [gate, pi]) {
      const lines = (await readFile(knownHosts[0] ?? "", "utf8")).split("\n");
      expect(lines, name).toHaveLength(2);
      expect(lines[0], name).toMatch(new RegExp(`^\\[${address}\\]:${port} ssh-ed25519 `));
    }
  });

  test("its own user, keys and known_hosts count", async () => {
    const gate = { ...lab().host("gate"), user: "nobody-at-all" };
    expect((await refusal(connector([gate]).connect(behind("pi-1", "gate"), never))).message).toMatch(
      /^On the way there: Not allowed to log in as nobody-at-all@/,
    );
    const keyless = { ...lab().host("gate"), identity: [] };
    expect(await refusal(connector([keyless]).connect(behind("pi-1", "gate"), never))).toMatchObject({
      code: "WM5020",
    });
  });

  test("a host that cannot be reached is named, and all that wait for it learn of it", async () => {
    const gate = { ...lab().host("gate"), address: "127.0.0.1", port: NOBODYS_PORT };
    const made = connector([gate]);
    const errors = await Promise.all(
      ["pi-1", "pi-2"].map((name) => refusal(made.connect(behind(name, "gate"), never))),
    );
    for (const error of errors) {
      expect(error).toMatchObject({
        code: "WM5001",
        message: `On the way there: gate (127.0.0.1:${NOBODYS_PORT}) cannot be reached: connection refused.`,
        retryable: true,
      });
    }
    const deeper = await refusal(made.connect(behind("pi-1", "gate", "inner"), never));
    expect(deeper.message).toBe(errors[0]?.message);
  });

  test("the last part that fails is told as such", async () => {
    const pi = { ...behind("pi-1", "gate"), address: "127.0.0.1", port: NOBODYS_PORT };
    expect(await refusal(connector([]).connect(pi, never))).toMatchObject({
      code: "WM5001",
      message: `pi-1 (127.0.0.1:${NOBODYS_PORT} through gate) cannot be reached: connection refused.`,
      retryable: true,
    });
    const nameless = { ...behind("pi-1", "gate"), address: "no-such-host.invalid" };
    expect(await refusal(connector([]).connect(nameless, never))).toMatchObject({
      code: "WM5002",
      message: expect.stringContaining("gate cannot resolve the name no-such-host.invalid"),
    });
  });

  test("there is a deadline", async () => {
    const silent = await silentServer();
    closing.push(() => silent.stop());
    const limits = { connectMs: 2000 };
    const gate = { ...lab().host("gate"), address: "127.0.0.1", port: silent.port };
    expect(await refusal(connector([gate], { limits }).connect(behind("pi-1", "gate"), never))).toMatchObject({
      code: "WM5003",
      message: `On the way there: gate (127.0.0.1:${silent.port}) accepts connections but does not speak SSH: gave up after 2 s.`,
    });
    const pi = { ...behind("pi-1", "gate"), address: "127.0.0.1", port: silent.port };
    expect(await refusal(connector([], { limits }).connect(pi, never))).toMatchObject({
      code: "WM5003",
      message: `pi-1 (127.0.0.1:${silent.port} through gate) accepts connections but does not speak SSH: gave up after 2 s.`,
    });
    const slamming = await hangUpServer();
    closing.push(() => slamming.stop());
    const closed = { ...pi, port: slamming.port };
    expect(await refusal(connector([]).connect(closed, never))).toMatchObject({ code: "WM5004" });
  });
});

describe("a host between that lets nobody through", () => {
  test.each([["AllowTcpForwarding no"], ["PermitOpen 127.0.0.1:9"]])("because of `%s` is told", async (line) => {
    await lab().configure("shut", [line]);
    expect(await refusal(connector([]).connect(behind("pi-1", "shut"), never))).toMatchObject({
      code: "WM5007",
      message: expect.stringMatching(/^pi-1 \(.* through shut\) cannot be reached: shut lets no connection through\.$/),
      hint: expect.stringContaining("AllowTcpForwarding"),
      retryable: false,
    });
  });

  test("is not held to be full when it has a limit: another connection is made to it", async () => {
    const narrow = await narrowServer(3);
    closing.push(() => narrow.stop());
    const made = connector([{ ...lab().host("gate"), name: "narrow", ...narrow.place(lab().dir) }]);
    const hosts = Array.from({ length: 8 }, (_, index) => ({ ...behind("pi-1", "narrow"), name: `pi-${index}` }));
    const open = await Promise.all(hosts.map((host) => made.connect(host, never)));
    for (const connection of open) expect((await run(connection, "echo in")).stdout).toBe("in\n");
    expect(narrow.connections()).toBe(3);
    await Promise.all(open.map((connection) => connection.close()));
    const full = await narrowServer(0);
    closing.push(() => full.stop());
    const none = connector([{ ...lab().host("gate"), name: "narrow", ...full.place(lab().dir) }]);
    expect(await refusal(none.connect(behind("pi-1", "narrow"), never))).toMatchObject({
      code: "WM5007",
      message: expect.stringContaining("narrow has no room for more connections"),
      retryable: true,
    });
  });

  test("has no more than eight logins through it at a time, and whoever gives up makes room", async () => {
    const silent = await silentServer();
    closing.push(() => silent.stop());
    const made = connector([], { limits: { connectMs: 60_000 } });
    const abort = new AbortController();
    const attempts = Array.from({ length: 20 }, (_, index) => {
      const host = { ...behind("pi-1", "gate"), name: `pi-${index}`, address: "127.0.0.1", port: silent.port };
      return made.connect(host, abort.signal).catch((error: Error) => error.message);
    });
    while (silent.accepted() < 8) await new Promise((resolve) => setTimeout(resolve, 5));
    // One that does not queue at that host.
    expect(await where(made, behind("pi-2", "inner"))).toBe(lab().home("pi-2"));
    expect(silent.accepted()).toBe(8);
    abort.abort(new Error("enough"));
    expect(new Set(await Promise.all(attempts))).toEqual(new Set(["enough"]));
    expect(await where(made, behind("pi-2", "gate"))).toBe(lab().home("pi-2"));
  });
});

describe("what goes through a host that is lost", () => {
  test.each([
    ["ends", "cutConnections"],
    ["falls silent", "freezeConnections"],
  ] as const)("is lost with it at once when it %s, and comes back with it", async (_, lose) => {
    const limits = { keepaliveMs: 700, keepaliveCount: 3 };
    const made = connector([behind("pi-1", "gate"), behind("pi-2", "gate")], { limits });
    const open = await Promise.all(["pi-1", "pi-2"].map((name) => made.connect(behind(name, "gate"), never)));
    const reasons = open.map((one) => new Promise<string>((resolve) => one.onClose(resolve)));
    const running = await Promise.all(open.map((one) => one.exec("echo begun; sleep 100")));
    const ends = running.map((channel) => collect(channel));
    await lab()[lose]("gate");
    for (const reason of await Promise.all(reasons)) expect(reason).toMatch(/^gate, on the way there, was lost: /);
    // Nothing is known of what ran there.
    for (const { close } of await Promise.all(ends)) expect(close).toEqual({});
    await expect(open[0]?.exec("true")).rejects.toThrow("Lost pi-1");
    const before = await connections("gate");
    const again = await Promise.all(["pi-1", "pi-2"].map((name) => made.connect(behind(name, "gate"), never)));
    expect((await run(again[1] as Connection, "echo back")).stdout).toBe("back\n");
    expect(await connections("gate")).toBe(before + 1);
  });
});

test("of several connections to a host between the newest is used: an older one may be dead without anybody knowing", async () => {
  const made = connector([behind("pi-1", "gate"), behind("pi-2", "gate")], { limits: { connectMs: 30_000 } });
  await made.connect(lab().host("gate"), never);
  await made.connect(behind("pi-1", "gate"), never);
  await lab().freezeConnections("gate");
  await made.connect(lab().host("gate"), never);
  expect(await where(made, behind("pi-2", "gate"))).toBe(lab().home("pi-2"));
});

test("a host between that is lost during a login through it is told, and that it may come back", async () => {
  const silent = await silentServer();
  closing.push(() => silent.stop());
  const pi = { ...behind("pi-1", "gate"), address: "127.0.0.1", port: silent.port };
  const attempt = refusal(connector([]).connect(pi, never));
  while (silent.accepted() === 0) await new Promise((resolve) => setImmediate(resolve));
  await lab().cutConnections("gate");
  expect(await attempt).toMatchObject({
    code: "WM5008",
    message: expect.stringMatching(/^pi-1 .* cannot be reached: gate, on the way there, was lost: /),
    retryable: true,
  });
});

interface NarrowServer {
  readonly connections: () => number;
  /** Where it is, with its key in a known_hosts file of that folder. */
  place(folder: string): Pick<Host, "address" | "port" | "knownHosts">;
  stop(): Promise<void>;
}

/** Lets whoever comes through to anywhere, but only so many times on each connection. */
async function narrowServer(most: number): Promise<NarrowServer> {
  const key = generateKeyPair("narrow");
  let connections = 0;
  const server = new ssh2.Server({ hostKeys: [key.privateKey] }, (client) => {
    connections++;
    let lines = 0;
    client.on("error", () => undefined);
    client.on("authentication", (context) => context.accept());
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      if (lines >= most) {
        // `reject` alone says that it could not connect (RFC 4254, 5.1).
        const { _protocol: protocol } = client as unknown as {
          readonly _protocol: { channelOpenFail: (id: number, reason: number, text: string) => void };
        };
        const { channelOpenFail } = protocol;
        protocol.channelOpenFail = (id, _reason, text) => channelOpenFail.call(protocol, id, 4, text);
        reject();
        protocol.channelOpenFail = channelOpenFail;
        return;
      }
      lines++;
      const channel = accept();
      const socket = connect(destPort, destIP);
      channel.on("error", () => undefined);
      socket.on("error", () => undefined);
      channel.pipe(socket).pipe(channel);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    connections: () => connections,
    place(folder) {
      const path = join(folder, `narrow-${port}`);
      writeFileSync(path, `[127.0.0.1]:${port} ${key.publicKey}\n`);
      return { address: "127.0.0.1", port, knownHosts: [path] };
    },
    async stop() {
      server.close();
    },
  };
}
