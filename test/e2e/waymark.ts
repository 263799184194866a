import { type ChildProcess, spawn } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, inject, vi } from "vitest";
import type { EventType, RunEvent, TaskOutput } from "../../src/model/event.ts";
import type { Host } from "../../src/model/inventory.ts";

/*
 * The built command line as a user runs it: a process of its own, with a home and a state folder of the test's.
 */

const BIN = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
/** The built command line: a program and its first arguments. */
export const WAYMARK: readonly [program: string, ...args: string[]] = [execPath, ...inject("nodeFlags"), BIN];
const DEADLINE_MS = 170_000;

/** A line of `--json`. */
export type JsonLine = RunEvent | (TaskOutput & { readonly v: 1; readonly at: string });

/** How a command line ended. */
export interface Ended {
  /** The exit status, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with guides in it, a home, and the state of the runs. */
export class Place {
  readonly dir: string;
  readonly home: string;
  readonly state: string;
  /** Everything that any command has printed here. */
  readonly printed: string[] = [];
  private readonly running = new Set<Running>();

  constructor(dir: string) {
    this.dir = dir;
    this.home = join(dir, "home");
    this.state = join(dir, "state");
  }

  /** Writes a file of the user's. @returns its absolute path */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** Starts `waymark ARGS` in the place's folder. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    const running = new Running(this, args, options);
    this.running.add(running);
    return running;
  }

  /** Runs `waymark ARGS` to its end. */
  waymark(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** The id of the run that was started last. */
  async lastRun(): Promise<string> {
    const [last] = (await readdir(join(this.state, "runs"))).toSorted().toReversed();
    if (last === undefined) throw new Error("there is no run");
    return last;
  }

  /** The journal of the run that was started last. */
  async journal(): Promise<readonly RunEvent[]> {
    const path = join(this.state, "runs", await this.lastRun(), "journal.ndjson");
    return parseLines(await readFile(path, "utf8")) as readonly RunEvent[];
  }

  /** Every file below the state folder, by its path. */
  async stateFiles(): Promise<ReadonlyMap<string, Buffer>> {
    const entries = await readdir(this.state, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
  }

  async remove(): Promise<void> {
    for (const running of this.running) running.kill("SIGKILL");
    await Promise.allSettled([...this.running].map(({ ended }) => ended));
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface StartOptions {
  readonly deadlineMs?: number;
  /** Beside, or instead of, what every command has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Nobody reads what it prints on stdout before {@link Running.read} is called. */
  readonly unread?: boolean;
}

/** A command line at work. */
export class Running {
  readonly pid: number;
  /** Never rejects before its deadline. */
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();
  private over = false;

  constructor(place: Place, args: readonly string[], options: StartOptions) {
    const { deadlineMs = DEADLINE_MS, env: more = {} } = options;
    const env = {
      PATH: `${dirname(execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: place.home,
      WAYMARK_STATE_DIR: place.state,
      LANG: "C.UTF-8",
      TERM: "dumb",
      ...more,
    };
    const [program, ...first] = WAYMARK;
    const child = spawn(program, [...first, ...args], { cwd: place.dir, env, stdio: ["ignore", "pipe", "pipe"] });
    if (child.pid === undefined) throw new Error("waymark cannot be started");
    this.child = child;
    this.pid = child.pid;
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.grow("stdout", text));
    if (options.unread === true) child.stdout.pause();
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.grow("stderr", text));
    this.ended = new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        child.kill("SIGKILL");
        const said = `${this.stdout.slice(-2000)}\n${this.stderr.slice(-2000)}`;
        reject(new Error(`waymark ${args.join(" ")} was not over after ${deadlineMs / 1000} s:\n${said}`));
      }, deadlineMs);
      child.once("close", (code, signal) => {
        clearTimeout(deadline);
        this.over = true;
        for (const wake of this.waiting) wake();
        place.printed.push(this.stdout, this.stderr);
        resolve({ code: code ?? signal ?? "SIGKILL", stdout: this.stdout, stderr: this.stderr });
      });
    });
    this.ended.catch(() => undefined);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Begins to read what it prints. */
  read(): void {
    this.child.stdout?.resume();
  }

  /** Resolves as soon as what it printed on stdout satisfies `enough`. @throws {Error} when it ends before */
  async until(enough: (stdout: string) => boolean): Promise<void> {
    while (!enough(this.stdout)) {
      if (this.over) throw new Error(`it ended before that:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((wake) => {
        this.waiting.add(wake);
      });
    }
  }

  /** With `--json`: resolves once an event of this type, with these fields, has been printed. */
  async untilEvent(type: EventType, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.until((stdout) =>
      eventsOf(stdout, type).some((event) =>
        Object.entries(fields).every(([key, value]) =>
          Object.entries(event).some(([k, v]) => k === key && v === value),
        ),
      ),
    );
  }

  private grow(stream: "stdout" | "stderr", text: string): void {
    this[stream] += text;
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}

/** Makes a place for each test of this file or `describe`. Read `place()` inside tests. */
export function usePlace(): () => Place {
  // On a busy machine a command line may take seconds to start.
  vi.setConfig({ testTimeout: 180_000 });
  let place: Place | undefined;
  beforeEach(async () => {
    await access(BIN).catch(() => {
      throw new Error(`there is no ${BIN}: npm run build`);
    });
    place = await makePlace();
  });
  afterEach(() => place?.remove());
  return () => {
    if (place === undefined) throw new Error("the place is there inside tests only");
    return place;
  };
}

export async function makePlace(): Promise<Place> {
  const place = new Place(await mkdtemp(join(tmpdir(), "waymark-e2e-")));
  await mkdir(place.home);
  return place;
}

/** @returns what ended. @throws {Error} with all it printed, when it did not end with this code */
export function expectCode(code: Ended["code"], ended: Ended): Ended {
  if (ended.code === code) return ended;
  throw new Error(`exit ${ended.code} instead of ${code}\n--- stdout\n${ended.stdout}\n--- stderr\n${ended.stderr}`);
}

/** The whole lines of `--json` so far. */
export function jsonLines(stdout: string): readonly JsonLine[] {
  return parseLines(stdout.slice(0, stdout.lastIndexOf("\n") + 1)) as readonly JsonLine[];
}

/** The events of one type. */
export function eventsOf<T extends EventType>(stdout: string, type: T): readonly Extract<RunEvent, { type: T }>[] {
  return jsonLines(stdout).filter((line): line is Extract<RunEvent, { type: T }> => line.type === type);
}

const parseLines = (text: string): readonly unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));

/** A hosts file that has these hosts, with what is changed about some of them. JSON is YAML. */
export function hostsFile(
  hosts: readonly Host[],
  changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): string {
  const entries = hosts.map(({ name, address, port, user, identity, knownHosts, jump, groups, vars }) => {
    const host = { address, port, user, identity: identity[0], known_hosts: knownHosts[0], jump, groups, vars };
    return [name, { ...host, ...changes[name] }] as const;
  });
  return JSON.stringify({ hosts: Object.fromEntries(entries) }, undefined, 2);
}

/** A fenced code block. */
export const block = (info: string, ...lines: readonly string[]): string =>
  `\`\`\`${info}\n${lines.join("\n")}\n\`\`\`\n`;

/** The lines of a file on a test host; none if there is no such file. */
export async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
