/*
 * Before tests, the demo and benchmarks: installs what they run against (OpenSSH, and shells and tools that hosts may
 * have) where that is possible, on Debian as root; with `pages`, also what published pages are tried in. Elsewhere says
 * plainly what will be skipped. Never fails: what is missing is skipped by the tests that need it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { makeNamespaceRoot, namespaceRoot } from "../test/lab/namespace-root.ts";

interface Package {
  readonly name: string;
  /** Programs that show that it is there, or files. */
  readonly brings: readonly string[];
  /** What is skipped without it. */
  readonly without: string;
}

const HOSTS_OF_THEIR_OWN = "hosts that reboot, stand behind others and ask for passwords";

const FOR_HOSTS: readonly Package[] = [
  {
    name: "openssh-server",
    brings: ["sshd"],
    without: "everything over real SSH (hosts are played by Waymark itself)",
  },
  { name: "openssh-client", brings: ["ssh", "ssh-keygen", "ssh-agent"], without: "host keys and the SSH agent" },
  { name: "sudo", brings: ["sudo"], without: "steps that run as another user" },
  { name: "tmux", brings: ["tmux"], without: "the screen, in a real terminal" },
  { name: "busybox", brings: ["busybox"], without: "jobs by busybox's sh" },
  { name: "iproute2", brings: ["ip"], without: HOSTS_OF_THEIR_OWN },
  { name: "mmdebstrap", brings: ["mmdebstrap"], without: HOSTS_OF_THEIR_OWN },
];

const FOR_PAGES: readonly Package[] = [
  { name: "chromium", brings: ["chromium"], without: "published pages, in a browser" },
  { name: "hugo", brings: ["hugo"], without: "what `publish` writes for Hugo" },
  { name: "mkdocs", brings: ["mkdocs"], without: "what `publish` writes for MkDocs" },
  {
    name: "python3-markdown",
    brings: ["/usr/lib/python3/dist-packages/markdown/__init__.py"],
    without: "what `publish` writes for MkDocs",
  },
  {
    name: "python3-pymdownx",
    brings: ["/usr/lib/python3/dist-packages/pymdownx/tabbed.py"],
    without: "what `publish` writes for MkDocs",
  },
];

const APT = "/usr/bin/apt-get";
const APT_MS = 300_000;
/** Run by dpkg when a package wants to start its service; 101 forbids it (invoke-rc.d(8)). */
const POLICY = "/usr/sbin/policy-rc.d";
const FORBIDDEN = "#!/bin/sh\nexit 101\n";

await prepare(FOR_HOSTS, process.argv.includes("pages") ? FOR_PAGES : []);

/** The disk of hosts is made while what is for pages is installed. */
async function prepare(forHosts: readonly Package[], forPages: readonly Package[]): Promise<void> {
  const wanted = [...forHosts, ...forPages];
  const names = absent(wanted);
  const reason = obstacle();
  if (names.length === 0) console.log("test hosts: everything is here");
  else if (reason !== undefined) console.log(`test hosts: cannot install ${names.join(", ")}: ${reason}`);
  const canInstall = names.length > 0 && reason === undefined;
  if (canInstall) await apt("update");
  if (canInstall) await install(absent(forHosts));
  await Promise.all([prepareRoot(), canInstall && install(absent(forPages))]);
  const still = new Set(absent(wanted));
  for (const { name, without } of wanted) {
    if (still.has(name)) console.log(`test hosts: without ${name}, skipped: ${without}`);
  }
}

/** The disk that hosts in namespaces share. */
async function prepareRoot(): Promise<void> {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !isThere("mmdebstrap")) return;
  if (existsSync(namespaceRoot())) return;
  console.log(`test hosts: mmdebstrap ${namespaceRoot()}`);
  const failure = await makeNamespaceRoot();
  if (failure !== undefined) console.log(`test hosts: skipped: ${HOSTS_OF_THEIR_OWN}: ${failure}`);
}

function absent(packages: readonly Package[]): readonly string[] {
  return packages.filter(({ brings }) => !brings.every(isThere)).map(({ name }) => name);
}

function isThere(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const [paths, mode] = program.startsWith("/")
    ? [[program], constants.R_OK]
    : [folders.map((folder) => join(folder, program)), constants.X_OK];
  return paths.some((path) => {
    try {
      accessSync(path, mode);
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

async function install(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  // The tests start an sshd of their own; the system's stays off.
  const forbid = !existsSync(POLICY);
  if (forbid) writeFileSync(POLICY, FORBIDDEN, { mode: 0o755 });
  try {
    const all = await apt("install", "-y", "--no-install-recommends", ...names);
    if (all || names.length === 1) return;
    // One that is not to be had must not keep the others away.
    for (const name of names) await apt("install", "-y", "--no-install-recommends", name);
  } finally {
    if (forbid) rmSync(POLICY, { force: true });
  }
}

/** @returns whether it worked; why not is printed */
async function apt(...args: readonly string[]): Promise<boolean> {
  console.log(`test hosts: apt-get ${args.filter((arg) => !arg.startsWith("-")).join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-qq", "-o", "DPkg::Lock::Timeout=60"];
  const child = spawn(APT, [...options, ...args], { env, stdio: ["ignore", "ignore", "pipe"], timeout: APT_MS });
  const [said] = await Promise.all([text(child.stderr), once(child, "close")]);
  if (child.exitCode === 0) return true;
  const last = said.trim().split("\n").at(-1) ?? "";
  console.log(`test hosts: apt-get failed: ${last} (${child.exitCode ?? child.signalCode})`);
  return false;
}
