import type { Host } from "../model/inventory.ts";
import type { Plan, PlannedFile, PlannedStep } from "../model/plan.ts";
import { restoreScript } from "./file-restore-script.ts";
import { fileDiffScript, fileScript } from "./file-script.ts";
import type { HostSessions } from "./host-sessions.ts";
import type { Job, JobKey, Look, LookResult } from "./ports.ts";
import type { RunState } from "./state.ts";
import type { Values } from "./values.ts";

export interface FileSurroundings {
  readonly plan: Plan;
  readonly state: () => RunState;
  readonly values: Values;
}

/** Looking at a file may not hang the run. */
const LOOK_TIMEOUT_MS = 60_000;

/**
 * The job of a `file` step: one like any other, so that it happens at most once.
 *
 * @param host that the step is for; where it runs is in `key`
 * @throws {Unset} when a variable that it uses has no value
 */
export function fileJob(
  step: PlannedStep,
  file: PlannedFile,
  host: string,
  key: JobKey,
  around: FileSurroundings,
): Job {
  const { task } = key;
  return {
    key,
    interpreter: ["sh"],
    code: fileScript(file, { uses: step.uses, run: around.state().run, task }),
    env: environment(step, file, host, around),
    timeoutMs: step.timeoutMs,
    preview: fileLook(step, file, host, around),
  };
}

/**
 * The job that puts back what a file was before some tasks, newest first, each only if it is still what that left. The
 * newest has passed; those before it may have failed before they changed anything: then nothing is kept of them.
 */
export function restoreJob(step: PlannedStep, tasks: readonly string[], key: JobKey): Job {
  const code = tasks
    .map((task, age) => `${age > 0 ? `[ ! -d "\${0%/*}/keep/${task}" ] || ` : ""}(\n${restoreScript(task)})`)
    .join(" || exit\n");
  return { key, interpreter: ["sh"], code: `${code}\n`, env: {}, timeoutMs: step.timeoutMs };
}

/** What a `file` step would do on a host. */
export interface FileChange {
  readonly status: "unchanged" | "changed" | "created";
  /** Changed attributes, a line each, and a unified diff; empty where there is none to be shown. Not redacted. */
  readonly diff: string;
}

/** A look that tells what {@link fileJob} would do and changes nothing; to be read by {@link readFileChange}. */
export function fileLook(step: PlannedStep, file: PlannedFile, host: string, around: FileSurroundings): Look {
  return {
    interpreter: ["sh"],
    code: fileDiffScript(file, step.uses),
    env: environment(step, file, host, around),
    timeoutMs: LOOK_TIMEOUT_MS,
    ...(step.user !== undefined && { user: step.user }),
  };
}

/** What a {@link fileLook} has found, or why the step would fail. */
export function readFileChange({ exit, stdout, stderr }: LookResult): FileChange | { readonly error: string } {
  const status = fileStatus(stdout);
  if (exit !== 0 || status === undefined) return { error: stderr.trim() || `exit status ${exit}` };
  return { status, diff: stdout.slice(stdout.indexOf("\n") + 1) };
}

/** What the script of a `file` step says it did: its first line. */
export function fileStatus(stdout: string): FileChange["status"] | undefined {
  const [first] = stdout.split("\n", 1);
  return (["unchanged", "changed", "created"] as const).find((status) => status === first);
}

/** Says, for people, that the file is there as the step wants it: then it need not be known who made it so. */
export async function fileInPlace(
  step: PlannedStep,
  name: string,
  host: Host,
  around: FileSurroundings & { readonly sessions: HostSessions },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { action } = step;
  if (action.kind !== "file") return undefined;
  const look = fileLook(step, action, name, around);
  const result = await around.sessions.persist(host, signal, (session) => session.look(look, signal));
  const change = readFileChange(result);
  return "status" in change && change.status === "unchanged"
    ? `${around.values.fill(action.path, name)} is as it should be`
    : undefined;
}

function environment(
  step: PlannedStep,
  { path }: PlannedFile,
  host: string,
  around: FileSurroundings,
): Readonly<Record<string, string>> {
  return {
    ...around.values.environment(step.uses, host),
    WAYMARK_PATH: around.values.fill(path, host),
    ...(!hidesContent(step, around) && { WAYMARK_DIFF: "1" }),
  };
}

/** A diff would show secrets that nobody knows any more: those that the file held before. */
function hidesContent({ secret, uses }: PlannedStep, { plan, state }: FileSurroundings): boolean {
  const { captures } = state();
  const isSecret = (name: string): boolean =>
    plan.variables.some((variable) => variable.name === name && variable.secret) ||
    (captures.get(name)?.some((captured) => captured.secret) ?? false);
  return secret || uses.some(isSecret);
}
