import { execFile, spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, open, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Endpoint } from "./lab-endpoints.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { identify } from "./process-identity.ts";

/** How to start one server process, and the endpoints it serves. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Where its log goes; it says there that it listens. */
  readonly log: string;
  readonly endpoints: readonly Endpoint[];
}

const START_MS = 30_000;
const PORT_TAKEN = /Bind to port|EADDRINUSE|Cannot bind/;
const SBIN = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"];

/** Where sshd is installed: it must be started by its absolute path. @param path as in `PATH` */
export async function findSshd(path: string): Promise<string | undefined> {
  for (const folder of [...SBIN, ...path.split(delimiter)]) {
    if (!folder.startsWith("/")) continue;
    const file = join(folder, "sshd");
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

/** Whether this sshd punishes clients for failed logins unless told not to: since OpenSSH 9.8. */
export async function knowsPenalties(sshd: string): Promise<boolean> {
  const text = await promisify(execFile)(sshd, ["-V"]).then(
    ({ stdout, stderr }) => stdout + stderr,
    // Old versions take -V for a mistake, and tell their version all the same.
    (error: { readonly stderr?: string }) => error.stderr ?? "",
  );
  const [, major = "0", minor = "0"] = /OpenSSH_(\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) > 9 || (Number(major) === 9 && Number(minor) >= 8);
}

/**
 * Starts a server that outlives this process, and waits until it listens everywhere it should.
 * @param started called as soon as it runs: whoever cleans up must know of it from then on
 * @throws {ServerFailed} when it does not get that far
 */
export async function startServer(
  command: ServerCommand,
  started: (identity: ProcessIdentity) => Promise<void>,
): Promise<ProcessIdentity> {
  const log = await open(command.log, "w", 0o600);
  const ended = new AbortController();
  try {
    const child = spawn(command.program, command.args, {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      cwd: "/",
    });
    child.once("exit", () => ended.abort());
    child.once("error", () => ended.abort());
    child.unref();
    const identity = child.pid === undefined ? undefined : await identify(child.pid);
    if (identity !== undefined) {
      await started(identity);
      const deadline = performance.now() + START_MS;
      while (!ended.signal.aborted && performance.now() < deadline) {
        const text = await readFile(command.log, "utf8");
        if (isListening(text, command.endpoints)) return identity;
        // It goes on with the addresses that it did get.
        if (PORT_TAKEN.test(text)) break;
        await sleep(4);
      }
    }
    throw new ServerFailed(command.program, await readFile(command.log, "utf8"));
  } finally {
    await log.close();
  }
}

/** sshd says so at log level INFO, once for each address; the fallback server says it alike. */
const isListening = (log: string, endpoints: readonly Endpoint[]): boolean =>
  endpoints.every(({ address, port }) => log.includes(`Server listening on ${address} port ${port}.`));

/** A server did not start; `log` is what it said. */
export class ServerFailed extends Error {
  override readonly name = "ServerFailed";
  readonly log: string;
  constructor(program: string, log: string) {
    super(`${program} did not start: ${log.trim().split("\n").at(-1) ?? ""}`);
    this.log = log;
  }

  /** sshd, as root, wants an empty folder that nothing makes where its service is not installed. */
  get missingFolder(): string | undefined {
    return /Missing privilege separation directory: (\/\S+)/.exec(this.log)?.[1];
  }

  /** Somebody else was faster. */
  get portTaken(): boolean {
    return PORT_TAKEN.test(this.log);
  }
}

/** Starts sshd as {@link startServer} does, making the folder it wants if need be. */
export async function startSshd(
  command: ServerCommand,
  started: (identity: ProcessIdentity) => Promise<void>,
): Promise<ProcessIdentity> {
  try {
    return await startServer(command, started);
  } catch (error) {
    const folder = error instanceof ServerFailed ? error.missingFolder : undefined;
    if (folder === undefined) throw error;
    await mkdir(folder, { recursive: true, mode: 0o755 });
    return startServer(command, started);
  }
}
