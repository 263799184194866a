import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectError } from "../../src/engine/ports.ts";
import type { Host } from "../../src/model/inventory.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import type { SshOptions } from "../../src/transport/ssh-options.ts";
import { run } from "../lab/exec.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { ScriptedAsker } from "./scripted-asker.ts";

// sshd tells at this level which keys it is offered.
const lab = useLoopbackLab({ names: ["pi", "shut", "gate"], sshdConfig: ["LogLevel VERBOSE"] });
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
const publicHalf = (path: string): string => execFileSync("ssh-keygen", ["-y", "-P", "", "-f", path]).toString();
function newKey(name: string, passphrase = ""): string {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", join(home, name)]);
  return join(home, name);
}

/** An agent of our own, with these keys. */
async function startAgent(...keys: readonly string[]): Promise<string> {
  const socket = join(await mkdtemp(join(home, "agent-")), "socket");
  const agent = spawn("ssh-agent", ["-D", "-a", socket]);
  stops.push(() => agent.kill());
  await once(agent.stdout, "data");
  for (const key of keys) execFileSync("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: socket }, stdio: "ignore" });
  return socket;
}

/** An agent that says this when it is asked for its keys. */
async function fakeAgent(...answers: readonly Buffer[]): Promise<string> {
  const path = join(await mkdtemp(join(home, "agent-")), "socket");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      for (const answer of answers) socket.write(answer);
    });
  });
  server.listen(path);
  await once(server, "listening");
  stops.push(() => server.close());
  return path;
}

const field = (content: string | Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(content)]);
};

async function on<T>(
  use: (connection: Awaited<ReturnType<SshConnector["connect"]>>) => Promise<T>,
  change: Partial<Host> = {},
  options: Partial<SshOptions> = {},
): Promise<T> {
  const connector = new SshConnector({ user: "nobody", home, ...options }, lab().hosts);
  const connection = await connector.connect({ ...lab().host("pi"), identity: [], ...change }, never);
  try {
    return await use(connection);
  } finally {
    await connection.close();
    await connector.close();
  }
}

const login = (change: Partial<Host> = {}, options: Partial<SshOptions> = {}): Promise<string> =>
  on(async (connection) => (await run(connection, "echo in")).stdout, change, options);

const refusal = (attempt: Promise<unknown>): Promise<ConnectError> =>
  attempt.then(
    () => {
      throw new Error("it was let in");
    },
    (error: ConnectError) => error,
  );

describe("which agent is asked", () => {
  test("the host's own, instead of the operator's", async () => {
    const agent = await startAgent(newKey("operators"));
    expect(await refusal(login({}, { agent }))).toMatchObject({ code: "WM5020" });
    expect(await login({ login: { agent: await startAgent(right()) } }, { agent })).toBe("in\n");
  });

  test("none, where the host says so", async () => {
    const agent = await startAgent(right());
    expect(await login({}, { agent })).toBe("in\n");
    expect((await refusal(login({ login: { agent: "none" } }, { agent }))).message).toContain("no key to offer");
  });
});

describe("which of its keys are offered", () => {
  test("with `IdentitiesOnly` those that there is a file of, be it locked or just the public half", async () => {
    const others = Array.from({ length: 8 }, (_, index) => newKey(`other-${index}`));
    const agent = await startAgent(...others, right());
    const onlyIdentity = { login: { onlyIdentity: true } } as const;
    expect(await refusal(login({}, { agent }))).toMatchObject({ code: "WM5020" });
    const none = await refusal(login({ ...onlyIdentity, identity: [others[0] ?? ""] }, { agent }));
    expect(none.message).toContain(`it refused ${others[0]}.`);
    await writeFile(join(home, "right.pub"), publicHalf(right()));
    for (const name of ["right.pub", "right"]) {
      expect(await login({ ...onlyIdentity, identity: [join(home, name)] }, { agent })).toBe("in\n");
      // Named first, it is offered first: sshd hangs up after six wrong ones.
      expect(await login({ identity: [join(home, name)] }, { agent })).toBe("in\n");
    }
  });

  test("a public half that it has not the other one of is told", async () => {
    const path = join(home, "lonely.pub");
    await writeFile(path, publicHalf(newKey("lonely-key")));
    const agent = await startAgent(newKey("company"));
    expect((await refusal(login({ identity: [path] }, { agent }))).message).toContain(
      `it refused the SSH agent's key; not usable: ${path} (a public key, and the SSH agent does not have the other half).`,
    );
  });

  test("a locked key that it has is not asked about", async () => {
    const agent = await startAgent(right());
    const locked = join(home, "locked");
    await copyFile(right(), locked);
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret", "-f", locked]);
    const asker = new ScriptedAsker("wrong");
    expect(await login({ identity: [locked] }, { agent, asker })).toBe("in\n");
    expect(asker.asked).toEqual([]);
  });
});

describe("what cannot be used is told when the login is refused", () => {
  test("certificates, in files and in the agent", async () => {
    const [authority, key] = [newKey("authority"), newKey("certified")];
    const args = ["-q", "-s", authority, "-I", "me", "-n", lab().user, `${key}.pub`];
    execFileSync("ssh-keygen", args, { stdio: "ignore" });
    expect((await refusal(login({ identity: [key] }))).message).toContain(
      `it refused ${key}; not usable: ${key}-cert.pub (Waymark cannot use certificates).`,
    );
    const agent = await startAgent(key);
    expect((await refusal(login({}, { agent }))).message).toContain(
      "it refused the SSH agent's key; not usable: one key of the SSH agent (ssh-ed25519-cert-v01@openssh.com).",
    );
  });

  test("keys of security tokens, in files and in the agent", async () => {
    const type = "sk-ssh-ed25519@openssh.com";
    const blob = Buffer.concat([field(type), field(Buffer.alloc(32, 7)), field("ssh:")]);
    const key = Buffer.concat([Buffer.from("openssh-key-v1\0"), field("none"), field("none"), field(""), field(blob)]);
    const file = join(home, "id_ed25519_sk");
    const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${key.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
    await writeFile(file, text, { mode: 0o600 });
    const answer = Buffer.concat([Buffer.from([12, 0, 0, 0, 1]), field(blob), field("mine")]);
    const agent = await fakeAgent(field(answer).subarray(0, 9), field(answer).subarray(9));
    expect((await refusal(login({ identity: [file] }, { agent }))).message).toContain(
      `not usable: ${file} (the key of a security token, which Waymark cannot use), one key of the SSH agent (${type}).`,
    );
  });

  test.each([
    ["a failure", [Buffer.from([0, 0, 0, 1, 5])]],
    ["no end", [Buffer.from([255, 255, 255, 255])]],
    ["what is no list", [field(Buffer.from([12, 0, 0, 0, 9, 1, 2]))]],
  ])("an agent that answers with %s", async (_, answers) => {
    const agent = await fakeAgent(...answers);
    expect((await refusal(login({}, { agent }))).message).toContain(`the SSH agent (${agent} does not answer)`);
  });
});

describe("forwarding the agent", () => {
  const keys = (change: Partial<Host>, options: Partial<SshOptions>): Promise<string> =>
    on(
      async (connection) => {
        const first = await run(connection, "ssh-add -l");
        // It is there for all that runs on the connection.
        expect((await run(connection, "ssh-add -l")).stdout).toBe(first.stdout);
        return first.stdout + first.stderr;
      },
      { identity: [right()], ...change },
      options,
    );

  test("is off unless it is asked for", async () => {
    const agent = await startAgent(right());
    expect(await keys({}, { agent })).toMatch(/not open a connection/);
    expect(await keys({ login: { forwardAgent: false } }, { agent })).toMatch(/not open a connection/);
  });

  test("lets the host use it, or the one that is named; through other hosts as well, which do not", async () => {
    const [mine, other] = [newKey("forwarded"), newKey("forwarded-other")];
    const shown = (path: string): string => execFileSync("ssh-keygen", ["-lf", `${path}.pub`]).toString();
    const agent = await startAgent(mine);
    expect(await keys({ login: { forwardAgent: true } }, { agent })).toBe(shown(mine));
    expect(await keys({ login: { forwardAgent: await startAgent(other) } }, { agent })).toBe(shown(other));
    expect(await keys({ login: { forwardAgent: true }, jump: ["gate"] }, { agent })).toBe(shown(mine));
    expect(await keys({ login: { forwardAgent: true, agent: "none" } }, { agent })).toMatch(/not open a connection/);
  });

  test("goes without where the host does not allow it", async () => {
    await lab().configure("shut", ["AllowAgentForwarding no"]);
    const agent = await startAgent(right());
    const host = { ...lab().host("shut"), login: { forwardAgent: true } };
    expect(await keys(host, { agent })).toMatch(/not open a connection/);
  });
});
