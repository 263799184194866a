import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { pathToFileURL } from "node:url";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readGuide } from "../../src/document/read-guide.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Every step of the cluster guide that can be run without Raspberry Pis is run, on hosts of the lab. They share this
 * machine, so nothing may be run that changes it outside of their homes, or that asks about what is no host's own.
 * Kubernetes is a folder: test/fixtures/pretend-cluster.
 */

const RUNBOOKS = join(import.meta.dirname, "../../runbooks");
const PRETEND = join(import.meta.dirname, "../fixtures/pretend-cluster");
const CLUSTER = "raspberry-pi-cluster.md";
const UPGRADE = "rolling-upgrade.md";
const NAMES = ["pi-master", "pi-worker-1", "pi-worker-2", "pi-worker-3"];

const guides = readdirSync(RUNBOOKS).filter((name) => name.endsWith(".md"));

/** What is run of a guide, and why the other steps are left out. */
interface Share {
  readonly run: readonly string[];
  /** What is undone afterwards. */
  readonly undo?: readonly string[];
  readonly leftOut: Readonly<Record<string, string>>;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const CLUSTER_SHARE: Share = {
  run: words(`
  tools folder ssh-key public-key download checksum unpack card-folder user-data reach master-memory hostnames
  root-size time-sync time-synchronized clocks-agree address master-ip kubernetes-version same-release
  pull-images init master-is-listed calico join-command join nodes-ready label roles kubectl kube-folder
  copy-kubeconfig use-kubeconfig nodes-from-here headlamp headlamp-account dashboard-forward proxy hello-manifest hello hello-runs
  hello-is-spread hello-port hello-answers write-note read-note shared-manifest shared-job read-pod-note
`),
  undo: words("undo-shared undo-hello undo-headlamp-account undo-headlamp undo-copy-kubeconfig undo-join undo-init"),
  leftOut: {
    "a person does it": "insert-card take-card arch-card switch-on reserve-addresses connect-disk open-dashboard",
    "needs a terminal, and what it is about": "unmount-card flash personalise raspi-config-menus dashboard-token",
    "asks about disks, which are this machine's": "find-card card-is-free find-disk",
    "asks what this machine is, or how its kernel is set":
      "is-64-bit swap-is-off memory-cgroup bridges-are-filtered containerd-driver docker-driver",
    "changes the system's settings":
      "raspi-config password configure-arch pacman-colour fixed-address fixed-address-arch swap-folder no-swap no-swap-bookworm cmdline cmdline-arch modules sysctl kubelet-service kubelet containerd-config daemon-json docker-restart docker-group",
    "restarts its host": "restart",
    "installs something, or prepares that":
      "upgrade upgrade-arch docker-key docker-source docker-update containerd containerd-arch docker docker-arch kubernetes-key kubernetes-source kubernetes-packages kubernetes-arch nfs-server nfs-client nfs-client-arch",
    "fetches something from the web": "flannel cilium-cli cilium minikube minikube-start rehearse minikube-delete",
    "reads files of a real cluster": "kubeconfig new-join-command",
    "opens ports of this machine that others may use, or asks there":
      "proxy-answers headlamp-ip dashboard-tunnel dashboard-answers",
    "formats, mounts or shares a disk":
      "format disk-uuid fstab-master mount-master shared-folder exports exportfs is-exported fstab-workers mount-workers",
    "takes apart what was not built": "undo-mount-workers undo-exportfs undo-mount-master undo-kubernetes-packages",
  },
};

const UPGRADE_SHARE: Share = {
  run: words(`
  nodes-before version upgrade-plan upgrade-control-plane master-is-back drain worker-is-back uncordon
  worker-takes-part nodes-after pods-after
`),
  leftOut: {
    "reads files of a real cluster": "keep-settings",
    "changes the system's settings": "source worker-source",
    "installs something": "kubeadm upgrade-master upgrade-worker upgrade-worker-arch upgrade-system",
    "restarts its host": "restart",
    "takes back what was done": "undo-drain",
  },
};

describe("the runbooks", () => {
  const lab = useLoopbackLab({ names: NAMES, groups: ["master", "worker"] });
  const place = usePlace();
  const servers: Server[] = [];

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  beforeEach(async () => {
    await symlink(RUNBOOKS, join(place().dir, "runbooks"));
    await place().write("hosts.yaml", hostsFile(lab().hosts, { "pi-worker-3": { groups: ["worker", "arch"] } }));
  });

  test("have no problems, with the hosts beside them", async () => {
    const paths = guides.map((name) => join("runbooks", name));
    const { stdout } = expectCode(0, await place().waymark("check", ...paths));
    expect(stdout).toBe(`${guides.length} guides: no problems\n`);
    for (const path of paths) expectCode(0, await place().waymark("plan", path, "--input", "K8S_MINOR=v1.37"));
  });

  test.each([
    [CLUSTER, CLUSTER_SHARE],
    [UPGRADE, UPGRADE_SHARE],
  ])("every step of %s is run here, or there is a reason", (guide, { run, undo = [], leftOut }) => {
    const { runbook } = readGuide(guide, readFileSync(join(RUNBOOKS, guide)));
    const all = [...run, ...undo, ...Object.values(leftOut).flatMap(words)];
    expect(all.toSorted()).toEqual(runbook?.steps.map(({ id }) => id).toSorted());
  });

  /** Answers as nginx does, on the same port of each host's address. */
  async function serve(addresses: readonly string[]): Promise<number> {
    for (let port = 30_000; port < 32_768; port += 97) {
      const opened = await Promise.all(addresses.map((address) => listen(address, port)));
      servers.push(...opened.filter((server) => server !== undefined));
      if (!opened.includes(undefined)) return port;
    }
    throw new Error("no port is free on all addresses");
  }

  const listen = (address: string, port: number) =>
    new Promise<Server | undefined>((resolve) => {
      const server = createServer((_request, response) => response.end("<title>Welcome to nginx!</title>\n"));
      server.once("error", () => resolve(undefined)).listen(port, address, () => resolve(server));
    });

  /** Makes the pretended cluster, and gives each host its part of it. @returns the environment of the operator */
  async function pretend(): Promise<Readonly<Record<string, string>>> {
    const cluster = join(place().dir, "cluster");
    const port = await serve(lab().hosts.map(({ address }) => address));
    await mkdir(join(cluster, "share/shared"), { recursive: true });
    await mkdir(join(cluster, "nodes"));
    await place().write("cluster/version", "v1.37.1\n");
    await place().write("cluster/token", "abcdef.0123456789abcdef\n");
    await place().write("cluster/port", `${port}\n`);
    const path = `${PRETEND}:${dirname(execPath)}`;
    for (const { name, address } of lab().hosts) {
      const lines = [`PATH='${path}':"$PATH"`, `PRETEND='${cluster}'`, `NODE=${name}`, `ADDRESS_OF_NODE=${address}`];
      await writeFile(join(lab().home(name), ".profile"), lines.map((line) => `export ${line}\n`).join(""));
    }
    await mkdir(join(lab().home("pi-master"), ".kube"), { recursive: true });
    await writeFile(join(lab().home("pi-master"), ".kube/config"), "the key to the cluster\n");
    return { PATH: `${path}:/usr/local/bin:/usr/bin:/bin`, PRETEND: cluster };
  }

  /** Runs what can be run of a guide, and sees that each step was. @returns the events */
  async function run(
    guide: string,
    share: Share,
    env: Readonly<Record<string, string>>,
    inputs: Readonly<Record<string, string>>,
  ): Promise<string> {
    const args = ["run", join("runbooks", guide), "-i", "hosts.yaml", "--json", "--yes"];
    const only = share.run.flatMap((id) => ["--only", id]);
    const given = Object.entries(inputs).flatMap(([name, value]) => ["--input", `${name}=${value}`]);
    const { stdout } = expectCode(
      0,
      await place().start([...args, ...only, ...given], { env, deadlineMs: 280_000 }).ended,
    );
    // A section that is gone through in batches finishes its steps once for each.
    const finished = eventsOf(stdout, "step-finished").filter(({ status }) => status !== "skipped");
    expect([...new Set(finished.map(({ step }) => step))].toSorted()).toEqual(share.run.toSorted());
    return stdout;
  }

  test("what can be run of the cluster guide is run, and passes", async () => {
    const env = { ...(await pretend()), WAYMARK_INPUT_PI_PASSWORD: "correct horse battery staple" };
    const cluster = join(place().dir, "cluster");
    const digest = createHash("sha256").update(XZ_OF_HELLO).digest("hex");
    const checksum = await place().write("image/raspios.img.xz.sha256", `${digest}  raspios.img.xz\n`);
    const image = checksum.replace(/\.sha256$/, "");
    await writeFile(image, XZ_OF_HELLO);
    const inputs = {
      IMAGE_URL: pathToFileURL(image).href,
      CLUSTERFS: join(cluster, "share"),
      NETWORK: "calico",
      // No step that is run uses these.
      SD_CARD: "/dev/sdz",
      USB_DISK: "/dev/sdz1",
    };
    const told = await run(CLUSTER, CLUSTER_SHARE, env, inputs);
    const ended = eventsOf(told, "background-ended").map(({ step, end }) => [step, end]);
    expect(Object.fromEntries(ended)).toEqual({ "dashboard-forward": "cancelled", proxy: "cancelled" });

    const here = (name: string) => readFile(join(place().home, "pi-cluster", name), "utf8");
    expect(await here("raspios.img")).toBe("hello\n");
    for (const name of NAMES.slice(0, 3)) {
      const userData = await here(`${name}/user-data`);
      expect(userData).toMatch(/^#cloud-config\n/);
      expect(userData).toContain(`hostname: ${name}\n`);
      expect(userData).toContain("- ssh-ed25519 AAAA");
    }
    const key = join(place().home, ".kube/pi-cluster");
    expect(await readFile(key, "utf8")).toBe("the key to the cluster\n");
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(await here("shared.yaml")).toContain(`server: ${lab().host("pi-master").address}\n`);

    for (const text of [...place().printed, ...(await place().stateFiles()).values()]) {
      expect(text.includes("abcdef.0123456789abcdef")).toBe(false);
    }

    const only = CLUSTER_SHARE.run.flatMap((id) => ["--only", id]);
    const looks = ["verify", join("runbooks", CLUSTER), "-i", "hosts.yaml", ...only];
    expectCode(0, await place().start(looks, { env }).ended);

    expectCode(0, await place().start(["undo", "--yes"], { env }).ended);
    for (const gone of [key, join(place().home, "pi-cluster/hello.yaml"), join(cluster, "headlamp")]) {
      expect(existsSync(gone), gone).toBe(false);
    }
    expect(readdirSync(join(cluster, "nodes"))).toEqual([]);
  }, 300_000);

  test("what can be run of the upgrade is run, one worker after the other", async () => {
    const env = await pretend();
    for (const name of NAMES)
      await place().write(`cluster/nodes/${name}`, name === "pi-master" ? "control-plane" : "worker");
    await place().write("cluster/network", "");
    await place().write("cluster/version", "v1.38.1\n");
    const stdout = await run(UPGRADE, UPGRADE_SHARE, env, { K8S_MINOR: "v1.38" });
    const rolled = words("drain worker-is-back uncordon worker-takes-part");
    const done = eventsOf(stdout, "task-finished").filter(({ step }) => rolled.includes(step));
    expect(done.map(({ step, host }) => [step, host])).toEqual(
      NAMES.slice(1).flatMap((worker) => rolled.map((step) => [step, worker])),
    );
  }, 300_000);
});

/** `echo hello | xz` */
const XZ_OF_HELLO = Buffer.from(
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jMAQAFaGVsbG8KAAAApWCX8ZT2/eAAAR4GwS+kHR+2830BAAAAAARZWg==",
  "base64",
);
