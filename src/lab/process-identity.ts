import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { kill, platform } from "node:process";
import { promisify } from "node:util";

/** A process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system words it; only good for comparing. */
  readonly started: string;
}

/** @returns `undefined` when there is no such process (a zombie is none) */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const started = platform === "linux" ? await startedOnLinux(pid) : await startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.started === identity.started;
}

/** Sends a signal, provided that the process is still the one that was meant. */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(identity))) return;
  try {
    kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Every process below `pid`, children before grandchildren, with its program's name. */
export async function descendants(pid: number): Promise<readonly (ProcessIdentity & { readonly name: string })[]> {
  const children = new Map<number, { readonly pid: number; readonly name: string }[]>();
  for (const { pid, parent, name } of await processes()) {
    children.set(parent, [...(children.get(parent) ?? []), { pid, name }]);
  }
  const found: (ProcessIdentity & { readonly name: string })[] = [];
  const parents = [pid];
  for (const parent of parents) {
    for (const child of children.get(parent) ?? []) {
      parents.push(child.pid);
      const identity = await identify(child.pid);
      if (identity !== undefined) found.push({ ...identity, name: child.name });
    }
  }
  return found;
}

/** /proc/PID/stat, proc_pid_stat(5): `pid (name) state ppid … starttime`, the name free to contain anything. */
async function stat(pid: number | string): Promise<{ name: string; fields: readonly string[] } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "latin1");
    const end = text.lastIndexOf(")");
    return { name: text.slice(text.indexOf("(") + 1, end), fields: text.slice(end + 2).split(" ") };
  } catch {
    return undefined;
  }
}

async function startedOnLinux(pid: number): Promise<string | undefined> {
  const found = await stat(pid);
  // The first field after the name is number 3, the start time is number 22.
  return found === undefined || found.fields[0] === "Z" ? undefined : found.fields[19];
}

const run = promisify(execFile);

async function startedByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run("ps", ["-o", "stat=,lstart=", "-p", String(pid)]);
    const [state = "", ...started] = stdout.trim().split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : started.join(" ");
  } catch {
    return undefined;
  }
}

async function processes(): Promise<readonly { pid: number; parent: number; name: string }[]> {
  if (platform !== "linux") {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,comm="]);
    return stdout.split("\n").flatMap((line) => {
      const [, pid, parent, name] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined || parent === undefined || name === undefined
        ? []
        : [{ pid: Number(pid), parent: Number(parent), name: name.slice(name.lastIndexOf("/") + 1) }];
    });
  }
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const found = await stat(pid);
      return found === undefined ? [] : [{ pid: Number(pid), parent: Number(found.fields[1]), name: found.name }];
    }),
  );
  return found.flat();
}
