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

/** A shell with the tools it has on a host. Busybox is all there is beside its own. */
export interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  readonly path: string;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const found = (program: string): string =>
  spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();

/** Those of dash, bash and busybox that are installed. `scratch`: for what they need. */
export function shellsHere(scratch: string): readonly Shell[] {
  const shells: readonly Shell[] = ["dash", "bash"].map((name) => ({ name, command: [name], path: PATH }));
  const busybox = found("busybox");
  const applets = busybox === "" ? [] : spawnSync(busybox, ["--list"], { encoding: "utf8" }).stdout.split("\n");
  const folder = join(scratch, "busybox");
  if (applets.length > 0) mkdirSync(folder);
  for (const name of applets.filter((applet) => /^[a-z0-9]+$/.test(applet))) symlinkSync(busybox, join(folder, name));
  const all = [...shells, { name: "busybox", command: [busybox, "sh"], path: folder }];
  return all.filter(({ command: [program = ""] }) => program !== "" && found(program) !== "");
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
    rmSync(this.folder, { recursive: true });
  }
}
