/*
 * `npm run pictures`: makes the pictures in docs/pictures/ of real runs, on throw-away SSH hosts on this machine. Their
 * times and ids differ from run to run; everything else is what anybody gets.
 */
import { chmod, copyFile, mkdir, mkdtemp, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { labDown } from "../src/lab/lab-down.ts";
import { type Lab, labUp } from "../src/lab/lab-up.ts";
import { terminalPicture } from "./terminal-picture.ts";
import { TmuxTerminal } from "./tmux-terminal.ts";

const root = dirname(import.meta.dirname);
const pictures = join(root, "docs", "pictures");
const NAMES = ["pi-master", "pi-worker-1", "pi-worker-2", "pi-worker-3"];
const WIDE = { columns: 124, rows: 34 };
const NARROW = { columns: 60, rows: 24 };

const dir = await mkdtemp(join(tmpdir(), "waymark-pictures-"));
const lab = await labUp({ dir: join(dir, "lab"), count: NAMES.length, names: NAMES, groups: ["master", "worker"] });
try {
  await mkdir(pictures, { recursive: true });
  await cluster(lab);
  await questions();
} finally {
  await labDown({ dir: lab.dir });
  await rm(dir, { recursive: true, force: true });
}

/** A first cluster, of which one worker cannot join, and another is slow. */
async function cluster({ hosts }: Lab): Promise<void> {
  const [, , broken, slow] = hosts;
  if (broken === undefined || slow === undefined) throw new Error("too few hosts");
  for (const { home } of hosts)
    await writeFile(join(home, ".profile"), `PATH='${dirname(process.execPath)}':"$PATH"\n`);
  const inTheWay = join(broken.home, "first-cluster", "node.pid");
  await mkdir(inTheWay, { recursive: true });
  const node = join(slow.home, "bin", "node");
  await mkdir(dirname(node), { recursive: true });
  const late = `case "$2:$TOKEN" in join:guessed) ;; join:*) echo "the network is slow today" >&2; sleep 6 ;; esac`;
  await writeFile(node, `#!/bin/sh\n${late}\nexec '${process.execPath}' "$@"\n`);
  await chmod(node, 0o755);
  await writeFile(join(slow.home, ".profile"), `PATH="$HOME/bin:$PATH"\n`);

  await using terminal = await open("first-cluster.md");
  await terminal.shows("not started");
  await terminal.press("r");
  await terminal.shows("✖ pi-worker-2", "◐ pi-worker-3");
  await save(terminal, "failure", WIDE, {
    title: "waymark run first-cluster.md",
    description:
      "The screen of a run: the outline of the guide's steps with a sign for each host, the guide at the step at work, " +
      "and what its hosts have printed. Two workers have joined or are about to; pi-worker-2 printed nothing where the " +
      "guide says that it has joined.",
  });
  await terminal.shows("✖ failed");
  await terminal.press("m");
  await terminal.shows("Hosts and steps");
  await save(terminal, "matrix", WIDE, {
    title: "waymark run first-cluster.md",
    description: "The matrix: a row for each host, a column for each step, and a sign where they meet.",
  });
  await terminal.press("Escape");
  await terminal.resize(NARROW.columns, NARROW.rows);
  // Why it has failed is what one pane shows.
  await terminal.shows(/^┌─ Output of /m);
  await save(terminal, "narrow", NARROW, {
    title: "waymark run first-cluster.md",
    description: "The same run in a window of 60 columns: one pane at a time, here what the hosts have printed.",
  });
  await rmdir(inTheWay);
  await terminal.press("q");
  await terminal.shows("ended with");
}

/** A run that asks before it goes on. */
async function questions(): Promise<void> {
  await using terminal = await open("ask-first.md");
  await terminal.shows("not started");
  await terminal.press("r");
  await terminal.shows("Have you seen what there is?", /▸\? 2 /);
  await save(terminal, "question", WIDE, {
    title: "waymark run ask-first.md",
    description:
      "A run that rests at a checkpoint: what the step has printed, and below it the question whether to go on.",
  });
  await terminal.press("n");
  await terminal.shows("rests at a checkpoint");
  await terminal.press("q");
  await terminal.shows("ended with");
}

async function open(guide: string): Promise<TmuxTerminal> {
  await copyFile(join(root, "examples", guide), join(dir, guide));
  const words = [process.execPath, join(root, "dist", "bin.js"), "run", guide, "-i", lab.inventory, "--tui"];
  return TmuxTerminal.open({
    command: `${words.map((word) => `'${word}'`).join(" ")}; echo "ended with $?"; exec cat`,
    cwd: dir,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: dir,
      WAYMARK_STATE_DIR: join(dir, "state"),
      LANG: "C.UTF-8",
      SHELL: "/bin/sh",
      TERM: "xterm-256color",
    },
    ...WIDE,
  });
}

async function save(
  terminal: TmuxTerminal,
  name: string,
  size: { readonly columns: number; readonly rows: number },
  words: { readonly title: string; readonly description: string },
): Promise<void> {
  const file = join(pictures, `${name}.svg`);
  await writeFile(file, await terminalPicture({ screen: await terminal.capture(), ...size, ...words }));
  process.stdout.write(`docs/pictures/${name}.svg\n`);
}
