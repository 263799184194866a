import { access, constants, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Lab } from "../src/lab/lab-up.ts";

/** Another program that runs commands on many hosts, as somebody who knows it would use it for that. */
export interface Peer {
  readonly name: string;
  readonly commands: (commands: readonly string[]) => readonly (readonly string[])[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of its shared connections, which go on for a while. */
  readonly sockets?: string;
}

/** Those that are installed, ready to be used on the lab's hosts. */
export async function peers(dir: string, lab: Lab, parallel: number): Promise<readonly Peer[]> {
  const addresses = lab.hosts.map(({ address }) => address);
  const config = join(dir, "ssh_config");
  const list = join(dir, "addresses");
  await writeFile(config, sshConfig(lab));
  await writeFile(list, `${addresses.join("\n")}\n`);
  const known: Readonly<Record<string, () => Promise<Peer>>> = {
    clush: async () => ({
      name: "clush",
      commands: (commands) =>
        commands.map((command) => ["clush", "-f", String(parallel), "-o", `-F ${config}`, "--hostfile", list, command]),
    }),
    pdsh: async () => ({
      name: "pdsh",
      commands: (commands) =>
        commands.map((command) => ["pdsh", "-R", "ssh", "-f", String(parallel), "-w", `^${list}`, command]),
      env: { PDSH_SSH_ARGS_APPEND: `-F ${config}` },
    }),
    "ansible-playbook": () => ansible(dir, lab, config, parallel),
  };
  const found: Peer[] = [];
  for (const [program, peer] of Object.entries(known)) {
    if (await isInstalled(program)) found.push(await peer());
  }
  return found;
}

/** One playbook of `raw` tasks, which need nothing on the hosts, over connections that are shared as by default. */
async function ansible(dir: string, lab: Lab, config: string, parallel: number): Promise<Peer> {
  const inventory = join(dir, "ansible-hosts");
  const playbook = join(dir, "playbook.yaml");
  const sockets = join(dir, "cp");
  await mkdir(sockets, { mode: 0o700 });
  await writeFile(inventory, lab.hosts.map(({ address }) => `${address}\n`).join(""));
  return {
    name: "ansible raw",
    sockets,
    commands: (commands) => {
      const tasks = commands.map((command) => `    - { name: ${command}, raw: "${command}" }\n`).join("");
      return [
        [
          "sh",
          "-c",
          'printf %s "$1" > "$2"',
          "sh",
          `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`,
          playbook,
        ],
        ["ansible-playbook", "-i", inventory, "-f", String(parallel), playbook],
      ];
    },
    env: {
      ANSIBLE_SSH_ARGS: `-F ${config} -o ControlMaster=auto -o ControlPersist=5s`,
      ANSIBLE_SSH_CONTROL_PATH_DIR: sockets,
      ANSIBLE_LOCAL_TEMP: join(dir, "ansible-tmp"),
      LC_ALL: "C.UTF-8",
    },
  };
}

/** One block for all, so that no time goes into searching it: the lab's hosts differ in nothing but their address. */
function sshConfig(lab: Lab): string {
  const ports = new Set(lab.hosts.map(({ port }) => port));
  if (ports.size !== 1) throw new Error("this system has one loopback address only: peers cannot be compared on it");
  return [
    "Host *",
    `  Port ${[...ports].join("")}`,
    `  User ${lab.user}`,
    `  IdentityFile ${join(lab.dir, "id_ed25519")}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${join(lab.dir, "known_hosts")}`,
    "  StrictHostKeyChecking yes",
    "  UpdateHostKeys no",
    "",
  ].join("\n");
}

async function isInstalled(program: string): Promise<boolean> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not there.
    }
  }
  return false;
}
