/*
 * Hosts in namespaces for tests: each with its own root, network, pids and clock since boot; real sshd, sudo and
 * passwords; they reboot, are powered off, are cut off, freeze, stand behind each other. Linux, root, no containers.
 *
 *   describe.skipIf(namespaceLabUnavailable() !== undefined)("…", () => {
 *     const lab = useNamespaceLab({ hosts: ["master", { name: "worker", behind: "master" }] });
 *     test("…", async () => {
 *       await lab().exec("master", "touch /etc/proof"); // root, not by SSH
 *       await lab().reboot("master"); // … its sshd is ready again
 *
 * Users (key of the lab for all of them, and for root): `pi` (sudo without a password), `ops` (sudo asks for
 * PASSWORDS.ops), `plain` (no sudo). `lab().host("master", "ops")` is a host of an inventory for that user.
 * How it works: namespace/lab.sh, supervise.sh and enter.sh. Nothing of it is left when this process is gone.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { identify, isAlive } from "../../src/lab/process-identity.ts";
import type { Host } from "../../src/model/inventory.ts";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";
import type { LabNetwork, NamespaceHostSpec, PlacedHost } from "./namespace-layout.ts";
import {
  KNOBS,
  LABS,
  fstabText,
  hostsText,
  knobFile,
  labNetwork,
  linksText,
  machineLink,
  machineNetwork,
  placeHosts,
} from "./namespace-layout.ts";
import { namespaceLabUnavailable } from "./namespace-probe.ts";
import type { HostState } from "./namespace-process.ts";
import { LabProcess, runProgram } from "./namespace-process.ts";
import { namespaceRoot } from "./namespace-root.ts";

export { namespaceLabUnavailable };

export type LabUser = "pi" | "ops" | "plain" | "root";

export interface NamespaceLab {
  /** Keys and known_hosts; also what `host()` refers to. */
  readonly dir: string;
  /** Whom `hosts` log in as. */
  readonly user: LabUser;
  readonly hosts: readonly Host[];
  /** A host as an inventory has it; one behind another says so by `jump`. */
  host(name: string, user?: LabUser): Host;
  /** The same by its IPv6 address. @throws {Error} where the machine has no IPv6 */
  host6(name: string, user?: LabUser): Host;
  /** The machine's path of a file on the host, powered off or not. Absolute links in it lead astray. */
  path(name: string, file: string): string;
  /** The home of `user`, as {@link path} gives it. */
  home(name: string): string;
  /** What its sshd said. */
  log(name: string): Promise<string>;
  /** Runs a command as root on the host, not by SSH. @returns stdout @throws {Error} when it fails */
  exec(name: string, command: string): Promise<string>;
  bootId(name: string): Promise<string>;
  state(name: string): HostState;
  /** Resolves once it has come up this often: 1 is the start of the lab. */
  booted(name: string, boots: number): Promise<void>;
  /** Has it reboot, as `sudo reboot` does. @returns when its sshd is ready again */
  reboot(name: string): Promise<void>;
  /** How long it stays away when it reboots; 0.2 s unless said. */
  setBootDelay(name: string, seconds: number): Promise<void>;
  /** Pulls the plug: no connection is told. */
  powerOff(name: string): Promise<void>;
  /** Resolves once it is off. */
  poweredOff(name: string): Promise<void>;
  /** Starts it when it is off. @returns when its sshd is ready */
  start(name: string): Promise<void>;
  /** Pulls its network cables, until {@link mend}, over reboots. */
  cut(name: string): Promise<void>;
  mend(name: string): Promise<void>;
  /** Stops all its sshd processes: it takes connections, and says nothing. */
  freeze(name: string): Promise<void>;
  thaw(name: string): Promise<void>;
  /** Kills the sshd processes behind its connections; programs that they started live on. */
  cutConnections(name: string): Promise<void>;
  /** Ends the sshd that listens and starts another; connections stay. */
  restartSshd(name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface NamespaceLabOptions {
  readonly hosts: readonly (string | NamespaceHostSpec)[];
  /** Whom hosts log in as unless asked for another. `pi` unless said. */
  readonly user?: LabUser;
}

/** What users log in with where a password is asked for, and what sudo asks `ops` for. */
export const PASSWORDS = Object.fromEntries(
  readFileSync(new URL("namespace/passwords", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
) as Readonly<Record<"pi" | "ops" | "plain", string>>;

/** Users and groups as useradd(8) numbers them; see namespace/root-customize.sh. */
const USERS: Readonly<Record<LabUser, { readonly id: number; readonly home: string }>> = {
  root: { id: 0, home: "/root" },
  pi: { id: 1000, home: "/home/pi" },
  ops: { id: 1001, home: "/home/ops" },
  plain: { id: 1002, home: "/home/plain" },
};
const BOOT_DELAY = 0.2;
const PREFIX = "waymark-nslab-";

/**
 * Starts a lab before the tests of this file or `describe`, and takes it down after them. Read `lab()` inside tests;
 * they are skipped where there can be none.
 */
export function useNamespaceLab(options: NamespaceLabOptions): () => NamespaceLab {
  let lab: NamespaceLab | undefined;
  const reason = namespaceLabUnavailable();
  beforeEach(({ skip }) => skip(reason !== undefined, reason));
  beforeAll(async () => {
    if (reason === undefined) lab = await startNamespaceLab(options);
  });
  afterAll(() => lab?.stop());
  return () => {
    if (lab === undefined) throw new Error("the lab is up inside tests only");
    return lab;
  };
}

/** @returns a lab whose hosts are all ready. @throws {Error} when that fails; nothing of it is left then */
export async function startNamespaceLab({ hosts, user = "pi" }: NamespaceLabOptions): Promise<NamespaceLab> {
  await removeStale();
  const dir = await makeDir();
  const clear = () => rmSync(dir, { recursive: true, force: true });
  process.once("exit", clear);
  const root = namespaceRoot();
  // So that it is known to be in use.
  await utimes(root, new Date(), new Date());
  let lab: LabProcess | undefined;
  let network: LabNetwork | undefined;
  const stop = async (): Promise<void> => {
    await lab?.end();
    if (network !== undefined) await runProgram("ip", ["link", "del", machineLink(network)]);
    await rm(dir, { recursive: true, force: true });
    process.removeListener("exit", clear);
  };
  try {
    lab = await LabProcess.start(dir, root);
    network = await claimNetwork(lab.pid);
    const specs = hosts.map((host) => (typeof host === "string" ? { name: host } : host));
    const placed = placeHosts(specs, network);
    await writeFiles(dir, network, placed);
    lab.order("net");
    const up = lab;
    for (const { name } of placed) up.startHost(name);
    await Promise.all(placed.map(({ name }) => up.until(name, ({ phase }) => phase !== "booting")));
    const dead = placed.find(({ name }) => up.state(name).phase === "off");
    if (dead !== undefined) throw new Error(readFileSync(join(dir, "hosts", dead.name, "log"), "utf8"));
    return control(dir, user, placed, up, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function control(
  dir: string,
  user: LabUser,
  placed: readonly PlacedHost[],
  lab: LabProcess,
  stop: () => Promise<void>,
): NamespaceLab {
  const find = (name: string): PlacedHost => {
    const found = placed.find((host) => host.name === name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  const own = (name: string, file: string) => join(dir, "hosts", find(name).name, file);
  const asHost = ({ name, groups = [], behind, links: [{ address }] }: PlacedHost, as: LabUser): Host => ({
    name,
    address,
    port: 22,
    user: as,
    identity: [join(dir, "id_ed25519")],
    knownHosts: [join(dir, "known_hosts")],
    jump: behind === undefined ? [] : [behind],
    groups,
    vars: {},
    transport: "ssh",
  });
  const exec = async (name: string, command: string): Promise<string> => {
    const { code, stdout, stderr } = await lab.exec(dir, find(name).name, command);
    if (code !== 0) throw new Error(`${name}: ${command}: status ${code}: ${stderr}`);
    return stdout;
  };
  const cables = async (name: string, state: "up" | "down"): Promise<void> => {
    for (const { port } of find(name).links) await lab.run("ip", "link", "set", port, state);
  };
  const path = (name: string, file: string) =>
    `/proc/${lab.pid}/root${join(dir, "work", find(name).name, "root", file)}`;
  const ready = (name: string, boots: number) =>
    lab.until(name, (state) => state.phase === "ready" && state.boots >= boots);

  return {
    dir,
    user,
    hosts: placed.map((host) => asHost(host, user)),
    host: (name, as = user) => asHost(find(name), as),
    host6(name, as = user) {
      const { address6 } = find(name).links[0];
      if (address6 === undefined) throw new Error("no IPv6 on this machine");
      return { ...asHost(find(name), as), address: address6 };
    },
    path,
    home: (name) => path(name, USERS[user].home),
    log: (name) => exec(name, "cat /var/log/sshd.log"),
    exec,
    bootId: async (name) => (await exec(name, "cat /proc/sys/kernel/random/boot_id")).trim(),
    state: (name) => lab.state(find(name).name),
    booted: ready,
    async reboot(name) {
      const { boots } = lab.state(name);
      await exec(name, "reboot");
      await ready(name, boots + 1);
    },
    setBootDelay: (name, seconds) => writeFile(own(name, "boot-delay"), `${seconds}\n`),
    async powerOff(name) {
      await cables(name, "down");
      // From the lab's own namespaces: a signal from inside does nothing to a PID 1.
      await lab.run("sh", "-c", `kill -KILL "$(cat "$0")"`, own(name, "init"));
      await lab.until(name, ({ phase }) => phase === "off");
    },
    poweredOff: (name) => lab.until(find(name).name, ({ phase }) => phase === "off"),
    async start(name) {
      if (lab.state(find(name).name).phase === "off") lab.startHost(name);
      await ready(name, 1);
    },
    async cut(name) {
      await writeFile(own(name, "cut"), "");
      await cables(name, "down");
    },
    async mend(name) {
      await rm(own(name, "cut"), { force: true });
      await cables(name, "up");
    },
    freeze: async (name) => void (await exec(name, "pkill -STOP ^sshd")),
    thaw: async (name) => void (await exec(name, "pkill -CONT ^sshd")),
    cutConnections: async (name) =>
      void (await exec(
        name,
        'for pid in $(pgrep ^sshd); do [ "$pid" = "$(cat /run/sshd.pid)" ] || kill -KILL "$pid"; done',
      )),
    restartSshd: async (name) => void (await exec(name, "service ssh restart")),
    stop,
  };
}

/** A folder that tells whose it is by its name, from its first moment on. */
async function makeDir(): Promise<string> {
  const me = await identify(process.pid);
  if (me === undefined) throw new Error("no /proc");
  const dir = await mkdtemp(join(tmpdir(), `${PREFIX}${me.pid}-${me.started}-`));
  await chmod(dir, 0o711);
  await mkdir(join(dir, "work"));
  return dir;
}

/** Folders of test runs that were killed: the labs in them ended with their owners. */
async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid, started] = /^waymark-nslab-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    if (!(await isAlive({ pid: Number(pid), started })))
      await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** The link to the machine is made at once or not at all, and goes with the lab: nobody else has that number. */
async function claimNetwork(pid: number): Promise<LabNetwork> {
  const ipv6 = await isIpv6On();
  const first = Math.floor(Math.random() * LABS);
  for (let attempt = 0; attempt < LABS; attempt++) {
    const network: LabNetwork = { number: (first + attempt) % LABS, ipv6 };
    const { code, stderr } = await runProgram("ip", ["-batch", "-"], machineNetwork(network, pid).join("\n"));
    if (code === 0) return network;
    if (!stderr.includes("File exists")) throw new Error(`the machine's link to the lab: ${stderr}`);
  }
  throw new Error(`${LABS} labs are up`);
}

async function isIpv6On(): Promise<boolean> {
  const { stdout } = await runProgram("cat", ["/proc/sys/net/ipv6/conf/default/disable_ipv6"]);
  return stdout.trim() === "0";
}

async function writeFiles(dir: string, network: LabNetwork, hosts: readonly PlacedHost[]): Promise<void> {
  const client = generateKeyPair("namespace lab");
  const programs = new URL("namespace/host/", import.meta.url);
  const keys = new Map(hosts.map(({ name }) => [name, generateKeyPair(name)]));
  const known = hosts.flatMap(({ name, links: [{ address, address6 }] }) =>
    [address, address6].flatMap((at) => (at === undefined ? [] : `${at} ${keys.get(name)?.publicKey ?? ""}\n`)),
  );
  await put(join(dir, "id_ed25519"), client.privateKey, 0o600);
  await put(join(dir, "known_hosts"), known.join(""), 0o600);
  await put(join(dir, "net"), `${labNetwork(network, hosts).join("\n")}\n`);
  await put(join(dir, "kernel/swaps"), "Filename\tType\tSize\tUsed\tPriority\n");
  for (const knob of KNOBS) {
    const value = await readFile(`/proc/sys/${knob}`, "utf8").catch(() => undefined);
    if (value !== undefined) await put(join(dir, "kernel", knobFile(knob)), value);
  }
  const common = join(dir, "layer");
  await put(join(common, "etc/hosts"), hostsText(hosts));
  await put(join(common, "usr/sbin/lab-init"), readFileSync(new URL("lab-init", programs)), 0o755);
  for (const [program, ...names] of [
    ["reboot", "poweroff", "halt", "shutdown"],
    ["swapon", "swapoff"],
  ] as const) {
    const text = readFileSync(new URL(program, programs));
    for (const name of [program, ...names]) await put(join(common, "usr/sbin", name), text, 0o755);
  }
  for (const { id, home } of Object.values(USERS)) {
    const ssh = join(common, home, ".ssh");
    await put(join(ssh, "authorized_keys"), `${client.publicKey}\n`, 0o600);
    await chmod(ssh, 0o700);
    for (const path of [dirname(ssh), ssh, join(ssh, "authorized_keys")]) await chown(path, id, id);
  }
  for (const host of hosts) {
    const own = join(dir, "hosts", host.name);
    await put(join(own, "fstab"), fstabText(join(dir, "work", host.name), existsSync));
    await writeHost(own, host, keys.get(host.name)?.privateKey ?? "");
  }
}

async function writeHost(dir: string, host: PlacedHost, hostKey: string): Promise<void> {
  const layer = join(dir, "layer/etc");
  await put(join(layer, "hostname"), `${host.name}\n`);
  await put(join(layer, "ssh/ssh_host_ed25519_key"), hostKey, 0o600);
  const sshd = [...(host.sshdConfig ?? []), "MaxStartups 1000", "MaxSessions 100", ""];
  await put(join(layer, "ssh/sshd_config.d/lab.conf"), sshd.join("\n"));
  await put(join(dir, "links"), linksText(host));
  await put(join(dir, "var-tmp"), host.varTmpBytes === undefined ? "" : `${host.varTmpBytes}\n`);
  await put(join(dir, "boot-delay"), `${BOOT_DELAY}\n`);
}

/** Writes a file, and the folders it is in, with modes that do not depend on the umask. */
async function put(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const made = await mkdir(dirname(path), { recursive: true });
  if (made !== undefined) {
    for (let folder = dirname(path); folder.length >= made.length; folder = dirname(folder)) await chmod(folder, 0o755);
  }
  await writeFile(path, content);
  await chmod(path, mode);
}
