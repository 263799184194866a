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
 * They have apt packages that need no network: lab-hello (1.0, 2.0), lab-slow (takes seconds), lab-broken (fails).
 * How it works: namespace/lab.sh, supervise.sh and enter.sh. Nothing of it is left when this process is gone.
 */
import { readFileSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { identify, isAlive } from "../../src/lab/process-identity.ts";
import type { Host } from "../../src/model/inventory.ts";
import { controlLab } from "./namespace-control.ts";
import { hostFolder, writeFiles } from "./namespace-files.ts";
import type { LabNetwork, NamespaceHostSpec } from "./namespace-layout.ts";
import { LABS, machineLink, machineNetwork, placeHosts } from "./namespace-layout.ts";
import { namespaceLabUnavailable } from "./namespace-probe.ts";
import type { HostState } from "./namespace-process.ts";
import { LabProcess, runProgram } from "./namespace-process.ts";
import { namespaceRoot } from "./namespace-root.ts";
import { type LabUser, PASSWORDS } from "./namespace-users.ts";
import type { Slowness } from "./slow-relay.ts";

export { PASSWORDS, namespaceLabUnavailable };
export type { LabUser };

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
  /** Its /var/tmp, likewise. */
  tmp(name: string): string;
  /** What its sshd said, from the last boot on. */
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
  /** From now on it stays away when it reboots, until {@link letBoot}. */
  holdBoot(name: string): Promise<void>;
  /** Has one come up that stays away, or is about to. @returns when its sshd is ready */
  letBoot(name: string): Promise<void>;
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
  /** Stops them, so that connections are half open while new ones can be made. */
  freezeConnections(name: string): Promise<void>;
  /** Waits until no connection is left on the host. */
  idle(name: string): Promise<void>;
  /** Ends the sshd that listens and starts another; connections stay. */
  restartSshd(name: string): Promise<void>;
  /** Puts lines of sshd_config(5) before Debian's own, and restarts sshd. */
  configure(name: string, lines: readonly string[]): Promise<void>;
  /** Gives the host another key, unknown to the lab's known_hosts. @returns its public half */
  changeHostKey(name: string): Promise<string>;
  /** @returns the host behind a line like that; only not one that is behind another */
  slow(name: string, slowness: Slowness): Promise<Host>;
  /** Of a host with `varTmpBytes`. */
  resizeVarTmp(name: string, bytes: number): Promise<void>;
  /** Makes all that is on disk read-only for whoever opens a file from now on, until {@link writable} or a reboot. */
  readOnly(name: string): Promise<void>;
  writable(name: string): Promise<void>;
  /** Takes it down; again does nothing. */
  stop(): Promise<void>;
}

export interface NamespaceLabOptions {
  readonly hosts: readonly (string | NamespaceHostSpec)[];
  /** Whom hosts log in as unless asked for another. `pi` unless said. */
  readonly user?: LabUser;
}

/** Of a lab's folder; then whose it is: pid and start of the process. */
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
  let lab: LabProcess | undefined;
  let network: LabNetwork | undefined;
  const clear = () => {
    lab?.killNow();
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", clear);
  const endNow = async (): Promise<void> => {
    // In this order: clients see their connections close; and the link is ours for as long as the lab is there.
    await lab?.killHosts(dir);
    if (network !== undefined) await runProgram("ip", ["link", "del", "dev", machineLink(network)]);
    await lab?.end();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    process.removeListener("exit", clear);
  };
  let ended: Promise<void> | undefined;
  const end = () => (ended ??= endNow());
  try {
    const root = namespaceRoot();
    // So that it is known to be in use.
    await utimes(root, new Date(), new Date());
    const up = (lab = await LabProcess.start(dir, root));
    network = await claimNetwork(lab.pid);
    const specs = hosts.map((host) => (typeof host === "string" ? { name: host } : host));
    const placed = placeHosts(specs, network);
    await writeFiles(dir, network, placed);
    up.order("net");
    for (const { name } of placed) up.startHost(name);
    await Promise.all(placed.map(({ name }) => up.until(name, ({ phase }) => phase !== "booting")));
    const dead = placed.find(({ name }) => up.state(name).phase === "off");
    if (dead !== undefined) throw new Error(readFileSync(join(hostFolder(dir, dead.name), "log"), "utf8"));
    return controlLab(dir, user, placed, up, end);
  } catch (error) {
    await end();
    throw error;
  }
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

/** What is left of test runs that were killed: folders, since the labs in them end with their owners. */
async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const [pid, started] = name.slice(PREFIX.length).split("-");
    if (pid === undefined || started === undefined || (await isAlive({ pid: Number(pid), started }))) continue;
    const dir = join(tmpdir(), name);
    await LabProcess.endStale(dir);
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
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
  const off = await readFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", "utf8").catch(() => "1");
  return off.trim() === "0";
}
