import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../../src/model/inventory.ts";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";
import { diskFolder, hostFolder, keyFile, knownHostsFile, sshdText } from "./namespace-files.ts";
import type { NamespaceLab } from "./namespace-lab.ts";
import type { PlacedHost } from "./namespace-layout.ts";
import type { LabProcess } from "./namespace-process.ts";
import { type LabUser, USERS } from "./namespace-users.ts";
import { type SlowRelay, slowRelay } from "./slow-relay.ts";

/** The pids of the sshd processes behind connections. */
const SESSIONS = 'pgrep ^sshd | grep -vx "$(cat /run/sshd.pid)"';
/** /var/tmp may have a file system of its own. */
const ON_DISK = ["/etc", "/home", "/opt", "/root", "/srv", "/tmp", "/usr", "/var", "/var/tmp"];

/** What can be done with a lab that is up. @param dir of the lab @param user whom hosts log in as unless asked for another @param end takes it down */
export function controlLab(
  dir: string,
  user: LabUser,
  placed: readonly PlacedHost[],
  lab: LabProcess,
  end: () => Promise<void>,
): NamespaceLab {
  const find = (name: string): PlacedHost => {
    const found = placed.find((host) => host.name === name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  const own = (name: string, file: string) => join(hostFolder(dir, find(name).name), file);
  const asHost = ({ name, groups = [], behind, links: [{ address }] }: PlacedHost, as: LabUser): Host => ({
    name,
    address,
    port: 22,
    user: as,
    identity: [keyFile(dir)],
    knownHosts: [knownHostsFile(dir)],
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
  const path = (name: string, file: string) => `/proc/${lab.pid}/root${join(diskFolder(dir, find(name).name), file)}`;
  const ready = (name: string, boots: number) =>
    lab.until(name, (state) => state.phase === "ready" && state.boots >= boots);

  const signalSessions = async (name: string, signal: string): Promise<void> => {
    // One that has ended by itself meanwhile is no trouble.
    await exec(name, `for pid in $(${SESSIONS}); do kill -${signal} "$pid" || [ ! -e "/proc/$pid" ]; done`);
  };
  const restartSshd = async (name: string): Promise<void> => {
    // It writes its pid once it listens.
    await exec(name, "service ssh restart && until [ -s /run/sshd.pid ]; do sleep 0.01; done");
  };
  const relays: SlowRelay[] = [];

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
    tmp: (name) => path(name, "/var/tmp"),
    log: (name) => exec(name, "cat /run/sshd.log"),
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
    holdBoot: (name) => writeFile(own(name, "held"), ""),
    async letBoot(name) {
      const { boots } = lab.state(name);
      await rm(own(name, "held"), { force: true });
      await lab.until(name, ({ phase, boots: now }) => phase === "ready" && now > boots);
    },
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
    cutConnections: (name) => signalSessions(name, "KILL"),
    freezeConnections: (name) => signalSessions(name, "STOP"),
    async idle(name) {
      await exec(name, `while ${SESSIONS} | grep -q .; do sleep 0.02; done`);
    },
    restartSshd,
    async configure(name, lines) {
      await writeFile(path(name, "etc/ssh/sshd_config.d/lab.conf"), sshdText(lines));
      await restartSshd(name);
    },
    async changeHostKey(name) {
      const { privateKey, publicKey } = generateKeyPair("changed");
      await writeFile(path(name, "etc/ssh/ssh_host_ed25519_key"), privateKey);
      await restartSshd(name);
      return publicKey;
    },
    async slow(name, slowness) {
      const { address, port } = asHost(find(name), user);
      const relay = await slowRelay(address, port, slowness);
      relays.push(relay);
      const known = await readFile(knownHostsFile(dir), "utf8");
      const key = known.split("\n").find((line) => line.startsWith(`${address} `)) ?? "";
      await appendFile(knownHostsFile(dir), `${key.replace(address, `[127.0.0.1]:${relay.port}`)}\n`);
      return { ...asHost(find(name), user), address: "127.0.0.1", port: relay.port };
    },
    resizeVarTmp: async (name, bytes) => void (await exec(name, `mount -o remount,size=${bytes} /var/tmp`)),
    async readOnly(name) {
      const lines = ON_DISK.map((folder) => `mount --rbind ${folder} ${folder}; mount -o remount,bind,ro ${folder}`);
      await exec(name, ["set -e", ...lines].join("\n"));
    },
    async writable(name) {
      await exec(name, ["set -e", ...ON_DISK.toReversed().map((folder) => `umount -l ${folder}`)].join("\n"));
    },
    async stop() {
      for (const relay of relays.splice(0)) await relay.stop();
      await end();
    },
  };
}
