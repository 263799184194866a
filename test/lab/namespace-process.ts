import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type ProcessIdentity, identify, signalProcess } from "../../src/lab/process-identity.ts";

const PROGRAMS = fileURLToPath(new URL("namespace", import.meta.url));
const ORDER_MS = 90_000;
const GRACE_MS = 3000;

export interface HostState {
  /** How often its sshd was ready, from the start on. */
  readonly boots: number;
  readonly phase: "off" | "booting" | "ready";
  /** How its last boot ended. */
  readonly ended?: "rebooted" | "powered-off" | "killed";
}

/**
 * PID 1 of a lab's namespaces (lab.sh). It ends when its stdin does, so at the latest with the process that started it;
 * with it ends everything in the lab.
 */
export class LabProcess {
  /** Its PID 1, as the machine has it. */
  readonly pid: number;
  private readonly identity: ProcessIdentity;
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private readonly states = new Map<string, HostState>();
  private readonly waiting = new Set<() => void>();
  private failure: string | undefined;

  private constructor(child: ChildProcess, identity: ProcessIdentity, events: AsyncIterator<string>) {
    this.child = child;
    this.pid = identity.pid;
    this.identity = identity;
    this.exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
    void this.follow(events);
  }

  static async start(dir: string, root: string): Promise<LabProcess> {
    const namespaces = ["--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child"];
    const args = [...namespaces, "sh", `${PROGRAMS}/lab.sh`, dir, root];
    // Ctrl-C is for the tests; a group of its own does not get it.
    const log = await open(join(dir, "log"), "a");
    const child = spawn("unshare", args, { stdio: ["pipe", "pipe", log.fd], detached: true, cwd: "/" });
    await once(child, "spawn");
    await log.close();
    if (child.stdin === null || child.stdout === null) throw new Error("no pipes");
    child.stdin.on("error", () => {});
    const events = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await events.next();
    const identity = first.done === true ? undefined : await identify(Number(first.value.replace(/^lab /, "")));
    if (identity === undefined) throw new Error(`no namespaces: ${await readFile(join(dir, "log"), "utf8")}`);
    await writeFile(join(dir, "lab.json"), JSON.stringify(identity));
    return new LabProcess(child, identity, events);
  }

  /** Ends the lab of that folder, should it have outlived whoever started it. */
  static async endStale(dir: string): Promise<void> {
    const text = await readFile(join(dir, "lab.json"), "utf8").catch(() => undefined);
    if (text !== undefined) await signalProcess(JSON.parse(text) as ProcessIdentity, "SIGKILL");
  }

  /** One line for lab.sh. */
  order(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  startHost(name: string): void {
    this.states.set(name, { ...this.state(name), phase: "booting" });
    this.order(`start ${name}`);
  }

  state(name: string): HostState {
    return this.states.get(name) ?? { boots: 0, phase: "off" };
  }

  /** Resolves as soon as the host is like that. @throws {Error} when it has not come to that in 90 s */
  async until(name: string, like: (state: HostState) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(ORDER_MS);
    while (!like(this.state(name))) {
      if (this.failure !== undefined) throw new Error(this.failure);
      if (deadline.aborted) throw new Error(`${name}: still ${JSON.stringify(this.state(name))}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.waiting.delete(wake);
          deadline.removeEventListener("abort", wake);
          resolve();
        };
        this.waiting.add(wake);
        deadline.addEventListener("abort", wake);
      });
    }
  }

  /** Runs a program within the lab's own namespaces. */
  run(program: string, ...args: readonly string[]): Promise<ProgramEnd> {
    const within = ["--target", String(this.pid), "--mount", "--net", "--pid", "--", program, ...args];
    return runProgram("nsenter", within);
  }

  /** Runs a command as root on a host. */
  exec(dir: string, name: string, command: string): Promise<ProgramEnd> {
    return this.run("sh", `${PROGRAMS}/exec.sh`, dir, name, command);
  }

  /** Pulls the plug of every host, and waits until they are off. */
  async killHosts(dir: string): Promise<void> {
    await this.run("sh", "-c", `kill -KILL $(cat "$0"/hosts/*/init)`, dir);
    const names = [...this.states.keys()];
    await Promise.allSettled(names.map((name) => this.until(name, ({ phase }) => phase !== "ready")));
  }

  /** Ends everything that is in the lab. @returns when it has ended */
  async end(): Promise<void> {
    // `unshare` waits for PID 1 of the lab, and that is gone only after everything else in there.
    this.child.stdin?.end();
    const late = setTimeout(() => void signalProcess(this.identity, "SIGKILL"), GRACE_MS);
    await this.exited;
    clearTimeout(late);
  }

  /** For the last moment of this process: does not wait. */
  killNow(): void {
    // Its child goes with it. As long as Node has not waited for it, its pid is nobody else's.
    this.child.kill("SIGKILL");
  }

  private async follow(events: AsyncIterator<string>): Promise<void> {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      const [event, name = "", how] = next.value.split(" ");
      const state = this.state(name);
      if (event === "ready") this.states.set(name, { ...state, phase: "ready", boots: state.boots + 1 });
      // It starts again by itself.
      if (event === "rebooted") this.states.set(name, { ...state, phase: "booting", ended: "rebooted" });
      if (event === "off") {
        this.states.set(name, { ...state, phase: "off", ended: how === "powered-off" ? how : "killed" });
      }
      if (event === "failed") this.failure = `the lab's ${name} failed`;
      for (const wake of this.waiting) wake();
    }
    this.failure ??= "the lab has ended";
    for (const wake of this.waiting) wake();
  }
}

export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with this on stdin. */
export function runProgram(program: string, args: readonly string[], stdin = ""): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], cwd: "/" });
    const out = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (out.stderr += text));
    child.stdin.on("error", () => {}).end(stdin);
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ ...out, code: code ?? (signal === null ? 1 : 128) }));
  });
}
