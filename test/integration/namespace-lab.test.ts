import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Host } from "../../src/model/inventory.ts";
import type { Connection } from "../../src/transport/connection.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import { firstOutput, run } from "../lab/exec.ts";
import { PASSWORDS, namespaceLabUnavailable, useNamespaceLab } from "../lab/namespace-lab.ts";

const connect = (host: Host): Promise<Connection> =>
  new SshConnector({ user: "nobody", home: "/nowhere" }).connect(host, new AbortController().signal);

/** Runs a program on a connection of its own. */
async function ssh(host: Host, command: string, stdin = "") {
  const connection = await connect(host);
  const ran = await run(connection, command, stdin);
  await connection.close();
  return ran;
}

/** What becomes of a TCP connection to port 22: what the host says first, or the error, or nothing in that time. */
function knock({ address, port }: Host, ms = 30_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const done = (answer: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ms, () => done("silence"));
    socket.once("error", (error) => done("code" in error ? String(error.code) : error.message));
    socket.once("data", (data) => done(data.toString().slice(0, 8)));
    socket.connect(port, address);
  });
}

describe.skipIf(namespaceLabUnavailable() !== undefined)("hosts of a namespace lab", () => {
  const lab = useNamespaceLab({
    hosts: [
      { name: "master", groups: ["control"] },
      { name: "worker", groups: ["workers"], behind: "master" },
      { name: "other", varTmpBytes: 1_000_000 },
    ],
  });

  test("have roots, names and processes of their own", async () => {
    await lab().exec("master", "echo mine > /etc/proof");
    expect(await readFile(lab().path("master", "/etc/proof"), "utf8")).toBe("mine\n");
    expect(existsSync(lab().path("other", "/etc/proof"))).toBe(false);
    const { stdout } = await ssh(lab().host("master"), "hostname; cat /proc/1/comm; readlink -f /bin/sh; echo ~");
    expect(stdout).toBe("master\nlab-init\n/usr/bin/dash\n/home/pi\n");
    expect(lab().home("master")).toBe(lab().path("master", "/home/pi"));
  });

  test("let pi use sudo, ops with a password, and plain not at all", async () => {
    const sudo = async (user: "pi" | "ops" | "plain", options: string, stdin = "") => {
      const { stdout, stderr, close } = await ssh(lab().host("other", user), `sudo ${options} id -un`, stdin);
      return { stdout, stderr: stderr.trim().split("\n").at(-1), close };
    };
    expect(await sudo("pi", "-n")).toMatchObject({ stdout: "root\n", close: { code: 0 } });
    expect(await sudo("ops", "-n")).toMatchObject({ stderr: "sudo: a password is required", close: { code: 1 } });
    expect(await sudo("ops", "-S", `${PASSWORDS.ops}\n`)).toMatchObject({ stdout: "root\n", close: { code: 0 } });
    expect(await sudo("plain", "-S -p ''", `${PASSWORDS.plain}\n`)).toMatchObject({
      stderr: "plain is not in the sudoers file.",
      close: { code: 1 },
    });
  });

  test("reboot: another boot, the same disk", async () => {
    const before = await lab().bootId("master");
    const begun = performance.now();
    await writeFile(lab().path("master", "/tmp/gone"), "");
    await writeFile(join(lab().tmp("master"), "kept"), "");
    const connection = await connect(lab().host("master"));
    const channel = await connection.exec("sudo systemctl reboot; echo asked; exec sleep 60");
    const closed = new Promise((resolve) => channel.onClose(resolve));
    expect(await firstOutput(channel)).toBe("asked\n");
    expect(await closed).toEqual({});
    await lab().booted("master", 2);
    expect(await lab().bootId("master")).not.toBe(before);
    const { stdout } = await ssh(lab().host("master"), "ls /tmp /var/tmp; cut -d. -f1 /proc/uptime");
    const [, uptime = ""] = /^\/tmp:\n\n\/var\/tmp:\nkept\n(\d+)\n$/.exec(stdout) ?? [];
    expect(uptime, stdout).not.toBe("");
    expect(Number(uptime)).toBeLessThan((performance.now() - begun) / 1000);
    await lab().reboot("master");
    expect(lab().state("master")).toEqual({ phase: "ready", boots: 3, ended: "rebooted" });
  });

  test("power themselves off, are unplugged, and start again", async () => {
    await ssh(lab().host("other"), "sudo poweroff");
    await lab().poweredOff("other");
    expect(lab().state("other").ended).toBe("powered-off");
    expect(existsSync(lab().path("other", "/etc/hostname"))).toBe(true);
    await lab().start("other");
    const connection = await connect(lab().host("other"));
    const channel = await connection.exec("echo started; exec sleep 60");
    await firstOutput(channel);
    await lab().powerOff("other");
    expect(lab().state("other")).toMatchObject({ phase: "off", ended: "killed" });
    await lab().start("other");
    expect((await ssh(lab().host("other"), "hostname")).stdout).toBe("other\n");
    await connection.close();
  });

  test("are cut off until they are mended", async () => {
    await lab().cut("other");
    expect(await knock(lab().host("other"), 300)).toBe("silence");
    await lab().reboot("other");
    expect(await knock(lab().host("other"), 300)).toBe("silence");
    await lab().mend("other");
    expect(await knock(lab().host("other"))).toBe("SSH-2.0-");
  });

  test("freeze: they take connections, and say nothing", async () => {
    const connection = await connect(lab().host("other"));
    await lab().freeze("other");
    expect(await knock(lab().host("other"), 200)).toBe("silence");
    const late = connection.exec("echo late").then(firstOutput);
    await lab().thaw("other");
    expect(await late).toBe("late\n");
    await connection.close();
  });

  test("behind another are reached from there only", async () => {
    const { address } = lab().host("worker");
    expect(lab().host("worker").jump).toEqual(["master"]);
    expect(await knock(lab().host("worker"))).toBe("EHOSTUNREACH");
    await expect(lab().exec("other", `timeout 60 bash -c '</dev/tcp/${address}/22'`)).rejects.toThrow(/unreachable/);
    expect(await lab().exec("master", `timeout 60 bash -c 'head -c 8 </dev/tcp/worker/22'`)).toBe("SSH-2.0-");
    const jump = [lab().host("master"), lab().host("worker")].map(({ address }) => `pi@${address}`);
    const options = ["-i", join(lab().dir, "id_ed25519"), "-o", `UserKnownHostsFile=${join(lab().dir, "known_hosts")}`];
    const proxy = `ssh ${options.join(" ")} -W %h:%p ${jump[0] ?? ""}`;
    const { stdout } = spawnSync("ssh", [
      "-F",
      "none",
      ...options,
      "-o",
      `ProxyCommand=${proxy}`,
      jump[1] ?? "",
      "hostname",
    ]);
    expect(stdout.toString()).toBe("worker\n");
  });

  test("have IPv6 addresses where the machine has", async ({ skip }) => {
    skip(
      (await readFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", "utf8").catch(() => "1")) !== "0\n",
      "no IPv6",
    );
    expect((await ssh(lab().host6("master"), "echo $SSH_CONNECTION")).stdout).toMatch(/^fd57:4d4c:/);
  });

  test("lose connections, and have their sshd restarted, while programs go on", async () => {
    const connection = await connect(lab().host("other"));
    const channel = await connection.exec(
      "(sleep 0.2; echo done > ~/proof) >/dev/null 2>&1 & echo begun; exec sleep 60",
    );
    await firstOutput(channel);
    const closed = new Promise((resolve) => channel.onClose(resolve));
    await lab().restartSshd("other");
    await lab().cutConnections("other");
    await closed;
    const again = await ssh(lab().host("other"), "while [ ! -s ~/proof ]; do sleep 0.02; done; cat ~/proof");
    expect(again.stdout).toBe("done\n");
    await connection.close();
  });

  test("run out of space in /var/tmp, until they have more", async () => {
    const fill = async () => (await ssh(lab().host("other"), "head -c 2000000 /dev/zero > /var/tmp/much")).stderr;
    expect(await fill()).toMatch(/No space left on device/);
    await lab().reboot("other");
    expect((await stat(lab().path("other", "/var/tmp/much"))).size).toBeGreaterThan(900_000);
    await lab().resizeVarTmp("other", 4_000_000);
    expect(await fill()).toBe("");
    await lab().exec("other", "rm /var/tmp/much");
  });

  test("have disks that become read-only, and writable again", async () => {
    const write = "touch ~/file && sudo touch /etc/file && touch /var/tmp/file && touch /tmp/file";
    await lab().readOnly("other");
    expect((await ssh(lab().host("other"), write)).stderr).toMatch(/Read-only file system/);
    expect((await ssh(lab().host("other"), "touch /var/tmp/file")).stderr).toMatch(/Read-only file system/);
    await lab().writable("other");
    expect((await ssh(lab().host("other"), write)).stderr).toBe("");
  });

  test("are slow, if asked for", async () => {
    const late = await lab().slow("other", { delayMs: 300 });
    const before = performance.now();
    expect(await knock(late)).toBe("SSH-2.0-");
    expect(performance.now() - before).toBeGreaterThan(290);
    const connection = await connect(await lab().slow("other", { bytesPerSecond: 200_000 }));
    const start = performance.now();
    const { stdout } = await run(connection, "seq 15000");
    expect(stdout).toBe(Array.from({ length: 15_000 }, (_, index) => `${index + 1}\n`).join(""));
    expect(performance.now() - start).toBeGreaterThan((stdout.length / 200_000) * 1000 * 0.9);
    await connection.close();
  });

  test("have half-open connections, and take new ones; are idle when the last has gone", async () => {
    const connection = await connect(lab().host("other"));
    // Only then its sshd has forked all that it will.
    await run(connection, "true", "");
    await lab().freezeConnections("other");
    expect((await ssh(lab().host("other"), "echo new")).stdout).toBe("new\n");
    await lab().thaw("other");
    await connection.close();
    await lab().idle("other");
  });

  test("are configured anew, and have another key", async () => {
    await lab().configure("master", ["AuthenticationMethods password"]);
    await expect(connect(lab().host("master"))).rejects.toThrow(/^Not allowed/);
    expect(await lab().log("master")).toMatch(/Received signal 15; terminating/);
    await lab().configure("master", []);
    await lab().changeHostKey("other");
    await expect(connect(lab().host("other"))).rejects.toThrow(/^The key of other .* has changed/);
    expect(await knock(lab().host("other"))).toBe("SSH-2.0-");
  });

  test("install packages without a network", async () => {
    const { stdout, close } = await ssh(
      lab().host("master"),
      "(sudo apt-get update && sudo apt-get install -y lab-hello=1.0) >/dev/null 2>&1 && lab-hello",
    );
    expect({ stdout, close }).toEqual({ stdout: "lab-hello 1.0\n", close: { code: 0 } });
  });

  test("have knobs and swap of their own, and are back as they were after a reboot", async () => {
    const swappiness = await readFile("/proc/sys/vm/swappiness", "utf8");
    const { stdout, stderr } = await ssh(
      lab().host("master"),
      `sudo sysctl vm.swappiness=1${swappiness.trim()}; sudo swapon /swapfile; tail -n 1 /proc/swaps; sudo swapoff -a; cat /proc/swaps
      sudo sysctl -q kernel.core_pattern="$(cat /proc/sys/kernel/core_pattern)"`,
    );
    expect(stdout).toMatch(/^vm.swappiness = 1\d+\n\/swapfile .*\nFilename.*\n$/);
    expect(stderr).toMatch(/permission denied on key .*core_pattern/);
    await lab().reboot("master");
    expect(await lab().exec("master", "cat /proc/sys/vm/swappiness")).toBe(swappiness);
  });

  test("have a root that can do nothing to the machine's clock, modules and devices", async () => {
    // capabilities(7): SYS_MODULE, SYS_RAWIO, SYS_TIME, MKNOD, SYSLOG.
    const dangerous = [16n, 17n, 25n, 27n, 34n].reduce((bits, bit) => bits | (1n << bit), 0n);
    const read = "sed -n 's/CapBnd:.//p' /proc/self/status";
    const found = [(await ssh(lab().host("master"), `sudo ${read}`)).stdout, await lab().exec("master", read)];
    expect(found.map((bits) => BigInt(`0x${bits.trim()}`) & dangerous)).toEqual([0n, 0n]);
  });
});
