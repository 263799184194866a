import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { LOCAL } from "../src/model/inventory.ts";
import type { Host } from "../src/model/inventory.ts";
import { openSession } from "../src/transport/agent-session.ts";
import { LocalConnection } from "../src/transport/local-connection.ts";
import { median, ratio } from "./table.ts";
import type { Table } from "./table.ts";

/*
 * What a step costs its host: CPU time of every process there (user and system), against the same command run by a
 * bare `bash -c`. Both in turns, for the machine may be busy with other things. Linux only.
 */

const ROUNDS = 7;
const STEPS = 100;

const host: Host = {
  name: LOCAL,
  address: "",
  port: 0,
  identity: [],
  knownHosts: [],
  jump: [],
  groups: [],
  vars: {},
  transport: "local",
};

/** CPU time of children that have ended, and of theirs, in ms (proc_pid_stat(5): cutime and cstime, in ticks of 10 ms). */
function childrenMs(): number {
  const fields = readFileSync("/proc/self/stat", "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

async function perStep(work: () => Promise<void>): Promise<number> {
  const before = childrenMs();
  await work();
  return (childrenMs() - before) / STEPS;
}

/** From a small process: what it costs to fork Node is not the point. */
async function bare(command: string): Promise<void> {
  const loop = `i=0; while [ $i -lt ${STEPS} ]; do bash -c "$1"; i=$((i+1)); done >/dev/null`;
  await once(spawn("sh", ["-c", loop, "sh", command], { stdio: "ignore" }), "close");
}

/** What they leave stays until the end: a file system that has just removed many files is slow to make new ones. */
async function capsules(token: string, code: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const session = await openSession(new LocalConnection(host), { token, signal, login: false });
  for (let step = 0; step < STEPS; step++) {
    const key = { token, host: LOCAL, task: randomBytes(16).toString("hex"), attempt: 1 };
    const job = { key, interpreter: ["bash", "-e", "-o", "pipefail"], code, env: {}, timeoutMs: 1_800_000 };
    await session.run(job, { stdout: 0, stderr: 0 }, () => {}, signal);
  }
  await session.close();
}

async function clean(token: string): Promise<void> {
  const session = await openSession(new LocalConnection(host), {
    token,
    signal: AbortSignal.timeout(60_000),
    login: false,
  });
  await session.clean(token);
  await session.close();
}

/** What steps cost, with and without output. */
export async function capsule(): Promise<Table> {
  const rows: string[][] = [];
  const token = randomBytes(8).toString("hex");
  for (const code of ["true", "echo hello"]) {
    const plain: number[] = [];
    const kept: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(await perStep(() => bare(code)));
      kept.push(await perStep(() => capsules(token, code)));
    }
    const [ours, theirs] = [median(kept), median(plain)];
    rows.push([code, `${ours.toFixed(1)} ms`, `${theirs.toFixed(1)} ms`, ratio(ours, theirs)]);
  }
  await clean(token);
  return {
    title: "Job capsule: CPU time on the host, a step",
    head: ["", "capsule", "bash -c", "ratio"],
    rows,
    notes: [`medians of ${ROUNDS} rounds of ${STEPS} steps; opening and closing the session is in them`],
  };
}
