import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
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
function knock({ address, port }: Host, ms = 2000): Promise<string> {
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
    await writeFile(lab().path("master", "/tmp/gone"), "");
    await writeFile(lab().path("master", "/var/tmp/kept"), "");
    const connection = await connect(lab().host("master"));
    const channel = await connection.exec("sudo reboot; echo asked; exec sleep 60");
    const closed = new Promise((resolve) => channel.onClose(resolve));
    expect(await firstOutput(channel)).toBe("asked\n");
    expect(await closed).toEqual({});
    await lab().booted("master", 2);
    expect(await lab().bootId("master")).not.toBe(before);
    const { stdout } = await ssh(lab().host("master"), "ls /tmp /var/tmp; cut -d. -f1 /proc/uptime");
    expect(stdout).toMatch(/^\/tmp:\n\n\/var\/tmp:\nkept\n\d\n$/);
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
    const late = connection.exec("echo late");
    await lab().thaw("other");
    expect(await firstOutput(await late)).toBe("late\n");
    await connection.close();
  });

  test("behind another are reached from there only", async () => {
    const { address } = lab().host("worker");
    expect(lab().host("worker").jump).toEqual(["master"]);
    expect(await knock(lab().host("worker"))).toBe("EHOSTUNREACH");
    await expect(lab().exec("other", `timeout 5 bash -c '</dev/tcp/${address}/22'`)).rejects.toThrow(/unreachable/);
    expect(await lab().exec("master", `timeout 5 bash -c 'head -c 8 </dev/tcp/worker/22'`)).toBe("SSH-2.0-");
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

  test("run out of space in /var/tmp", async () => {
    const { stderr } = await ssh(lab().host("other"), "head -c 2000000 /dev/zero > /var/tmp/much");
    expect(stderr).toMatch(/No space left on device/);
    await lab().exec("other", "rm /var/tmp/much");
  });
});
