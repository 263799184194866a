import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { pid as ownPid } from "node:process";

/** Tells one process from every other, also from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Of the machine. */
  readonly host: string;
  /** `/etc/machine-id` (machine-id(5)); empty where there is none. */
  readonly machine: string;
  /** Linux's boot id (random(4)); empty elsewhere. */
  readonly boot: string;
  /** The PID namespace (pid_namespaces(7)): numbers mean nothing outside it. Empty where there is none. */
  readonly namespace: string;
  /** When it was started, in whatever unit the system counts; never compared across boots. */
  readonly start: string;
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const read = async (path: string) => (await readFile(path, "utf8").catch(() => "")).trim();
  return {
    pid: ownPid,
    host: hostname(),
    machine: await read("/etc/machine-id"),
    boot: await read("/proc/sys/kernel/random/boot_id"),
    namespace: await readlink("/proc/self/ns/pid").catch(() => ""),
    start: (await startOf(ownPid)) ?? "",
  };
}

/**
 * Whether a process still lives. Where that cannot be known, because it belongs to another machine or container, the
 * answer is yes.
 */
export async function mayLive(process: ProcessIdentity, self: ProcessIdentity): Promise<boolean> {
  const sameBoot = process.boot === self.boot && process.boot !== "";
  const sameMachine = process.host === self.host && process.machine === self.machine;
  if (!sameBoot && !sameMachine) return true;
  if (!sameBoot && process.boot !== "") return false; // the machine was started anew since
  if (process.namespace !== self.namespace) return true;
  return (await startOf(process.pid)) === process.start;
}

/** When a process was started; undefined when there is none of that number, or only its remains. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat !== undefined) {
    // proc_pid_stat(5): `pid (name) state …`, start time is field 22. The name may hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return isRemains(fields[0]) ? undefined : fields[19];
  }
  const proc = await readFile("/proc/self/stat").catch(() => undefined);
  return proc === undefined ? await startByPs(pid) : undefined;
}

function startByPs(pid: number): Promise<string | undefined> {
  // Language and time zone fixed: two processes of different surroundings must read the same.
  const env = { LC_ALL: "C", TZ: "UTC0" };
  return new Promise((resolve) => {
    execFile("/bin/ps", ["-o", "stat=,lstart=", "-p", String(pid)], { env }, (error, stdout) => {
      const [state, ...start] = stdout.trim().split(/\s+/);
      resolve(error === null && start.length > 0 && !isRemains(state) ? start.join(" ") : undefined);
    });
  });
}

/** A zombie: killed, and not yet fetched by its parent. It writes nothing any more. */
function isRemains(state: string | undefined): boolean {
  return state === undefined || /^[ZXx]/.test(state);
}
