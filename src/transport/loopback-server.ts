import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import type { Readable, Writable } from "node:stream";
import ssh2 from "ssh2";

/*
 * An SSH server for one's own machine, for labs where no sshd is installed: `ssh2` with the user's shell behind it.
 * It runs programs, nothing else: no terminals, no forwarding, no files. Good for trying things out, not for
 * judging a transport by it.
 */

/** A fresh ed25519 key: the private half in OpenSSH's format, the public half as in authorized_keys. */
export function generateKeyPair(comment: string): { readonly privateKey: string; readonly publicKey: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment });
    // One in 256 of ssh2's keys is malformed: it drops a leading zero of the public half.
    if (ssh2.utils.parseKey(pair.private) instanceof Error) continue;
    return { privateKey: pair.private, publicKey: pair.public };
  }
}

/** What {@link serveLoopback} reads. */
interface LoopbackConfig {
  /** Path of the private host key. */
  readonly hostKey: string;
  /** Path of the public keys that may log in. */
  readonly authorizedKeys: string;
  readonly hosts: readonly LoopbackHost[];
}

interface LoopbackHost {
  readonly address: string;
  readonly port: number;
  readonly home: string;
  readonly tmp: string;
}

/**
 * Serves until the process ends; says on stdout where it listens, as sshd does.
 * @param path of a JSON file: `hostKey`, `authorizedKeys` (paths), `hosts` (`address`, `port`, `home`, `tmp`)
 */
export async function serveLoopback(path: string): Promise<void> {
  const config = JSON.parse(await readFile(path, "utf8")) as LoopbackConfig;
  const hostKey = await readFile(config.hostKey);
  const authorized = (await readFile(config.authorizedKeys, "utf8")).split("\n").filter((line) => line !== "");
  const keys = authorized
    .map((line) => ssh2.utils.parseKey(line))
    .flatMap((key) => (key instanceof Error ? [] : [key]));
  await Promise.all(
    config.hosts.map(async (host) => {
      const server = new ssh2.Server({ hostKeys: [hostKey] }, (client, { ip, port }) =>
        serve(client, { ...host, connection: `${ip} ${port} ${host.address} ${host.port}` }, keys),
      );
      server.listen(host.port, host.address);
      await once(server, "listening");
      console.log(`Server listening on ${host.address} port ${host.port}.`);
    }),
  );
}

/** A host as one client sees it. */
interface ServedHost extends LoopbackHost {
  /** `SSH_CONNECTION` of sshd(8): address and port of the client, then of the server. */
  readonly connection: string;
}

function serve(client: ssh2.Connection, host: ServedHost, keys: readonly ssh2.ParsedKey[]): void {
  // A client that goes away in the middle of something.
  client.on("error", () => {});
  (client as WithoutDelay).setNoDelay(true);
  client.on("authentication", (context) => {
    if (isAllowed(context, keys)) context.accept();
    else context.reject(["publickey"]);
  });
  client.on("ready", () => {
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        runCommand(acceptExec(), command, host).catch((error: unknown) => console.error(error));
      });
    });
  });
}

function isAllowed(context: ssh2.AuthContext, keys: readonly ssh2.ParsedKey[]): boolean {
  if (context.method !== "publickey" || context.username !== userInfo().username) return false;
  const key = keys.find((key) => key.type === context.key.algo && context.key.data.equals(key.getPublicSSH()));
  if (key === undefined) return false;
  const { blob, signature, hashAlgo } = context;
  // Without a signature the client only asks whether the key would do.
  if (blob === undefined || signature === undefined) return true;
  return (key as VerifyingKey).verify(blob, signature, hashAlgo) === true;
}

/** The types leave this out. */
interface WithoutDelay extends ssh2.Connection {
  setNoDelay(noDelay: boolean): void;
}

/** The types leave the third parameter out. */
interface VerifyingKey {
  verify(data: Buffer, signature: Buffer, hash?: string): boolean | Error;
}

/** Runs a command as sshd does: by the login shell, in a session of its own, which outlives the connection. */
async function runCommand(channel: ssh2.ServerChannel, command: string, host: ServedHost): Promise<void> {
  const { shell, username } = userInfo();
  const login = shell ?? "/bin/sh";
  const child = spawn(login, ["-c", command], {
    cwd: host.home,
    detached: true,
    env: {
      HOME: host.home,
      SSH_CONNECTION: host.connection,
      WAYMARK_TMPDIR: host.tmp,
      USER: username,
      LOGNAME: username,
      SHELL: login,
      PATH: "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    },
  });
  channel.on("error", () => {});
  child.stdin.on("error", () => {});
  channel.pipe(child.stdin);
  channel.once("close", () => {
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  });
  const ended = end(child);
  await Promise.all([copy(child.stdout, channel), copy(child.stderr, channel.stderr)]);
  const { code, signal } = await ended;
  if (signal === null) channel.exit(code ?? 127);
  else channel.exit(signal.replace(/^SIG/, ""), false, "");
  channel.end();
}

function end(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    child.once("error", () => resolve({ code: 127, signal: null }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

/** As fast as the other side reads; until the program closes its end, or the client is gone. */
async function copy(from: Readable, to: Writable): Promise<void> {
  const gone = once(from, "close");
  from.on("data", (chunk: Buffer) => {
    if (to.write(chunk)) return;
    from.pause();
    to.once("drain", () => from.resume());
  });
  await gone;
}
