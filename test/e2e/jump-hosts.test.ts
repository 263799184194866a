import { chmod, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import type { Host } from "../../src/model/inventory.ts";
import { useNamespaceLab } from "../lab/namespace-lab.ts";
import { block, eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Hosts that can be reached through another one only: there is no other way to their network.
 */

const lab = useNamespaceLab({
  hosts: ["master", { name: "worker-1", behind: "master" }, { name: "worker-2", behind: "master" }],
});
const place = usePlace();

const GUIDE = [
  "# Mark\n",
  block("bash {#mark on=all}", "touch ~/marked", "hostname"),
  block("bash {#look on=all verify}", "test -e ~/marked"),
  block("sh {#hand-on on=worker-2 copy}", "scp worker-1:/etc/hostname worker-2:/tmp/neighbour"),
  "# Undo\n",
  block("bash {#unmark on=all undo=mark}", "rm ~/marked"),
].join("\n");
const ALL = ["master", "worker-1", "worker-2"];

const isMarked = async (): Promise<string> =>
  (await Promise.all(ALL.map((name) => lab().exec(name, "ls /home/pi | grep -x marked || true")))).join("").trim();
const left = async (): Promise<string> =>
  (await Promise.all(ALL.map((name) => lab().exec(name, "ls /var/tmp")))).join("").trim();

test("every command reaches hosts behind others", async () => {
  await place().write("guide.md", GUIDE);
  await place().write("hosts.yaml", hostsFile(lab().hosts));
  const { stdout: hosts } = expectCode(0, await place().waymark("hosts", "--json", "--limit", "worker-*"));
  expect(hosts.match(/"host":"worker-\d".*"reachable":true/g)).toHaveLength(2);

  const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--json"));
  expect(
    eventsOf(stdout, "host-connected")
      .map(({ host }) => host)
      .toSorted(),
  ).toEqual(ALL);
  expect((await lab().exec("worker-2", "cat /tmp/neighbour")).trim()).toBe("worker-1");
  expectCode(0, await place().waymark("verify", "guide.md"));
  await lab().exec("worker-2", "rm /home/pi/marked");
  const drifted = expectCode(1, await place().waymark("verify", "guide.md"));
  expect(drifted.stdout).toContain("worker-2");
  await lab().exec("worker-2", "touch /home/pi/marked");
  expectCode(0, await place().waymark("undo", "--yes"));
  expect(await isMarked()).toBe("");
  expectCode(0, await place().waymark("clean"));
  expect(await left()).toBe("");

  await place().write("guide.md", `${block("bash {#fails on=worker-1}", "false")}\n${GUIDE}`);
  expectCode(1, await place().waymark("run", "guide.md"));
  expectCode(0, await place().waymark("abandon", await place().lastRun()));
  expect(await left()).toBe("");
});

test("the way there, and under which names keys are known, may be what ssh config says", async () => {
  const master = lab().host("master");
  const worker = lab().host("worker-1");
  const aliased = await keysAs([master, worker], ["the-gate", "the-worker"]);
  const knownHosts = await place().write("known", aliased);
  const config = [
    "Host gate",
    `  HostName ${master.address}`,
    "  HostKeyAlias the-gate",
    "Host deep",
    `  HostName ${worker.address}`,
    "  HostKeyAlias the-worker",
    "  ProxyCommand ssh -q -W %h:%p gate",
    "Host *",
    "  User pi",
    `  IdentityFile ${worker.identity[0]}`,
    `  UserKnownHostsFile ${knownHosts}`,
    "  GlobalKnownHostsFile none",
    "  StrictHostKeyChecking yes",
  ];
  const file = await place().write("config", `${config.join("\n")}\n`);
  const ssh = await place().write("bin/ssh", `#!/bin/sh\nexec /usr/bin/ssh -F '${file}' "$@"\n`);
  await chmod(ssh, 0o755);
  await place().write("guide.md", block("bash {on=all}", "hostname"));
  const env = { PATH: `${dirname(ssh)}:${process.env["PATH"]}` };
  const run = (...flags: readonly string[]) =>
    place().start(["run", "guide.md", "--json", "--new", "--host", "all-of-it=deep", ...flags], { env }).ended;
  const { stdout } = expectCode(0, await run());
  expect(stdout).toContain('"text":"worker-1\\n"');

  await place().write("known", await keysAs([worker, master], ["the-gate", "the-worker"]));
  const changed = expectCode(4, await run("--accept-new"));
  expect(changed.stdout).toMatch(/On the way there: The key of gate \(\S+:22\) has changed: .*known:1 says SHA256:/);
});

test("IPv6 addresses are as good as others, in jumps as well", async ({ skip }) => {
  const hosts = hosts6();
  if (hosts === undefined) return skip("this machine has no IPv6");
  await place().write("guide.md", block("bash {on=all}", "hostname"));
  await place().write("hosts.yaml", hostsFile(hosts));
  const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--json"));
  expect(
    eventsOf(stdout, "host-connected")
      .map(({ host }) => host)
      .toSorted(),
  ).toEqual(ALL);
});

/** The same hosts; absent where there is no IPv6. */
function hosts6(): readonly Host[] | undefined {
  try {
    return ALL.map((name) => lab().host6(name));
  } catch {
    return undefined;
  }
}

/** known_hosts lines with the keys of hosts under other names. */
async function keysAs(hosts: readonly Host[], names: readonly string[]): Promise<string> {
  const text = await readFile(hosts[0]?.knownHosts[0] ?? "", "utf8");
  const lines = hosts.map(({ address }, index) => {
    const line = text.split("\n").find((line) => line.startsWith(`${address} `) || line.split(",").includes(address));
    return `${names[index]} ${line?.split(" ").slice(1, 3).join(" ")}\n`;
  });
  return lines.join("");
}
