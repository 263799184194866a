import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectError } from "../../src/engine/ports.ts";
import type { Host } from "../../src/model/inventory.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import type { SshOptions } from "../../src/transport/ssh-options.ts";
import { run } from "../lab/exec.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { NOBODYS_PORT, hangUpServer, otherServer, silentServer, slammingServer } from "../lab/trap-server.ts";

const lab = useLoopbackLab({ names: ["pi", "old"] });
const never = new AbortController().signal;

let home = "";
const stops: (() => unknown)[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "waymark-home-"));
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await rm(home, { recursive: true, maxRetries: 5 });
});

const right = (): string => join(lab().dir, "id_ed25519");
function newKey(name: string, passphrase = ""): string {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", join(home, name)]);
  return join(home, name);
}

async function login(change: Partial<Host> = {}, options: Partial<SshOptions> = {}, signal = never): Promise<string> {
  const connector = new SshConnector({ user: "nobody", home, ...options });
  const connection = await connector.connect({ ...lab().host("pi"), ...change }, signal);
  const { stdout } = await run(connection, "echo in");
  await connection.close();
  return stdout;
}

const refusal = (attempt: Promise<string>): Promise<ConnectError> =>
  attempt.then(
    () => {
      throw new Error("it was let in");
    },
    (error: ConnectError) => error,
  );

/** An agent of our own, with these keys. */
async function startAgent(keys: readonly string[]): Promise<string> {
  const socket = join(await mkdtemp(join(home, "agent-")), "socket");
  const agent = spawn("ssh-agent", ["-D", "-a", socket]);
  stops.push(() => agent.kill());
  await once(agent.stdout, "data");
  for (const key of keys) execFileSync("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: socket }, stdio: "ignore" });
  return socket;
}

describe("keys", () => {
  test("the host's own is used, and the operator's name where the host has none", async () => {
    const { user: _, ...host } = lab().host("pi");
    const connector = new SshConnector({ user: lab().user, home });
    const connection = await connector.connect(host, never);
    expect((await run(connection, "id -un")).stdout.trim()).toBe(lab().user);
    await connection.close();
  });

  test("without one, the usual files are", async () => {
    await mkdir(join(home, ".ssh"), { recursive: true });
    await copyFile(right(), join(home, ".ssh/id_ed25519"));
    expect(await login({ identity: [] })).toBe("in\n");
    await rm(join(home, ".ssh"), { recursive: true, maxRetries: 5 });
  });

  test("several are tried in turn", async () => {
    expect(await login({ identity: [newKey("first"), right()] })).toBe("in\n");
  });

  test("a wrong one is refused; the message tells who tried what where", async () => {
    const wrong = newKey("wrong");
    const { address, port } = lab().host("pi");
    const error = await refusal(login({ identity: [wrong, join(home, "none")] }));
    expect(error).toMatchObject({
      code: "WM5020",
      message: `Not allowed to log in as ${lab().user}@[${address}]:${port}: it refused ${wrong}; not usable: ${join(home, "none")} (no such file).`,
      retryable: false,
    });
  });

  test("none at all is told", async () => {
    expect((await refusal(login({ identity: [] }))).message).toContain("there was no key to offer");
  });

  test("so many wrong ones that the host hangs up are told as refused", async () => {
    const identity = Array.from({ length: 8 }, (_, index) => newKey(`many-${index}`));
    const error = await refusal(login({ identity }));
    expect(error).toMatchObject({ code: "WM5020" });
    expect(error.message).toContain(`it refused ${identity[0]}, ${identity[1]}`);
  });

  test("one with a passphrase is told, and how to unlock it", async () => {
    const locked = join(home, "locked");
    await copyFile(right(), locked);
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret", "-f", locked]);
    expect(await refusal(login({ identity: [locked] }))).toMatchObject({
      code: "WM5021",
      message: expect.stringContaining(`${locked} is protected by a passphrase`),
      hint: expect.stringContaining(`ssh-add ${locked}`),
    });
  });

  test("one with a passphrase that is wrong anyway is told as any other", async () => {
    const locked = newKey("locked-wrong", "secret");
    expect((await refusal(login({ identity: [locked] }))).message).toContain(`it refused ${locked}.`);
  });
});

describe("the SSH agent", () => {
  test("has the key", async () => {
    expect(await login({ identity: [] }, { agent: await startAgent([newKey("agent-other"), right()]) })).toBe("in\n");
  });

  test("comes after the host's own key, which its many keys must not crowd out", async () => {
    const keys = Array.from({ length: 8 }, (_, index) => newKey(`crowd-${index}`));
    expect(await login({}, { agent: await startAgent(keys) })).toBe("in\n");
  });

  test("has the wrong keys, and they are counted", async () => {
    const agent = await startAgent([newKey("agent-1"), newKey("agent-2")]);
    expect((await refusal(login({ identity: [] }, { agent }))).message).toContain("it refused the SSH agent's 2 keys.");
  });

  test("is gone: the other keys do", async () => {
    const agent = join(home, "no-agent");
    expect(await login({ identity: [newKey("before-agent"), right()] }, { agent })).toBe("in\n");
    expect((await refusal(login({ identity: [] }, { agent }))).message).toContain(
      `the SSH agent (${agent} does not answer)`,
    );
  });
});

describe("hosts that are none", () => {
  test("a port where nobody listens", async () => {
    expect(await refusal(login({ address: "127.0.0.1", port: NOBODYS_PORT }))).toMatchObject({
      code: "WM5001",
      message: expect.stringContaining("connection refused"),
      retryable: true,
    });
  });

  test("a name that is none", async () => {
    expect(await refusal(login({ address: "no..name" }))).toMatchObject({
      code: "WM5002",
      retryable: true,
    });
  });

  test("a server that accepts and never answers", async () => {
    const server = await silentServer();
    stops.push(() => server.stop());
    const options = { limits: { connectMs: 1500 } };
    expect(await refusal(login({ address: "127.0.0.1", port: server.port }, options))).toMatchObject({
      code: "WM5003",
      message: `pi (127.0.0.1:${server.port}) accepts connections but does not speak SSH: gave up after 1.5 s.`,
      retryable: true,
    });
    expect(server.accepted()).toBe(1);
  });

  test.each([
    ["closes after its banner", hangUpServer],
    ["closes at once", slammingServer],
  ])("a server that %s", async (_, start) => {
    const server = await start();
    stops.push(() => server.stop());
    expect(await refusal(login({ address: "127.0.0.1", port: server.port }))).toMatchObject({
      code: "WM5004",
      message: `pi (127.0.0.1:${server.port}) closed the connection before the login.`,
      retryable: true,
    });
  });

  test("a server of another kind", async () => {
    const server = await otherServer();
    stops.push(() => server.stop());
    expect(await refusal(login({ address: "127.0.0.1", port: server.port }))).toMatchObject({
      code: "WM5005",
      retryable: false,
    });
  });

  test("a server that is too old for anything safe", async () => {
    await lab().configure("old", ["KexAlgorithms diffie-hellman-group14-sha1"]);
    const { address, port } = lab().host("old");
    expect(await refusal(login({ address, port }))).toMatchObject({
      code: "WM5005",
      message: expect.stringContaining("no matching key exchange algorithm"),
      hint: expect.stringContaining("Allow curve25519-sha256 in its sshd_config (KexAlgorithms)."),
      retryable: false,
    });
  });
});

describe("giving up", () => {
  test("before it begins and while it waits rejects with the signal's reason", async () => {
    const reason = new Error("stopped by hand");
    await expect(login({}, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    const server = await silentServer();
    stops.push(() => server.stop());
    const abort = new AbortController();
    const attempt = login({ address: "127.0.0.1", port: server.port }, {}, abort.signal);
    const rejected = expect(attempt).rejects.toBe(reason);
    while (server.accepted() === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(reason);
    await rejected;
  });
});

test("a fresh identity file that is no key is told", async () => {
  const path = join(home, "text");
  await writeFile(path, "no key");
  expect((await refusal(login({ identity: [path] }))).message).toContain(`${path} (not a private key)`);
});
