import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { descendants, identify, isAlive } from "../../src/lab/process-identity.ts";
import { firstLine } from "../lab/exec.ts";
import { type NamespaceLab, namespaceLabUnavailable, startNamespaceLab } from "../lab/namespace-lab.ts";

/*
 * What a namespace lab leaves on the machine: nothing, however it ends. Other tests may have labs up meanwhile.
 */

const LAB = new URL("../lab/namespace-lab.ts", import.meta.url).href;
const REBOOT = fileURLToPath(new URL("../lab/namespace/host/reboot", import.meta.url));
/** Counts and random numbers, what the kernel turns by itself, and knobs of labs' own links. */
const FLEETING =
  /\/(random\/|perf_event_max_sample_rate$|.*-nr$|.*-state$|pty\/nr|ns_last_pid|nf_conntrack_count|(conf|neigh)\/waymark\d)/;

/** The kernel takes a moment to end a lab. */
const GONE = { timeout: 60_000, interval: 10 };

/** Every knob of the machine's kernel that can be read. */
function knobs(): Readonly<Record<string, string>> {
  const files = filesBelow("/proc/sys").filter((path) => !FLEETING.test(path) && (statSync(path).mode & 0o444) !== 0);
  return Object.fromEntries(files.map((path) => [path, readOrNothing(path)]));
}

/** Links of other labs, and with them folders of knobs, may go meanwhile. */
function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
    });
  } catch {
    return [];
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const lines = (text: string): readonly string[] => text.split("\n").map((line) => line.trim());
const ip = (...args: readonly string[]): string => spawnSync("ip", args, { encoding: "utf8" }).stdout;

/** What there is beside what tests make in the folder for temporary files. */
const machine = () => ({
  mounts: lines(readFileSync("/proc/self/mountinfo", "utf8")).filter(
    (line) => !line.includes(` ${tmpdir()}/`) || line.includes("nslab"),
  ),
  links: readdirSync("/sys/class/net").filter((name) => !/^waymark\d/.test(name)),
  routes: [ip("route"), ip("-6", "route"), ip("rule")].flatMap(lines).filter((line) => !/dev waymark\d/.test(line)),
  netns: existsSync("/run/netns") ? readdirSync("/run/netns") : [],
  hostname: readFileSync("/proc/sys/kernel/hostname", "utf8"),
  swaps: readFileSync("/proc/swaps", "utf8"),
});

/** The link that leads to the lab: its name, and the number that no later one has. */
function linkTo(address: string): string {
  const [, name = ""] = / dev (\S+)/.exec(ip("-o", "route", "get", address)) ?? [];
  expect(name).toMatch(/^waymark\d/);
  return `${name} ${readFileSync(`/sys/class/net/${name}/ifindex`, "utf8").trim()}`;
}

function links(): readonly string[] {
  return readdirSync("/sys/class/net").map(
    (name) => `${name} ${readOrNothing(`/sys/class/net/${name}/ifindex`).trim()}`,
  );
}

/** The pid of the lab. @param path of a file on one of its hosts */
const pidOf = (path: string): number => Number(/^\/proc\/(\d+)\//.exec(path)?.[1]);

async function processesOf(path: string): Promise<Awaited<ReturnType<typeof descendants>>> {
  const lab = await identify(pidOf(path));
  if (lab === undefined) throw new Error("no lab");
  return [{ ...lab, name: "lab" }, ...(await descendants(lab.pid))];
}

/** Once what was told to sleep in the background does: it is a copy of the shell at first. */
async function processesWithSleep(path: string): Promise<Awaited<ReturnType<typeof processesOf>>> {
  await expect.poll(async () => (await processesOf(path)).map(({ name }) => name)).toContain("sleep");
  return processesOf(path);
}

async function alive(processes: Awaited<ReturnType<typeof processesOf>>): Promise<readonly string[]> {
  const found = await Promise.all(processes.map(isAlive));
  return processes.filter((_, index) => found[index]).map(({ name }) => name);
}

/** Does what a guide may do to a host and must not do to the machine. */
const mistreat = (lab: NamespaceLab): Promise<string> =>
  lab.exec(
    "one",
    `set -e
    sysctl -qw vm.swappiness=1 kernel.panic=7 net.ipv4.ip_forward=1 net.ipv4.tcp_syncookies=0
    hostname other; mkdir /mnt/disk; mount -t tmpfs disk /mnt/disk; ip link add name extra type dummy || true
    swapon /swapfile; swapoff -a
    (sleep 600 &) >/dev/null 2>&1`,
  );

/** A lab of another process, that can be killed. */
async function labOfAnother() {
  const code = `
    const { startNamespaceLab } = await import(${JSON.stringify(LAB)});
    const lab = await startNamespaceLab({ hosts: ["one"] });
    await lab.exec("one", "(sleep 600 &) >/dev/null 2>&1");
    console.log(JSON.stringify({ dir: lab.dir, path: lab.path("one", "/"), address: lab.host("one").address }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(execPath, ["--input-type=module", "--eval", code], { stdio: ["ignore", "pipe", "inherit"] });
  const said: unknown = JSON.parse(await firstLine(owner.stdout));
  const { dir, path, address } = said as { readonly dir: string; readonly path: string; readonly address: string };
  const processes = await processesWithSleep(path);
  const kill = async () => {
    owner.kill("SIGKILL");
    await once(owner, "exit");
  };
  return { dir, lab: pidOf(path), processes, link: linkTo(address), kill };
}

describe.skipIf(namespaceLabUnavailable() !== undefined)("a namespace lab", () => {
  test("leaves no process, link, mount, knob or file behind when it goes down", async () => {
    const before = { ...machine(), knobs: knobs() };
    const lab = await startNamespaceLab({ hosts: ["one", { name: "two", behind: "one" }] });
    onTestFinished(() => lab.stop());
    await mistreat(lab);
    const processes = await processesWithSleep(lab.path("one", "/"));
    expect(processes.map(({ name }) => name)).toEqual(expect.arrayContaining(["lab-init", "sshd", "sleep"]));
    const link = linkTo(lab.host("one").address);
    expect(links()).toContain(link);
    expect({ ...machine(), knobs: knobs() }, "while it is up").toEqual(before);
    await lab.freeze("two");
    await lab.stop();
    expect(await alive(processes)).toEqual([]);
    expect(links()).not.toContain(link);
    expect(existsSync(lab.dir)).toBe(false);
    expect({ ...machine(), knobs: knobs() }).toEqual(before);
  });

  test("goes down with the process that started it; the next one clears its folder away", async () => {
    const before = machine();
    const { dir, processes, link, kill } = await labOfAnother();
    await kill();
    const left = async () => [...(await alive(processes)), ...links().filter((name) => name === link)];
    await expect.poll(left, GONE).toEqual([]);
    expect(machine()).toEqual(before);
    await (await startNamespaceLab({ hosts: [] })).stop();
    expect(existsSync(dir)).toBe(false);
  });

  test("is ended by the next one, if it did not end with the process that started it", async () => {
    const { dir, lab, processes, kill } = await labOfAnother();
    process.kill(lab, "SIGSTOP");
    await kill();
    await (await startNamespaceLab({ hosts: [] })).stop();
    await expect.poll(() => alive(processes), GONE).toEqual([]);
    expect(existsSync(dir)).toBe(false);
  });

  test("that cannot start says why, and leaves nothing", async () => {
    const mine = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`waymark-nslab-${process.pid}-`));
    await expect(startNamespaceLab({ hosts: [{ name: "one", behind: "nobody" }] })).rejects.toThrow(/no such host/);
    const full = { name: "one", varTmpBytes: -1 };
    await expect(startNamespaceLab({ hosts: ["two", full] })).rejects.toThrow(/mount/);
    expect(mine()).toEqual([]);
  });

  test("has networks of its own, however many are up", async () => {
    const labs = await Promise.all(["a", "b", "c"].map((name) => startNamespaceLab({ hosts: [name, "other"] })));
    const addresses = labs.flatMap(({ hosts }) => hosts.map(({ address }) => address));
    expect(new Set(addresses).size).toBe(6);
    const [first, second] = labs;
    await expect(first?.exec("a", `timeout 5 bash -c '</dev/tcp/${second?.host("b").address}/22'`)).rejects.toThrow(
      /unreachable/,
    );
    await Promise.all(labs.map((lab) => lab.stop()));
  });

  test("of ten hosts is up", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `host-${index}`);
    const lab = await startNamespaceLab({ hosts: names });
    expect(await Promise.all(names.map((name) => lab.exec(name, "hostname")))).toEqual(
      names.map((name) => `${name}\n`),
    );
    await lab.stop();
  });

  test("has a program that reboots nothing but its hosts", () => {
    // In namespaces, so that not even a broken one could.
    const namespaces = ["--pid", "--fork", "--mount-proc", "--kill-child"];
    const { status, stderr } = spawnSync("unshare", [
      ...namespaces,
      "sh",
      "-c",
      `perl '${REBOOT}'; echo "survived $?" >&2`,
    ]);
    expect(status).toBe(0);
    expect(stderr.toString()).toMatch(/refused: PID 1 is 'sh', not that of a lab's host\nsurvived [^0]/);
  });
});
