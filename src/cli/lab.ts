import { join, resolve } from "node:path";
import { labDown as down } from "../lab/lab-down.ts";
import { labStatus as status } from "../lab/lab-status.ts";
import { labUp as up } from "../lab/lab-up.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import { type Surroundings, stateDir } from "./terminal.ts";

interface LabFlags {
  readonly dir?: string;
}

/** `waymark lab up`: prints the hosts file it wrote, and nothing else, on stdout. */
export async function labUp(around: Surroundings, count: string, flags: LabFlags): Promise<ExitCode> {
  if (!/^\d+$/.test(count)) {
    throw new WaymarkError("WM8011", `${count} is not a number of hosts`, { hint: "such as: waymark lab up 3" });
  }
  const path = around.env["PATH"];
  const lab = await up({ dir: labDir(around, flags), count: Number(count), ...(path !== undefined && { path }) });
  const fallback = lab.server === "sshd" ? "" : " (no sshd on this machine: served by Waymark itself)";
  const where = flags.dir === undefined ? "" : ` --dir ${flags.dir}`;
  around.stderr.write(`${lab.hosts.length} hosts up${fallback}; end them with: waymark lab down${where}\n`);
  around.stdout.write(`${lab.inventory}\n`);
  return EXIT.ok;
}

/** `waymark lab down`: fine where there is none. */
export async function labDown(around: Surroundings, flags: LabFlags): Promise<ExitCode> {
  const { hosts } = await down({ dir: labDir(around, flags) });
  around.stderr.write(hosts === 0 ? "there is no lab\n" : `${hosts} hosts ended and removed\n`);
  return EXIT.ok;
}

/** `waymark lab status`: one line a host. */
export async function labStatus(around: Surroundings, flags: LabFlags): Promise<ExitCode> {
  const lab = await status({ dir: labDir(around, flags) });
  if (lab === undefined) {
    around.stderr.write("there is no lab; start one with: waymark lab up 3\n");
    return EXIT.unreachable;
  }
  for (const { name, address, port, answers } of lab.hosts) {
    around.stdout.write(`${name}  ${address}:${port}  ${answers ? "answers" : "does not answer"}\n`);
  }
  return lab.hosts.every(({ answers }) => answers) ? EXIT.ok : EXIT.unreachable;
}

function labDir(around: Surroundings, { dir }: LabFlags): string {
  return dir === undefined ? join(stateDir(around), "lab") : resolve(around.cwd, dir);
}
