import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { labDown } from "../../src/lab/lab-down.ts";
import { freeEndpoints } from "../../src/lab/lab-endpoints.ts";
import { readState, writeState } from "../../src/lab/lab-state.ts";
import type { LabServer } from "../../src/lab/lab-state.ts";
import { labStatus } from "../../src/lab/lab-status.ts";
import { labUp } from "../../src/lab/lab-up.ts";
import type { Lab } from "../../src/lab/lab-up.ts";
import { descendants, identify, isAlive } from "../../src/lab/process-identity.ts";
import type { ProcessIdentity } from "../../src/lab/process-identity.ts";
import type { Host } from "../../src/model/inventory.ts";
import type { Connection } from "../../src/transport/connection.ts";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import { firstOutput, run } from "../lab/exec.ts";
import { sshd } from "../lab/loopback-lab.ts";

let root = "";
let dir = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "waymark-labs-"));
  dir = join(root, "lab");
});
afterEach(() => labDown({ dir }));
afterAll(() => rm(root, { recursive: true, maxRetries: 5 }));

function connect(lab: Lab, name: string, identity = join(lab.dir, "id_ed25519")): Promise<Connection> {
  const found = lab.hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`no host ${name}`);
  const host: Host = {
    ...found,
    user: lab.user,
    identity: [identity],
    knownHosts: [join(lab.dir, "known_hosts")],
    jump: [],
    vars: {},
    transport: "ssh",
  };
  return new SshConnector({ user: "nobody", home: "/nowhere" }).connect(host, new AbortController().signal);
}

const serversOf = async (at: string) => (await readState(at))?.processes ?? [];
const answering = async () => (await labStatus({ dir }))?.hosts.map(({ answers }) => answers);

/** Waits until a process is gone. */
async function ended(process: ProcessIdentity | undefined): Promise<void> {
  if (process !== undefined && (await isAlive(process))) return ended(process);
}

describe.each<LabServer>(sshd === undefined ? ["fallback"] : ["sshd", "fallback"])("a lab with %s", (server) => {
  test("runs programs on hosts with homes of their own, at once, with status, signal, stdin and both streams", async () => {
    const lab = await labUp({ dir, count: 2, server });
    expect(lab.server).toBe(server);
    const connection = await connect(lab, "lab-2");
    const ran = await Promise.all([
      run(connection, 'cat; printf "$HOME $WAYMARK_TMPDIR $USER" >&2; exit 3', "hello"),
      run(connection, "kill -KILL $$"),
      run(connection, "head -c 300000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero >&2"),
      run(connection, "wc -c", "y".repeat(3_000_000)),
      run(connection, "/no/such/program 2>/dev/null"),
      run(connection, 'echo "${SSH_CONNECTION#* * }"'),
    ]);
    const { home, tmp, address, port } = lab.hosts[1] ?? { home: "", tmp: "", address: "", port: 0 };
    expect(ran[0]).toEqual({ stdout: "hello", stderr: `${home} ${tmp} ${lab.user}`, close: { code: 3 } });
    expect(ran[1].close).toEqual({ signal: "KILL" });
    expect([ran[2].stdout.length, ran[2].stderr.length, ran[2].close]).toEqual([300_000, 300_000, { code: 0 }]);
    expect(ran[3].stdout.trim()).toBe("3000000");
    expect(ran[4].close).toEqual({ code: 127 });
    expect(ran[5].stdout).toBe(`${address} ${port}\n`);
    await connection.close();
  });

  test("lets only its own key in", async () => {
    const lab = await labUp({ dir, count: 1, server });
    const other = join(root, "other");
    await writeFile(other, generateKeyPair("other").privateKey);
    await expect(connect(lab, "lab-1", other)).rejects.toMatchObject({ code: "WM5020" });
  });

  test("a program goes on when its connection is gone", async () => {
    const lab = await labUp({ dir, count: 1, server });
    const connection = await connect(lab, "lab-1");
    const channel = await connection.exec(
      "(sleep 0.2; echo done > ~/proof) >/dev/null 2>&1 & echo started; exec sleep 60",
    );
    await firstOutput(channel);
    await connection.close();
    const again = await connect(lab, "lab-1");
    const { stdout } = await run(again, "while [ ! -s ~/proof ]; do sleep 0.02; done; cat ~/proof");
    expect(stdout).toBe("done\n");
    await again.close();
  });

  test("goes down with its servers, its connections and its folder", async () => {
    const lab = await labUp({ dir, count: 2, server });
    const connection = await connect(lab, "lab-1");
    const channel = await connection.exec("echo started; exec sleep 60");
    const closed = new Promise((resolve) => channel.onClose(resolve));
    await firstOutput(channel);
    const servers = await serversOf(dir);
    const sessions = (await Promise.all(servers.map(({ pid }) => descendants(pid)))).flat();
    expect(await labDown({ dir })).toEqual({ hosts: 2 });
    expect(await closed).toEqual({});
    const left = [...servers, ...sessions.filter(({ name }) => name.startsWith("sshd"))];
    expect(await Promise.all(left.map(isAlive))).toEqual(left.map(() => false));
    expect(existsSync(dir)).toBe(false);
    expect(await labStatus({ dir })).toBeUndefined();
    expect(await labDown({ dir })).toEqual({ hosts: 0 });
  });
});

describe.skipIf(sshd === undefined)("a lab", () => {
  test("serves ports of one address where there is only one, each host with its own home", async () => {
    const endpoints = await freeEndpoints(3, () => "192.0.2.1");
    const lab = await labUp({ dir, count: 3, endpoints });
    const homes = await Promise.all(
      lab.hosts.map(async ({ name }) => {
        const connection = await connect(lab, name);
        const { stdout } = await run(connection, "echo $HOME");
        await connection.close();
        return stdout.trim();
      }),
    );
    expect(homes).toEqual(lab.hosts.map(({ home }) => home));
  });

  test("stays as it is when it is started again", async () => {
    const first = await labUp({ dir, count: 2 });
    const servers = await serversOf(dir);
    expect(await labUp({ dir, count: 2 })).toEqual(first);
    expect(await serversOf(dir)).toEqual(servers);
    await expect(labUp({ dir, count: 3 })).rejects.toMatchObject({ code: "WM5903", message: /2 other hosts/ });
  });

  test("has names and groups as asked for, and says so in its inventory", async () => {
    const lab = await labUp({ dir, names: ["boss", "w1", "w2"], count: 3, groups: ["control", "worker"] });
    expect(await readFile(lab.inventory, "utf8")).toMatch(/boss: .*\["control"\](.|\n)*w2: .*\["worker"\]/);
  });

  test("keeps keys and homes to its user, and lets others at temporary files only", async () => {
    const lab = await labUp({ dir, count: 1 });
    const mode = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);
    const [host] = lab.hosts;
    const paths = [
      dir,
      join(dir, "id_ed25519"),
      join(dir, "host_key"),
      lab.inventory,
      host?.home ?? "",
      host?.tmp ?? "",
    ];
    expect(await Promise.all(paths.map(mode))).toEqual(["711", "600", "600", "600", "700", "1777"]);
  });

  test("tells which hosts answer", async () => {
    await labUp({ dir, count: 2, hostsPerServer: 1 });
    await expect.poll(answering).toEqual([true, true]);
    const server = (await serversOf(dir)).find(({ hosts }) => hosts.includes("lab-2"));
    process.kill(server?.pid ?? 0, "SIGKILL");
    await ended(server);
    await expect.poll(answering).toEqual([true, false]);
  });

  test("with a dead server is started anew", async () => {
    await labUp({ dir, count: 2, hostsPerServer: 1 });
    const [dead, alive] = await serversOf(dir);
    process.kill(dead?.pid ?? 0, "SIGKILL");
    await ended(dead);
    await labUp({ dir, count: 2, hostsPerServer: 1 });
    await expect.poll(answering).toEqual([true, true]);
    expect(alive !== undefined && (await isAlive(alive))).toBe(false);
  });

  test("that was started half is cleared away first; one that is being started is left alone", async () => {
    await labUp({ dir, count: 1 });
    const state = await readState(dir);
    const me = await identify(process.pid);
    if (state === undefined || me === undefined) throw new Error("no lab");
    await writeState(dir, { ...state, phase: "starting", starter: me });
    await expect(labUp({ dir, count: 1 })).rejects.toMatchObject({ message: /being started/ });
    await writeState(dir, { ...state, phase: "starting", starter: { ...me, started: "long ago" } });
    const lab = await labUp({ dir, count: 1 });
    expect(await serversOf(lab.dir)).not.toEqual(state.processes);
    expect(await Promise.all(state.processes.map(isAlive))).toEqual([false]);
  });

  test("that cannot start leaves nothing behind, and says what sshd said", async () => {
    await expect(labUp({ dir, count: 20, sshdConfig: ["NoSuchOption yes"] })).rejects.toMatchObject({
      code: "WM5904",
      exit: 1,
      message: expect.stringMatching(/sshd/),
    });
    expect(existsSync(dir)).toBe(false);
  });

  test("that finds its port taken does not start half", async () => {
    const [first, second] = await freeEndpoints(2);
    if (first === undefined || second === undefined) throw new Error("nothing free");
    const taken = createServer().listen(second.port, second.address);
    await once(taken, "listening");
    expect((taken.address() as AddressInfo).port).toBe(second.port);
    await expect(labUp({ dir, count: 2, endpoints: [first, second] })).rejects.toMatchObject({ code: "WM5904" });
    taken.close();
    expect(existsSync(dir)).toBe(false);
  });

  test("never takes over a folder with other things in it, nor removes it", async () => {
    const mine = join(root, "mine");
    await mkdir(mine);
    await writeFile(join(mine, "thesis.txt"), "years of work");
    await expect(labUp({ dir: mine, count: 1 })).rejects.toMatchObject({ code: "WM5902" });
    expect(await labDown({ dir: mine })).toEqual({ hosts: 0 });
    expect(await readdir(mine)).toEqual(["thesis.txt"]);
  });

  test("never ends a process that only has the pid of one of its servers", async () => {
    await labUp({ dir, count: 1 });
    const state = await readState(dir);
    const bystander = spawn("sleep", ["60"]);
    const [server] = state?.processes ?? [];
    if (state === undefined || server === undefined || bystander.pid === undefined) throw new Error("no lab");
    await writeState(dir, { ...state, processes: [server, { ...server, pid: bystander.pid }] });
    await labDown({ dir });
    const identity = await identify(bystander.pid);
    expect(identity).toBeDefined();
    bystander.kill();
    await once(bystander, "exit");
  });

  test.each([
    [{ count: 0 }],
    [{ count: 2, names: ["one"] }],
    [{ count: 2, names: ["same", "same"] }],
    [{ count: 1, names: ["../out"] }],
  ])("is refused: %o", async (options) => {
    await expect(labUp({ dir, ...options })).rejects.toMatchObject({ code: "WM5901" });
    expect(existsSync(dir)).toBe(false);
  });

  test("of 200 hosts is up with 13 servers", async () => {
    const lab = await labUp({ dir, count: 200 });
    expect(lab.hosts).toHaveLength(200);
    expect(await serversOf(dir)).toHaveLength(13);
    const last = await connect(lab, "lab-200");
    expect((await run(last, "echo $HOME")).stdout).toBe(`${lab.hosts[199]?.home}\n`);
    await last.close();
  });
});
