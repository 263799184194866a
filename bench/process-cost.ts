import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";

/** What a command took: wait4(2) of it and of the children it waited for itself, so no server's time is in it. */
export interface ProcessCost {
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs: number;
  /** Of the largest process among them, in MB. */
  readonly rssMb: number;
}

/** Node cannot ask for the resources of a child; Python can. Linux counts `ru_maxrss` in KiB, macOS in bytes. */
const WRAPPER = `
import json, os, sys, time
os.set_inheritable(3, False)
begin = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - begin
unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024
with os.fdopen(3, "w") as out:
    json.dump({"wallMs": wall * 1e3, "cpuMs": (usage.ru_utime + usage.ru_stime) * 1e3,
               "rssMb": usage.ru_maxrss / unit, "exit": os.waitstatus_to_exitcode(status)}, out)
`;

export interface Run {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where stdout and stderr go. */
  readonly log: string;
}

/** Runs it to its end. @throws {Error} when it does not exit with 0 */
export async function processCost({ command, env, cwd, log }: Run): Promise<ProcessCost> {
  const file = await open(log, "w");
  try {
    const child = spawn("python3", ["-c", WRAPPER, ...command], {
      stdio: ["ignore", file.fd, file.fd, "pipe"],
      ...(env !== undefined && { env: { ...process.env, ...env } }),
      ...(cwd !== undefined && { cwd }),
    });
    const report = text(child.stdio[3] as Readable);
    await once(child, "close");
    const result = JSON.parse(await report) as ProcessCost & { readonly exit: number };
    if (result.exit !== 0) throw new Error(`${command.join(" ")} exited with ${result.exit}; see ${log}`);
    return result;
  } finally {
    await file.close();
  }
}
