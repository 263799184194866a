import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import type { Session } from "../../src/engine/ports.ts";
import { LOCAL } from "../../src/model/inventory.ts";
import type { Connection } from "../../src/transport/connection.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import { createTransport } from "../../src/transport/transport.ts";
import { backgroundContract } from "../contract/session-background.contract.ts";
import { carryContract } from "../contract/session-carry.contract.ts";
import { copyContract } from "../contract/session-copy.contract.ts";
import { shellContract } from "../contract/session-shell.contract.ts";
import { terminalContract } from "../contract/session-terminal.contract.ts";
import { localContract } from "../contract/session-shells.ts";
import type { HostUnderTest } from "../contract/session-world.ts";
import { sessionContract } from "../contract/session.contract.ts";
import { run } from "../lab/exec.ts";
import { sshd, useLoopbackLab } from "../lab/loopback-lab.ts";

const lab = useLoopbackLab({ names: ["pi"] });
const sudo = spawnSync("sudo", ["-n", "-u", "nobody", "true"]).status === 0;
const never = new AbortController().signal;

/** The sshd behind each connection: asked for before, so that nothing is answered between a wish to cut and the cut. */
const servers = new WeakMap<Connection, number>();
const pi: HostUnderTest = {
  connect: async () => {
    const connection = await new SshConnector({ user: "nobody", home: "/nowhere" }).connect(lab().host("pi"), never);
    servers.set(connection, Number((await run(connection, "echo $PPID")).stdout));
    return connection;
  },
  cut,
  login: true,
  ...(sudo && { other: "nobody" }),
};
sessionContract("A session over SSH", pi);
carryContract("A session over SSH", pi);
copyContract("A session over SSH", pi);
terminalContract("A session over SSH", pi);
shellContract("A session over SSH", pi);
backgroundContract("A session over SSH", pi);

// With this machine's own `sh`, which is dash on Debian: where it is not, dash is to be tried as the others are.
if (sshd === undefined || basename(realpathSync("/bin/sh")) !== "dash") localContract("dash");

/** Kills the sshd behind this very connection. */
async function cut(connection: Connection): Promise<void> {
  const lost = new Promise((resolve) => connection.onClose(resolve));
  const server = servers.get(connection);
  if (server === undefined) throw new Error("nobody knows its sshd");
  process.kill(server, "SIGKILL");
  await lost;
}

test("the transport reaches every host in its own way", async () => {
  const transport = createTransport({
    token: "0123456789abcdef",
    ssh: { user: "nobody", home: "/nowhere" },
    hosts: lab().hosts,
  });
  const opened: Session[] = [];
  const look = async (session: Session) => {
    opened.push(session);
    const command = { interpreter: ["sh"], code: 'printf %s "$HOME"', env: {}, timeoutMs: 10_000 };
    return (await session.look(command, never)).stdout;
  };
  const host = lab().host("pi");
  expect(await look(await transport.open(host, never))).toBe(lab().home("pi"));
  const { user: _, ...here } = host;
  expect(await look(await transport.open({ ...here, name: LOCAL, transport: "local" }, never))).toBe(
    process.env["HOME"] ?? "",
  );
  for (const session of opened) await session.close();
  await transport.close();
});

test("the transport says which host cannot be reached, and why", async () => {
  const transport = createTransport({
    token: "0123456789abcdef",
    ssh: { user: "nobody", home: "/nowhere" },
    hosts: lab().hosts,
  });
  const host = { ...lab().host("pi"), knownHosts: ["/no/such/file"] };
  await expect(transport.open(host, never)).rejects.toMatchObject({ name: "ConnectError", code: "WM5010" });
  await transport.close();
});
