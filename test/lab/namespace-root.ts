/*
 * The root file system that all hosts of all namespace labs share, read-only: a minimal Debian with an SSH server and
 * sudo, made once from the machine's own apt sources (some 40 s), kept outside of the repository.
 */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CACHE = "/var/cache/waymark-lab";
const PROGRAMS = fileURLToPath(new URL("namespace", import.meta.url));
/** As mmdebstrap(1) takes them. */
const PACKAGES = ["openssh-server", "sudo", "procps", "iproute2", "ca-certificates"];
/** Everything that decides what is in it. */
const INGREDIENTS = ["root-customize.sh", "passwords"];
const OPTIONS = [
  "--mode=root",
  "--variant=minbase",
  "--format=directory",
  "--quiet",
  `--include=${PACKAGES.join(",")}`,
  ...["doc", "man", "locale"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  "--dpkgopt=force-unsafe-io",
  // Signatures count; how old a mirror is does not.
  '--aptopt=Acquire::Check-Valid-Until "false"',
  '--aptopt=Acquire::Check-Date "false"',
  `--customize-hook=${join(PROGRAMS, "root-customize.sh")}`,
];
const BUILD_MS = 600_000;
const UNUSED_MS = 24 * 3_600_000;

/** Where the root is, or will be: another recipe gives another folder. */
export function namespaceRoot(): string {
  const digest = createHash("sha256");
  for (const option of OPTIONS.slice(0, -1)) digest.update(`${option}\0`);
  for (const name of INGREDIENTS) digest.update(readFileSync(join(PROGRAMS, name))).update("\0");
  return join(CACHE, `root-${digest.digest("hex").slice(0, 12)}`);
}

/**
 * Makes the root unless it is there; several at once do not hurt each other.
 * @returns why there is none, if there is none
 */
export async function makeNamespaceRoot(): Promise<string | undefined> {
  const root = namespaceRoot();
  if (existsSync(root)) return undefined;
  mkdirSync(CACHE, { recursive: true, mode: 0o755 });
  const making = join(CACHE, `.making-${process.pid}`);
  remove(making);
  const args = [...OPTIONS, "", making, ...aptSources()];
  try {
    await promisify(execFile)("mmdebstrap", args, { timeout: BUILD_MS });
  } catch (error) {
    remove(making);
    return String(error).trim().split("\n").at(-1);
  }
  try {
    renameSync(making, root);
  } catch (error) {
    // Somebody else was faster.
    remove(making);
    if (!existsSync(root)) throw error;
  }
  removeOld(root);
  return undefined;
}

/** What the machine itself installs from. */
function aptSources(): readonly string[] {
  const folder = "/etc/apt/sources.list.d";
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name)) : [];
  return ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))].filter(existsSync);
}

/** Roots of recipes gone by, and what was left half made; a lab that is up may still be using a recent one. */
function removeOld(root: string): void {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    if (path !== root && Date.now() - statSync(path).ctimeMs > UNUSED_MS) remove(path);
  }
}

/** Not across mounts: mmdebstrap may have been killed while it had the machine's devices in there. */
const remove = (path: string): void => void spawnSync("rm", ["-rf", "--one-file-system", path]);
