import { setTimeout as sleep } from "node:timers/promises";
import type { InteractEnd, Job, LendTerminal } from "../engine/ports.ts";
import type { AgentPool } from "./agent-pool.ts";
import { encodeRequest, quote } from "./agent-protocol.ts";
import { CAPSULE_PROGRAM } from "./capsule-program.ts";
import { CARRY_PROGRAM } from "./carry-program.ts";
import type { Connection } from "./connection.ts";
import { JobFollowing } from "./job-following.ts";
import { JobOutput } from "./job-output.ts";
import { assignments, centiseconds, jobDigest, keyName } from "./job-request.ts";
import { runOnTerminal } from "./lent-channel.ts";
import { LEASE_PROGRAM } from "./lease-program.ts";
import { PROCESS_PROGRAM } from "./process-program.ts";
import { shellText } from "./shell-text.ts";
import { stage, startable } from "./staging.ts";
import { TTY_BEGINNING, TTY_JOB_BEGINNING, TTY_PROGRAM } from "./tty-program.ts";
import { unlessAborted } from "../model/unless-aborted.ts";

/** For a program that was told that its terminal is gone, to end. */
const HUNG_UP_MS = 3000;

const PROGRAM = shellText(
  PROCESS_PROGRAM,
  CARRY_PROGRAM,
  LEASE_PROGRAM,
  CAPSULE_PROGRAM,
  TTY_PROGRAM,
  TTY_BEGINNING,
  TTY_JOB_BEGINNING,
);

/** The file that a pty runs. */
export function terminalScript(job: Job): string {
  const { wm_d = "''", ...rest } = assignments(job);
  const words = Object.entries({
    wm_k: keyName(job.key),
    wm_g: jobDigest(job),
    wm_t: centiseconds(job.timeoutMs),
    ...rest,
    // As the user that it runs as knows it: wm_home.
    wm_d,
  }).map(([name, word]) => `${name}=${word}\n`);
  const [key = "", digest = "", timeout = "", ...others] = words;
  const run = `wm_tty ${job.interpreter.map(quote).join(" ")}`;
  return [
    "wm_nl='\n'\n",
    key,
    digest,
    timeout,
    PROGRAM,
    ...others,
    `case \${1-} in watch) wm_attend "$2" "$3" ;; *) ${run} ;; esac\n`,
  ].join("");
}

/**
 * Runs a job on the operator's terminal: at most once, however often it is called. One that is claimed has another
 * terminal, which is gone: it is told so, and followed to its end.
 * @param hangUp takes the terminal away from it
 */
export async function interact(
  { pool, connection }: { readonly pool: AgentPool; readonly connection: Connection },
  job: Job,
  lend: LendTerminal | undefined,
  hangUp: AbortSignal,
  signal: AbortSignal,
): Promise<InteractEnd> {
  const { user } = job.key;
  const staged = await stage(pool, job.key, user, "tty", terminalScript(job));
  if (staged !== "claimed") {
    if (staged.type === "refused") return staged;
    if (lend === undefined || hangUp.aborted) return { type: "not-begun" };
    const asUser = `exec sudo -H -u ${quote(user ?? "")} -- sh ${quote(staged.path)}\n`;
    const first = user === undefined ? staged : await stage(pool, job.key, undefined, "su", asUser);
    if (first !== "claimed") {
      if (first.type === "refused") return first;
      const path = startable(first.path);
      if (path === undefined) return { type: "refused", reason: `its terminal cannot start ${first.path}` };
      await pool.makeRoom();
      signal.throwIfAborted();
      await runOnTerminal(connection, `exec sh ${path}`, lend, AbortSignal.any([hangUp, signal]));
    }
  }
  return settle(pool, job, hangUp, signal);
}

async function settle(pool: AgentPool, job: Job, hangUp: AbortSignal, signal: AbortSignal): Promise<InteractEnd> {
  const { key } = job;
  signal.throwIfAborted();
  await pool.with(key.user, (loop) => loop.request(encodeRequest(["hangup", keyName(key)])));
  const following = new JobFollowing(pool, key, new JobOutput({ stdout: 0, stderr: 0 }, () => {}));
  const stop = (): void => following.stop();
  signal.addEventListener("abort", stop);
  const end = unlessAborted(signal, following.attach());
  const enough = new AbortController();
  const left = Promise.withResolvers<InteractEnd>();
  const giveUp = (): void => {
    sleep(HUNG_UP_MS, undefined, { signal: enough.signal }).then(
      () => left.resolve({ type: "left" }),
      () => undefined,
    );
  };
  if (hangUp.aborted) giveUp();
  else hangUp.addEventListener("abort", giveUp, { once: true });
  try {
    const known = await Promise.race([end, left.promise]);
    if (known.type === "left") stop();
    return known;
  } finally {
    enough.abort();
    signal.removeEventListener("abort", stop);
    hangUp.removeEventListener("abort", giveUp);
  }
}
