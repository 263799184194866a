/*
 * The files of a namespace lab in its folder: what lab.sh, supervise.sh and enter.sh read; keys; and the two read-only
 * layers between a host's own disk and the shared root, one of the lab and one of the host.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";
import type { LabNetwork, PlacedHost } from "./namespace-layout.ts";
import { KNOBS, fstabText, hostsText, knobFile, labNetwork, linksText } from "./namespace-layout.ts";
import { USERS } from "./namespace-users.ts";

/** Seconds. */
const BOOT_DELAY = 0.2;
/** As sshd starts at boot, and by `service ssh restart`. It wants to write there at each connection, disk or no disk. */
const SSHD_OPTIONS = 'SSHD_OPTS="-E /run/sshd.log"\n';

export const keyFile = (dir: string): string => join(dir, "id_ed25519");
export const knownHostsFile = (dir: string): string => join(dir, "known_hosts");
/** Of one host; also `links`, `fstab`, `init` (its PID 1 as the lab has it), `cut`, `boot-delay`, `log`. */
export const hostFolder = (dir: string, name: string): string => join(dir, "hosts", name);
/** The host's disk, within the lab's own mount namespace. */
export const diskFolder = (dir: string, name: string): string => join(dir, "work", name, "root");

/** known_hosts(5) lines of a host with this public key. */
export const knownHostsText = ({ links: [{ address, address6 }] }: PlacedHost, publicKey: string): string =>
  [address, address6].map((at) => (at === undefined ? "" : `${at} ${publicKey}\n`)).join("");

/** What the lab adds to sshd_config(5); the first line about something counts. */
export const sshdText = (lines: readonly string[]): string =>
  [...lines, "MaxStartups 1000", "MaxSessions 100", ""].join("\n");

export async function writeFiles(dir: string, network: LabNetwork, hosts: readonly PlacedHost[]): Promise<void> {
  const client = generateKeyPair("namespace lab");
  const programs = new URL("namespace/host/", import.meta.url);
  const keys = new Map(hosts.map(({ name }) => [name, generateKeyPair(name)]));
  const known = hosts.map((host) => knownHostsText(host, keys.get(host.name)?.publicKey ?? ""));
  await put(keyFile(dir), client.privateKey, 0o600);
  await put(knownHostsFile(dir), known.join(""), 0o600);
  await put(join(dir, "net"), `${labNetwork(network, hosts).join("\n")}\n`);
  await put(join(dir, "kernel/swaps"), "Filename\tType\tSize\tUsed\tPriority\n");
  for (const knob of KNOBS) {
    const value = await readFile(`/proc/sys/${knob}`, "utf8").catch(() => undefined);
    if (value !== undefined) await put(join(dir, "kernel", knobFile(knob)), value);
  }
  const common = join(dir, "layer");
  await put(join(common, "etc/hosts"), hostsText(hosts));
  await put(join(common, "etc/default/ssh"), SSHD_OPTIONS);
  // Not the machine's name servers.
  await put(join(common, "etc/resolv.conf"), "");
  await put(join(common, "usr/sbin/lab-init"), readFileSync(new URL("lab-init", programs)), 0o755);
  await put(join(common, "usr/bin/systemctl"), readFileSync(new URL("systemctl", programs)), 0o755);
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
    // As Debian's useradd(8) has it.
    await chmod(dirname(ssh), 0o700);
    for (const path of [dirname(ssh), ssh, join(ssh, "authorized_keys")]) await chown(path, id, id);
  }
  for (const host of hosts) {
    const own = hostFolder(dir, host.name);
    await put(join(own, "fstab"), fstabText(join(dir, "work", host.name), existsSync));
    await writeHost(own, host, keys.get(host.name)?.privateKey ?? "");
  }
}

async function writeHost(dir: string, host: PlacedHost, hostKey: string): Promise<void> {
  const layer = join(dir, "layer/etc");
  await put(join(layer, "hostname"), `${host.name}\n`);
  await put(join(layer, "machine-id"), `${randomBytes(16).toString("hex")}\n`);
  await put(join(layer, "ssh/ssh_host_ed25519_key"), hostKey, 0o600);
  await put(join(layer, "ssh/sshd_config.d/lab.conf"), sshdText(host.sshdConfig ?? []));
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
