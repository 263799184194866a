import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a script did. */
export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type ShellName = "dash" | "bash" | "busybox";

/** A shell with the tools it has on a host. */
export interface Shell {
  readonly command: readonly string[];
  readonly path: string;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Nothing where it is not installed. With busybox there is nothing else. @param scratch a folder for what it needs */
export function shellHere(name: ShellName, scratch: string): Shell | undefined {
  const program = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
  if (program === "") return undefined;
  if (name !== "busybox") return { command: [program], path: PATH };
  const applets = spawnSync(program, ["--list"], { encoding: "utf8" }).stdout.split("\n");
  for (const applet of applets.filter((each) => /^[a-z0-9]+$/.test(each))) symlinkSync(program, join(scratch, applet));
  return { command: [program, "sh"], path: scratch };
}

/** A host in a folder: a place for files, and the private one where scripts are staged. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "waymark-file-"));
  readonly files = join(this.folder, "files");
  readonly staged = join(this.folder, "staged");
  private scripts = 0;

  constructor() {
    mkdirSync(this.files);
    mkdirSync(this.staged);
  }

  /** As a job does: a staged script, nothing on stdin. @param as the user's number, where it is another */
  run({ command, path }: Shell, code: string, env: Readonly<Record<string, string>> = {}, as?: number): Ran {
    const [program = "", ...options] = command;
    const script = join(this.staged, `job.${this.scripts++}.s`);
    writeFileSync(script, code);
    const { status, stdout, stderr } = spawnSync(program, [...options, script], {
      env: { PATH: path, HOME: this.files, LC_ALL: "C.UTF-8", ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      ...(as !== undefined && { uid: as, gid: as }),
    });
    return { exit: status ?? -1, stdout, stderr };
  }

  /** Names of what is there. */
  left(): readonly string[] {
    return readdirSync(this.files).toSorted();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, maxRetries: 5 });
  }
}
