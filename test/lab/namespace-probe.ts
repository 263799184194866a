import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { namespaceRoot } from "./namespace-root.ts";

/** In namespaces of its own: what lab.sh and supervise.sh need of the kernel. $1 is the shared root. */
const ATTEMPT = `
  command -v setpriv pivot_root nsenter ip >/dev/null || { echo no setpriv, pivot_root, nsenter or ip >&2; exit 1; }
  mount -t proc proc /proc && mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/root &&
  mount -t overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root &&
  cp -a /dev/null /mnt/null && : >/mnt/null &&
  ip link add name br0 type bridge && ip link add name one type veth peer name two >&2`;

let found: { readonly reason: string | undefined } | undefined;

/** @returns why no namespace lab can be had on this machine, if so; it is printed, too, once. Quick. */
export function namespaceLabUnavailable(): string | undefined {
  if (found === undefined) {
    found = { reason: obstacle() };
    if (found.reason !== undefined) console.warn(`skipped: hosts in namespaces: ${found.reason}`);
  }
  return found.reason;
}

function obstacle(): string | undefined {
  if (process.platform !== "linux") return "namespaces are Linux's";
  if (process.getuid?.() !== 0) return "only root can make namespaces with networks";
  const root = namespaceRoot();
  if (!existsSync(root)) return "there is no root file system for hosts: node scripts/prepare-hosts.ts";
  const namespaces = [
    "--mount",
    "--net",
    "--pid",
    "--uts",
    "--ipc",
    "--time",
    "--boottime=-1",
    "--fork",
    "--kill-child",
  ];
  const args = [...namespaces, "sh", "-c", ATTEMPT, "sh", root];
  const { status, stderr, error } = spawnSync("unshare", args, { encoding: "utf8", timeout: 60_000 });
  if (status === 0) return undefined;
  return `no namespaces: ${error?.message ?? stderr.trim().split("\n").at(-1) ?? ""}`;
}
