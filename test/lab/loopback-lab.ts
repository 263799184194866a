import { rmSync } from "node:fs";
import { chmod, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { endAll, labDown } from "../../src/lab/lab-down.ts";
import { knownHostsText, labPaths } from "../../src/lab/lab-layout.ts";
import type { LabHost } from "../../src/lab/lab-layout.ts";
import { findSshd, startSshd } from "../../src/lab/lab-server.ts";
import { readState, writeState } from "../../src/lab/lab-state.ts";
import type { LabProcess } from "../../src/lab/lab-state.ts";
import { labUp } from "../../src/lab/lab-up.ts";
import type { LabUpOptions } from "../../src/lab/lab-up.ts";
import { descendants, isAlive, signalProcess } from "../../src/lab/process-identity.ts";
import type { Host } from "../../src/model/inventory.ts";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";

/**
 * Real OpenSSH on loopback for tests: one sshd a host, so that each can be cut, stopped and changed alone.
 * Everything lives in one temporary folder, and is gone afterwards whatever happens.
 */
export interface LoopbackLab {
  readonly dir: string;
  readonly user: string;
  readonly hosts: readonly Host[];
  host(name: string): Host;
  home(name: string): string;
  tmp(name: string): string;
  /** What its sshd said, from its last start on. */
  log(name: string): Promise<string>;
  /** The pid of the sshd that listens. */
  sshdPid(name: string): Promise<number>;
  /** Kills the sshd processes behind the host's connections; programs that they started live on. */
  cutConnections(name: string): Promise<void>;
  /** Stops them, so that the host is silent: a half-open connection. */
  freezeConnections(name: string): Promise<void>;
  /** Waits until no connection is left on the host. */
  idle(name: string): Promise<void>;
  /** Ends the sshd that listens, and starts it again on the same port. */
  restart(name: string): Promise<void>;
  /** Puts lines of sshd_config(5) in front of the host's own, and restarts it. */
  configure(name: string, lines: readonly string[]): Promise<void>;
  /** Gives the host another key, unknown to the lab's known_hosts. @returns its public half */
  changeHostKey(name: string): Promise<string>;
  stop(): Promise<void>;
}

export type LoopbackLabOptions = Pick<LabUpOptions, "names" | "groups" | "sshdConfig"> & { readonly count?: number };

/** Where sshd is; none: what needs one is skipped. */
export const sshd = await findSshd(process.env["PATH"] ?? "");

/**
 * Starts a lab before the tests of this file or `describe`, and takes it down after them. Read `lab()` inside tests;
 * they are skipped where there is no sshd.
 */
export function useLoopbackLab(options: LoopbackLabOptions = {}): () => LoopbackLab {
  let lab: LoopbackLab | undefined;
  beforeEach(({ skip }) => skip(sshd === undefined, "there is no sshd on this machine"));
  beforeAll(async () => {
    if (sshd !== undefined) lab = await startLoopbackLab(options);
  });
  afterAll(() => lab?.stop());
  return () => {
    if (lab === undefined) throw new Error("the lab is up inside tests only");
    return lab;
  };
}

export async function startLoopbackLab(options: LoopbackLabOptions = {}): Promise<LoopbackLab> {
  const dir = await mkdtemp(join(tmpdir(), "waymark-lab-"));
  // For steps that run as other users.
  await chmod(dir, 0o711);
  const count = options.count ?? options.names?.length ?? 1;
  const lab = await labUp({ ...options, dir, count, server: "sshd", hostsPerServer: 1 });
  const untrap = await trap(dir);
  const paths = labPaths(dir);

  const find = (name: string): LabHost => {
    const host = lab.hosts.find((host) => host.name === name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  };
  const file = (name: string, ending: string) => join(dir, `sshd-${lab.hosts.indexOf(find(name)) + 1}.${ending}`);
  const listener = async (name: string): Promise<LabProcess> => {
    const found = (await readState(dir))?.processes.find(({ hosts }) => hosts.includes(name));
    if (found === undefined) throw new Error(`no sshd for ${name}`);
    return found;
  };
  const connections = async (name: string) =>
    (await descendants((await listener(name)).pid)).filter((child) => child.name.startsWith("sshd"));
  const restart = async (name: string): Promise<void> => {
    const old = await listener(name);
    await endAll([old]);
    // One that had to be killed has its port until it is gone.
    while (await isAlive(old)) await sleep(5);
    const command = { endpoints: [find(name)], log: file(name, "log"), args: ["-D", "-e", "-f", file(name, "conf")] };
    const record = async (identity: { readonly pid: number; readonly started: string }) => {
      const state = await readState(dir);
      if (state === undefined) throw new Error("the lab is gone");
      const processes = state.processes.map((process) =>
        process.pid === old.pid ? { ...process, ...identity } : process,
      );
      await writeState(dir, { ...state, processes });
    };
    await startSshd({ program: sshd ?? "sshd", ...command }, record);
  };

  return {
    dir,
    user: lab.user,
    hosts: lab.hosts.map((host) => asHost(host, lab.user, paths)),
    host: (name) => asHost(find(name), lab.user, paths),
    home: (name) => find(name).home,
    tmp: (name) => find(name).tmp,
    log: (name) => readFile(file(name, "log"), "utf8"),
    sshdPid: async (name) => (await listener(name)).pid,
    async cutConnections(name) {
      for (const process of await connections(name)) await signalProcess(process, "SIGKILL");
    },
    async freezeConnections(name) {
      for (const process of await connections(name)) await signalProcess(process, "SIGSTOP");
    },
    async idle(name) {
      while ((await connections(name)).length > 0) await sleep(5);
    },
    restart,
    async configure(name, lines) {
      const config = await readFile(file(name, "conf"), "utf8");
      await writeFile(file(name, "conf"), [...lines, config].join("\n"));
      await restart(name);
    },
    async changeHostKey(name) {
      const { privateKey, publicKey } = generateKeyPair("changed");
      const path = join(dir, `host_key-${name}`);
      await writeFile(path, privateKey, { mode: 0o600 });
      const config = await readFile(file(name, "conf"), "utf8");
      await writeFile(file(name, "conf"), config.replace(/^HostKey .*$/m, `HostKey ${path}`));
      await restart(name);
      return publicKey;
    },
    async stop() {
      for (const host of lab.hosts) {
        for (const process of await connections(host.name)) await signalProcess(process, "SIGCONT");
      }
      await labDown({ dir });
      untrap();
    },
  };
}

/** The lab's host as an inventory would have it. */
function asHost(
  { name, address, port, groups }: LabHost,
  user: string,
  paths: { readonly identity: string; readonly knownHosts: string },
): Host {
  return {
    name,
    address,
    port,
    user,
    identity: [paths.identity],
    knownHosts: [paths.knownHosts],
    jump: [],
    groups,
    vars: {},
    transport: "ssh",
  };
}

/** For the day when a test run dies: nothing asynchronous happens any more then. @returns takes the trap away again */
async function trap(dir: string): Promise<() => void> {
  const pids = (await readState(dir))?.processes.map(({ pid }) => pid) ?? [];
  const clear = () => {
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", clear);
  return () => process.removeListener("exit", clear);
}

/** known_hosts lines for hosts, all with the same key. */
export const knownHostsLines = (hosts: readonly Host[], publicKey: string): string =>
  knownHostsText(
    hosts.map((host) => ({ ...host, home: "", tmp: "" })),
    publicKey,
  );
