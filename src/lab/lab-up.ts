import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execPath, pid } from "node:process";
import { generateKeyPair } from "../transport/loopback-server.ts";
import { EXIT, WaymarkError } from "../model/errors.ts";
import { labDown } from "./lab-down.ts";
import { freeEndpoints } from "./lab-endpoints.ts";
import type { Endpoint } from "./lab-endpoints.ts";
import { defaultNames, inventoryText, knownHostsText, labPaths, layOut, sshdConfig } from "./lab-layout.ts";
import type { LabHost } from "./lab-layout.ts";
import { ServerFailed, findSshd, knowsPenalties, startServer, startSshd } from "./lab-server.ts";
import type { ServerCommand } from "./lab-server.ts";
import { claim, readState, writeState } from "./lab-state.ts";
import type { LabProcess, LabServer, LabState } from "./lab-state.ts";
import { identify, isAlive } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

export interface LabUpOptions {
  /** Everything the lab has is kept here. Made if need be, and removed by {@link labDown}. */
  readonly dir: string;
  readonly count: number;
  /** Default: `lab-1`, `lab-2`, … */
  readonly names?: readonly string[];
  /** Group of the first host, of the second, …; the last one is for all the rest. Default: `master`, `worker`. */
  readonly groups?: readonly string[];
  /** Where to look for sshd besides the usual places, as in `PATH`. */
  readonly path?: string;
  /** Default: `sshd` where it is installed. */
  readonly server?: LabServer;
  /** Lines of sshd_config(5) that go before the lab's own. */
  readonly sshdConfig?: readonly string[];
  /** Where to listen, one for each host. Default: what is free on the loopback interface. */
  readonly endpoints?: readonly Endpoint[];
  /** Hosts a server process serves; sshd listens on at most 16 addresses, which is the default. */
  readonly hostsPerServer?: number;
}

export interface Lab {
  readonly dir: string;
  /** The inventory to use: `-i FILE`. */
  readonly inventory: string;
  readonly server: LabServer;
  readonly user: string;
  readonly hosts: readonly LabHost[];
}

const LISTEN_SOCKETS = 16;
const ATTEMPTS = 3;
/** Other users must get through to a host's temporary files, for steps that run as them; there is nothing else to see. */
const PASSABLE = 0o711;

/**
 * Starts throw-away SSH hosts on this machine, as the user who calls. Where the same lab is up already it stays as it
 * is; what is left of one that did not come up is removed first.
 * @throws {WaymarkError} when it cannot be started; nothing of it is left then
 */
export async function labUp(options: LabUpOptions): Promise<Lab> {
  const dir = resolve(options.dir);
  const names = options.names ?? defaultNames(options.count);
  validate(dir, options.count, names);
  const running = await settle(dir, names);
  if (running !== undefined) return labOf(dir, running);
  for (let attempt = 1; ; attempt++) {
    try {
      return labOf(dir, await start({ ...options, dir }, names));
    } catch (error) {
      if (error instanceof WaymarkError) throw error;
      await labDown({ dir });
      if (error instanceof ServerFailed && error.portTaken && attempt < ATTEMPTS) continue;
      throw new WaymarkError(
        "WM5904",
        `The lab did not start: ${error instanceof Error ? error.message : String(error)}`,
        {
          hint: "Nothing of it is left running. Free what is missing and try again.",
          exit: EXIT.failed,
          cause: error,
        },
      );
    }
  }
}

function validate(dir: string, count: number, names: readonly string[]): void {
  const usage = (message: string, hint: string) => new WaymarkError("WM5901", message, { hint });
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw usage(`A lab of ${count} hosts is not possible.`, "Ask for 1 to 1000 hosts.");
  }
  if (names.length !== count || new Set(names).size !== count) {
    throw usage(`${count} hosts need ${count} different names.`, "Give each host one name.");
  }
  const bad = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name));
  if (bad !== undefined) throw usage(`"${bad}" is no host name.`, "Use letters, digits, dots and dashes.");
  if (/["\\\n%]/.test(dir)) throw usage(`A lab cannot live in ${dir}.`, "Use a folder without quotes in its name.");
}

/** Finds the lab that is up already, and clears away one that is not. */
async function settle(dir: string, names: readonly string[]): Promise<LabState | undefined> {
  const state = await readState(dir);
  if (state === undefined) {
    await mkdir(dir, { recursive: true, mode: PASSABLE });
    if ((await readdir(dir)).length === 0) return undefined;
    throw new WaymarkError("WM5902", `${dir} is not empty, and holds no lab.`, {
      hint: "Give the lab a folder of its own: `lab down` removes it with everything in it.",
    });
  }
  if (state.phase === "starting" && (await isAlive(state.starter))) throw beingStarted(dir);
  const alive = await Promise.all(state.processes.map(isAlive));
  if (state.phase === "starting" || alive.includes(false)) {
    await labDown({ dir });
    await mkdir(dir, { recursive: true, mode: PASSABLE });
    return undefined;
  }
  if (state.hosts.map(({ name }) => name).join() === names.join()) return state;
  throw new WaymarkError("WM5903", `A lab of ${state.hosts.length} other hosts is up in ${dir}.`, {
    hint: "Take it down first: `waymark lab down`.",
  });
}

const beingStarted = (dir: string): WaymarkError =>
  new WaymarkError("WM5903", `A lab is being started in ${dir} right now.`, { hint: "Wait for it, or take it down." });

async function start(options: LabUpOptions, names: readonly string[]): Promise<LabState> {
  const { dir } = options;
  const sshd = options.server === "fallback" ? undefined : await findSshd(options.path ?? "");
  if (options.server === "sshd" && sshd === undefined) throw new Error("there is no sshd on this machine");
  const starter = await identify(pid);
  if (starter === undefined) throw new Error("this system does not tell when a process was started");
  const endpoints = options.endpoints ?? (await freeEndpoints(names.length));
  const hosts = layOut(dir, names, options.groups ?? ["master", "worker"], endpoints);
  let state: LabState = {
    version: 1,
    phase: "starting",
    starter,
    server: sshd === undefined ? "fallback" : "sshd",
    user: userInfo().username,
    hosts,
    processes: [],
  };
  await mkdir(dir, { recursive: true, mode: PASSABLE });
  if (!(await claim(dir, state))) throw beingStarted(dir);
  await writeFiles(dir, state);

  const servers = sshd === undefined ? await fallbackServers(dir, hosts) : await sshdServers(sshd, options, hosts);
  const record = serially(() => writeState(dir, state));
  const starting = servers.map(async ({ command, hosts }) => {
    const started = (identity: ProcessIdentity) => {
      const server: LabProcess = { ...identity, hosts: hosts.map(({ name }) => name) };
      state = { ...state, processes: [...state.processes, server] };
      return record();
    };
    await (sshd === undefined ? startServer : startSshd)(command, started);
  });
  const results = await Promise.allSettled(starting);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  state = { ...state, phase: "up" };
  await record();
  return state;
}

/** One call after the other, whoever calls. */
function serially(call: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(call);
    return last;
  };
}

async function writeFiles(dir: string, { hosts, user }: LabState): Promise<void> {
  const paths = labPaths(dir);
  await mkdir(paths.hosts, { mode: PASSABLE });
  const client = generateKeyPair(`lab of ${user}`);
  const host = generateKeyPair("lab host");
  await Promise.all([
    writeFile(paths.identity, client.privateKey, { mode: 0o600 }),
    writeFile(paths.authorizedKeys, `${client.publicKey}\n`, { mode: 0o600 }),
    writeFile(paths.hostKey, host.privateKey, { mode: 0o600 }),
    writeFile(paths.knownHosts, knownHostsText(hosts, host.publicKey), { mode: 0o600 }),
    writeFile(paths.inventory, inventoryText(hosts, user), { mode: 0o600 }),
    ...hosts.map(makeFolders),
  ]);
}

async function makeFolders({ home, tmp }: LabHost): Promise<void> {
  await mkdir(dirname(home), { mode: PASSABLE });
  await Promise.all([mkdir(home, { mode: 0o700 }), mkdir(tmp)]);
  // As /tmp is; `mkdir` would apply the umask.
  await chmod(tmp, 0o1777);
}

interface Server {
  readonly command: ServerCommand;
  readonly hosts: readonly LabHost[];
}

async function sshdServers(sshd: string, options: LabUpOptions, hosts: readonly LabHost[]): Promise<readonly Server[]> {
  const { dir } = options;
  const size = Math.min(options.hostsPerServer ?? LISTEN_SOCKETS, LISTEN_SOCKETS);
  const penalties = await knowsPenalties(sshd);
  const chunks = Array.from({ length: Math.ceil(hosts.length / size) }, (_, index) =>
    hosts.slice(index * size, (index + 1) * size),
  );
  return Promise.all(
    chunks.map(async (hosts, index) => {
      const config = join(dir, `sshd-${index + 1}.conf`);
      await writeFile(config, sshdConfig(hosts, labPaths(dir), { extra: options.sshdConfig ?? [], penalties }));
      const log = join(dir, `sshd-${index + 1}.log`);
      return { hosts, command: { program: sshd, args: ["-D", "-e", "-f", config], log, endpoints: hosts } };
    }),
  );
}

/** One process of ours for all hosts. */
async function fallbackServers(dir: string, hosts: readonly LabHost[]): Promise<readonly Server[]> {
  const config = join(dir, "loopback-server.json");
  const paths = labPaths(dir);
  await writeFile(config, JSON.stringify({ hostKey: paths.hostKey, authorizedKeys: paths.authorizedKeys, hosts }));
  // Source and build differ in nothing but the ending of the files.
  const module = new URL(`../transport/loopback-server${import.meta.url.slice(-3)}`, import.meta.url);
  const code = `import { serveLoopback } from ${JSON.stringify(module.href)}; await serveLoopback(${JSON.stringify(config)});`;
  const command: ServerCommand = {
    program: execPath,
    args: ["--input-type=module", "--eval", code],
    log: join(dir, "loopback-server.log"),
    endpoints: hosts,
  };
  return [{ command, hosts }];
}

const labOf = (dir: string, { server, user, hosts }: LabState): Lab => ({
  dir,
  inventory: labPaths(dir).inventory,
  server,
  user,
  hosts,
});
