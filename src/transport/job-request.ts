import { createHash } from "node:crypto";
import type { Carries, Job, JobEnd, JobKey, Keeps, Look } from "../engine/ports.ts";
import type { ShellLeft } from "../model/event.ts";
import { encodeRequest, quote } from "./agent-protocol.ts";
import { variablesSet } from "./shell-changes.ts";

/** Variables that bash does not let anybody set. A job's shell has its own. */
const READ_ONLY: ReadonlySet<string> = new Set(["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"]);

/** The name of the run's directory on a host: a host's name may be anything. */
export function directoryName(token: string, host: string): string {
  const plain = /^[A-Za-z0-9.-]{1,64}$/.test(host);
  const safe = host.replaceAll(/[^A-Za-z0-9.-]/g, "_").slice(0, 48);
  return `waymark-${token}-${plain ? host : `${safe}-${sha256(host).slice(0, 8)}`}`;
}

/** What a key is called on the host, in its run's directory there. */
export function keyName({ task, attempt }: Pick<JobKey, "task" | "attempt">): string {
  const name = `${task}.${attempt}`;
  if (!/^[0-9a-f]{32}\.[1-9][0-9]*$/.test(name)) throw new Error(`not a job's key: ${name}`);
  return name;
}

/** Tells whether two jobs are the same: by their script and what runs it. */
export function jobDigest({ interpreter, code }: Pick<Job, "interpreter" | "code">): string {
  return sha256(JSON.stringify([interpreter, code])).slice(0, 32);
}

/** Of one variable, with its name, `=` and a NUL (MAX_ARG_STRLEN of execve(2)). */
const VARIABLE_LIMIT = 128 * 1024;

/** Why a job cannot be put to a shell at all. */
export function unfit({ code, env, dir }: Pick<Job, "code" | "env" | "dir">): string | undefined {
  if (code.includes("\0")) return "the script holds a NUL byte";
  if (dir?.includes("\0") === true) return "the directory's name holds a NUL byte";
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `${name} is not a name of a variable`;
    if (value.includes("\0")) return `the value of ${name} holds a NUL byte`;
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
    if (bytes > VARIABLE_LIMIT) return `the value of ${name} has ${bytes} bytes: no program can be given so much`;
  }
  return undefined;
}

export function runRequest(job: Job): Buffer {
  const length = Buffer.byteLength(job.code);
  const call = ["run", keyName(job.key), jobDigest(job), String(length), centiseconds(job.timeoutMs)];
  const kept = job.keeps === undefined ? {} : keeping(job.code, job.keeps);
  return encodeRequest([...call, ...job.interpreter.map(quote)], { ...assignments(job), ...kept });
}

/** Of a job that goes on in the background. */
export function startRequest(job: Job, lapseMs: number): Buffer {
  const length = Buffer.byteLength(job.code);
  const call = ["start", keyName(job.key), jobDigest(job), String(length), centiseconds(lapseMs)];
  return encodeRequest([...call, ...job.interpreter.map(quote)], assignments(job));
}

/** Answered once the job has begun, or is over. */
export function goingRequest(key: JobKey): Buffer {
  return encodeRequest(["going", keyName(key)]);
}

/** @param host where it looks */
export function lookRequest(look: Look, host: string): Buffer {
  const { token } = look.carries ?? {};
  const run = token === undefined ? {} : { wm_run: quote(directoryName(token, host)) };
  const call = ["look", centiseconds(look.timeoutMs), ...look.interpreter.map(quote)];
  return encodeRequest(call, { ...assignments(look), ...run });
}

/** Why keys are set aside, for whoever asks for them later. */
const SET_ASIDE = "it had not begun, and was set aside";

/** @param aside whether an unclaimed key is to be set aside */
export function followRequest(
  key: JobKey,
  options: { digest?: string; stdout: number; stderr: number; aside: boolean },
): Buffer {
  const { digest = "-", stdout, stderr, aside } = options;
  return encodeRequest(["follow", keyName(key), digest, String(stdout), String(stderr), quote(aside ? SET_ASIDE : "")]);
}

export function cancelRequest(key: JobKey, graceMs: number): Buffer {
  return encodeRequest(["cancel", keyName(key), centiseconds(graceMs), quote(SET_ASIDE)]);
}

export function asideRequest(key: JobKey, reason: string): Buffer {
  return encodeRequest(["aside", keyName(key), quote(reason)]);
}

export type JobAnswer =
  | Exclude<JobEnd, { type: "ended" }>
  | (Extract<JobEnd, { type: "ended" }> & {
      /** Somebody follows the job: its output was not sent along. */
      readonly followed: boolean;
    })
  | { readonly type: "claimed" | "unclaimed" | "mismatch" | "unleased" };

/** @throws for what no agent says: a bug */
export function parseAnswer(text: string): JobAnswer {
  const [type = "", ...words] = text.split(" ");
  const rest = words.join(" ");
  switch (type) {
    case "claimed":
    case "unclaimed":
    case "mismatch":
    case "unleased":
      return { type };
    case "refused":
    case "unknown":
      return { type, reason: rest };
    case "followed": {
      const answer = parseAnswer(rest);
      if (answer.type === "ended") return { ...answer, followed: true };
      break;
    }
    case "ended": {
      const [end, exit, ms, ...left] = words;
      if (end === "exited" || end === "timeout" || end === "cancelled") {
        const known = { type, end, exit: Number(exit), durationMs: Number(ms), followed: false } as const;
        return left.length === 0 ? known : { ...known, left: parseLeft(left.join(" ")) };
      }
    }
  }
  throw new Error(`not an answer of the agent: ${text}`);
}

const EXPORTS: Readonly<Record<string, ShellLeft["exports"]>> = { k: "kept", c: "none" };

/** `k`, `c` or `n`, then `~` where it is home, then the directory, see wm_left. */
function parseLeft(text: string): ShellLeft {
  const home = text.charAt(1) === "~";
  const dir = text.slice(home ? 2 : 1);
  // What is not UTF-8 has lost its name on the way.
  const known = dir.startsWith("/") && !dir.includes("\u{fffd}");
  return { exports: EXPORTS[text.charAt(0)] ?? "as-found", ...(known && { dir, ...(home && { home }) }) };
}

/** Of what a job hands on, in bytes: it reaches the job's shell in one variable (MAX_ARG_STRLEN of execve(2): 128 KiB). */
const KEEP_LIMIT = 96 * 1024;

/**
 * What the agent has to know of what a job hands on: only where it ends, or what it may not export besides. Where that
 * is too much to tell, nothing is exported.
 */
function keeping(code: string, { except, hide, hideOutput }: Keeps): Record<string, string> {
  const sets = variablesSet(code)?.filter((name) => !except.includes(name));
  const texts = [...new Set(hide)].filter((text) => text !== "" && !text.includes("\0"));
  // What contains a text contains every part of it.
  const parts = texts.filter((text) => !texts.some((other) => other !== text && text.includes(other)));
  const patterns = parts.map((text) => `*'${text.replaceAll("'", `'\\''`)}'*) return 0 ;;`);
  const keep = [
    `wm_not='${except.join(" ")}' wm_own=${hideOutput ? 1 : ""}`,
    `wm_hidden() { case $1 in ${patterns.join(" ")} esac; return 1; }`,
  ].join("\n");
  if (sets?.length === 0 || Buffer.byteLength(keep) > KEEP_LIMIT) return { wm_keep: quote("-") };
  return { wm_keep: quote(keep), ...(sets !== undefined && { wm_if: quote(sets.join(" ")) }) };
}

export function assignments({ code, env, dir, carries }: Look): Record<string, string> {
  const exported = Object.entries(env)
    .filter(([name]) => !READ_ONLY.has(name))
    .map(([name, value]) => ` ${name}=${quote(value)}`);
  return {
    wm_s: quote(code),
    wm_e: quote(exported.length === 0 ? "" : `export${exported.join("")}`),
    wm_d: directoryWord(dir),
    ...carried(carries),
  };
}

function carried({ exports, orHome = false }: Carries = {}): Record<string, string> {
  return {
    ...(exports !== undefined && { wm_from: quote(keyName(exports)) }),
    ...(orHome && { wm_h: "1" }),
  };
}

function directoryWord(dir: string | undefined): string {
  if (dir === undefined || dir === "~") return quote("");
  if (dir.startsWith("/")) return quote(dir);
  return `$wm_home/${quote(dir.startsWith("~/") ? dir.slice(2) : dir)}`;
}

export function centiseconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 10)));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
