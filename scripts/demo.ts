/*
 * `npm run demo`: three throw-away SSH hosts on this machine become a cluster, by the guide examples/first-cluster.md.
 * Hosts and runs are kept in .waymark-lab/ (or in the folder that is named), and stay for the visitor to look at and
 * to break.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { findSshd } from "../src/lab/lab-server.ts";
import { labPaths } from "../src/lab/lab-layout.ts";
import { readState } from "../src/lab/lab-state.ts";

const root = dirname(import.meta.dirname);
const state = resolve(process.argv[2] ?? join(root, ".waymark-lab"));
const lab = join(state, "lab");
const guide = join("examples", "first-cluster.md");
const inventory = shown(labPaths(lab).inventory);

// Ctrl-C reaches the program that runs here as well, which knows what to do; this script only waits for it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});

process.exitCode = await demo();

/** @returns the exit code of what failed, or of the run */
async function demo(): Promise<number> {
  if ((await findSshd(process.env["PATH"] ?? "")) === undefined) {
    // Where it cannot install an SSH server, Waymark's own will do for a demo.
    await run(process.execPath, [join("scripts", "prepare-hosts.ts")]);
  }
  const up = await waymark("lab", "up", "3");
  if (up !== 0) return up;
  await offerNode();
  const result = await waymark("run", guide, "-i", inventory, "--new", "--plain");
  process.stdout.write(farewell());
  return result;
}

function waymark(...args: readonly string[]): Promise<number> {
  process.stdout.write(`\n$ waymark ${args.join(" ")}\n`);
  return run(process.execPath, [join("dist", "bin.js"), ...args]);
}

async function run(program: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, WAYMARK_STATE_DIR: state };
  const child = spawn(program, args, { cwd: root, env, stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/** The hosts' homes are new, so their logins know nothing of a Node.js that is not installed for everybody. */
async function offerNode(): Promise<void> {
  const bin = dirname(process.execPath);
  const profiles = {
    ".profile": `PATH='${bin}':"$PATH"\n`,
    ".zprofile": `PATH='${bin}':"$PATH"\n`,
    ".config/fish/config.fish": `set -gx PATH '${bin}' $PATH\n`,
  };
  for (const { home } of (await readState(lab))?.hosts ?? []) {
    for (const [name, content] of Object.entries(profiles)) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), content);
    }
  }
}

/** Short, where it is in the repository. */
function shown(path: string): string {
  return path.startsWith(`${root}/`) ? relative(root, path) : path;
}

function farewell(): string {
  return `
That was ${guide}. The hosts are still there. To go on by hand:

  alias waymark='${process.execPath} ${join(root, "dist", "bin.js")}'
  export WAYMARK_STATE_DIR='${state}'

  waymark run ${guide} -i ${inventory}
                                                    once more, on the screen: read it, then press r
  waymark show                                      what happened
  waymark show --step join --host lab-2             what was printed there

Now break something. This guide counts to twenty; start it, and meanwhile end Waymark from another terminal, or with Ctrl-C:

  waymark run examples/interrupt-me.md -i ${inventory}
  pkill -9 -f 'bin.js run examples/interrupt-me'
  waymark resume                                    goes on where it stopped

  waymark lab down                                  ends the hosts and removes all they had
`;
}
