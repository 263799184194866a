import { createHash } from "node:crypto";
import { type Dirent, readFileSync, readdirSync } from "node:fs";
import { readFile, readdir, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";

/*
 * Looks for secrets where they must not be: files, and what processes show of themselves. Whoever reads the results
 * finds the place and the form, and never the value.
 */

/** A text, and how to name the place where it stands. */
export interface Found {
  readonly where: string;
  readonly text: string;
}

/** The value as it is, inside JSON, and in base64 at each of its three alignments, without what its neighbours share. */
export function formsOf(value: string): ReadonlyMap<string, string> {
  const aligned = ["", "x", "xy"].map((pad): readonly [string, string] => {
    const text = Buffer.from(pad + value).toString("base64");
    const from = Math.ceil((pad.length * 8) / 6);
    const to = Math.floor(((pad.length + Buffer.byteLength(value)) * 8) / 6);
    return [`as base64 behind ${pad.length} bytes`, text.slice(from, to)];
  });
  return new Map([["as it is", value], ["inside JSON", JSON.stringify(value).slice(1, -1)], ...aligned]);
}

/** Where any form of one of the values stands, as `PLACE has value N FORM`. */
export function findSecrets(values: readonly string[], texts: Iterable<Found>): readonly string[] {
  const forms = values.flatMap((value, index) =>
    [...formsOf(value)].map(([form, text]) => ({ name: `value ${index + 1} ${form}`, bytes: bytesOf(text) })),
  );
  const found = new Set<string>();
  for (const { where, text } of texts) {
    for (const { name, bytes } of forms) if (text.includes(bytes)) found.add(`${where} has ${name}`);
  }
  return [...found];
}

/** Files are read as Latin-1, a character a byte. */
const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");

export const asFound = (where: string, text: string): Found => ({ where, text: bytesOf(text) });

/** A capsule's private part: the one place on a host where a secret may be while its run is not over. */
const CAPSULES = /\/waymark-[0-9a-f]{16}-[^/]+\/u\d+\//;

/** What steps hand on is in there as well, and must not have any. */
export const isCapsule = (path: string): boolean => CAPSULES.test(path) && !path.endsWith(".env");

/** Bigger ones were made by no test. */
const LARGEST = 64 * 2 ** 20;

/** Every file below a folder, or the file itself. One that goes away meanwhile is not there. */
export async function* filesIn(path: string, skip: (path: string) => boolean = () => false): AsyncGenerator<Found> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) {
    const file = await stat(path).catch(() => undefined);
    if (file?.isFile() !== true || file.size > LARGEST || skip(path)) return;
    const text = await readFile(path, "latin1").catch(() => undefined);
    if (text !== undefined) yield { where: path, text };
    return;
  }
  for (const entry of entries) {
    if (entry.isDirectory() || entry.isFile()) yield* filesIn(join(path, entry.name), skip);
  }
}

const HISTORIES = [
  ".ash_history",
  ".bash_history",
  ".history",
  ".local/share/fish/fish_history",
  ".sh_history",
  ".zsh_history",
];
/** Folders of other tests, which have secrets of their own; and of whoever else is at work on this machine. */
const OTHERS = /^waymark-(e2e|lab|nslab)-/;
/** So deep, and so many, in folders that everybody writes to. */
const DEPTH = 3;
const MANY = 2000;

/** What has been written since then on this machine where any program may leave something: /tmp, /var/tmp, histories. */
export async function* sharedFiles(since: number): AsyncGenerator<Found> {
  for (const name of HISTORIES) yield* filesIn(join(homedir(), name));
  let left = MANY;
  async function* young(path: string, depth: number): AsyncGenerator<Found> {
    const entries = await readdir(path, { withFileTypes: true }).catch((): readonly Dirent[] => []);
    for (const entry of entries) {
      const below = join(path, entry.name);
      if (OTHERS.test(entry.name) || left <= 0) continue;
      const changed = await stat(below).catch(() => undefined);
      if (changed === undefined || changed.mtimeMs < since) continue;
      left--;
      if (entry.isFile()) yield* filesIn(below, isCapsule);
      else if (entry.isDirectory() && depth > 0 && !isCapsule(`${below}/`)) yield* young(below, depth - 1);
    }
  }
  for (const folder of new Set(["/tmp", "/var/tmp", tmpdir()])) yield* young(folder, DEPTH);
}

/** Between two samples; and how long a process is looked at anew: by then it runs what it is to run (execve(2)). */
const EVERY_MS = 80;
const YOUNG_MS = 1500;

/**
 * Samples what every process shows of itself to others: its command line, and its environment, which a step's own
 * processes alone may have secrets in (they are known by `WAYMARK_HOST`).
 */
export class ProcessWatch {
  /** Of steps: were there none, the watch would have seen nothing. */
  steps = 0;
  private readonly shown = new Map<string, Found>();
  private known = new Map<string, { readonly since: number; readonly command: string }>();
  private readonly timer = setInterval(() => this.sample(), EVERY_MS);
  private readonly onStep: () => void;

  /** @param onStep called whenever a process of a step was seen */
  constructor(onStep: () => void = () => {}) {
    this.onStep = onStep;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  get texts(): Iterable<Found> {
    return this.shown.values();
  }

  private sample(): void {
    const now = performance.now();
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    this.known = new Map(
      pids.map((pid) => {
        const before = this.known.get(pid);
        if (before !== undefined && now - before.since > YOUNG_MS) return [pid, before];
        const command = read(`/proc/${pid}/cmdline`);
        if (command !== before?.command) this.look(pid, command);
        return [pid, { since: before?.since ?? now, command }];
      }),
    );
  }

  private look(pid: string, command: string): void {
    const name = basename(command.split("\0")[0] ?? "");
    this.keep(`the command line of ${name}`, command);
    const environment = read(`/proc/${pid}/environ`);
    if (/(^|\0)WAYMARK_HOST=/.test(environment)) {
      this.steps++;
      this.onStep();
    } else this.keep(`the environment of ${name}`, environment);
  }

  private keep(where: string, text: string): void {
    if (text === "") return;
    this.shown.set(createHash("sha256").update(where).update(text).digest("base64"), { where, text });
  }
}

/** Of a process that is gone, or another user's: nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
