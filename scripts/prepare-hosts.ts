/*
 * Before tests, the demo and benchmarks: installs what they run against (OpenSSH, and shells and tools that hosts may
 * have) where that is possible, on Debian as root. Elsewhere says plainly what will be skipped. Never fails: what is
 * missing is skipped by the tests that need it.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { makeNamespaceRoot, namespaceRoot } from "../test/lab/namespace-root.ts";

interface Package {
  readonly name: string;
  /** Programs that show that it is there. */
  readonly programs: readonly string[];
  /** What is skipped without it. */
  readonly without: string;
}

const HOSTS_OF_THEIR_OWN = "hosts that reboot, stand behind others and ask for passwords";

const PACKAGES: readonly Package[] = [
  {
    name: "openssh-server",
    programs: ["sshd"],
    without: "everything over real SSH (hosts are played by Waymark itself)",
  },
  { name: "openssh-client", programs: ["ssh", "ssh-keygen", "ssh-agent"], without: "host keys and the SSH agent" },
  { name: "sudo", programs: ["sudo"], without: "steps that run as another user" },
  { name: "tmux", programs: ["tmux"], without: "the screen, in a real terminal" },
  { name: "busybox", programs: ["busybox"], without: "jobs by busybox's sh" },
  { name: "iproute2", programs: ["ip"], without: HOSTS_OF_THEIR_OWN },
  { name: "mmdebstrap", programs: ["mmdebstrap"], without: HOSTS_OF_THEIR_OWN },
];

const APT = "/usr/bin/apt-get";
/** Run by dpkg when a package wants to start its service; 101 forbids it (invoke-rc.d(8)). */
const POLICY = "/usr/sbin/policy-rc.d";
const FORBIDDEN = "#!/bin/sh\nexit 101\n";

prepare();
prepareRoot();

function prepare(): void {
  const missing = absent();
  if (missing.length === 0) {
    console.log("test hosts: everything is here");
    return;
  }
  const names = missing.map(({ name }) => name);
  const reason = obstacle();
  if (reason === undefined) install(names);
  else console.log(`test hosts: cannot install ${names.join(", ")}: ${reason}`);
  for (const { name, without } of absent()) console.log(`test hosts: without ${name}, skipped: ${without}`);
}

/** The disk that hosts in namespaces share. */
function prepareRoot(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !isInstalled("mmdebstrap")) return;
  if (existsSync(namespaceRoot())) return;
  console.log(`test hosts: mmdebstrap ${namespaceRoot()}`);
  const failure = makeNamespaceRoot();
  if (failure !== undefined) console.log(`test hosts: skipped: ${HOSTS_OF_THEIR_OWN}: ${failure}`);
}

function absent(): readonly Package[] {
  return PACKAGES.filter(({ programs }) => !programs.every(isInstalled));
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function obstacle(): string | undefined {
  if (!existsSync(APT)) return "this is not Debian";
  return process.getuid?.() === 0 ? undefined : "only root can (sudo apt-get install does)";
}

function install(names: readonly string[]): void {
  console.log("test hosts: apt-get update");
  apt("update");
  console.log(`test hosts: apt-get install ${names.join(" ")}`);
  // The tests start an sshd of their own; the system's stays off.
  const forbid = !existsSync(POLICY);
  if (forbid) writeFileSync(POLICY, FORBIDDEN, { mode: 0o755 });
  try {
    // One at a time: an optional one that is not to be had must not keep the others away.
    for (const name of names) apt("install", "-y", "--no-install-recommends", name);
  } finally {
    if (forbid) rmSync(POLICY, { force: true });
  }
}

function apt(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-qq", "-o", "DPkg::Lock::Timeout=60"];
  const { status, stderr } = spawnSync(APT, [...options, ...args], { env, encoding: "utf8", timeout: 300_000 });
  if (status === 0) return;
  const [last = `status ${status}`] = stderr.trim().split("\n").slice(-1);
  console.log(`test hosts: apt-get ${args.join(" ")} failed: ${last}`);
}
