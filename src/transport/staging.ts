import type { JobKey } from "../engine/ports.ts";
import type { AgentPool } from "./agent-pool.ts";
import { encodeRequest, quote } from "./agent-protocol.ts";
import { keyName } from "./job-request.ts";

/** `claimed`: there is a job of that key. */
export type Staged =
  | { readonly type: "staged"; readonly path: string }
  | { readonly type: "refused"; readonly reason: string }
  | "claimed";

/**
 * Writes a script for a pty to run to a private file of a user's.
 * @param name `tty`: what is to run; `su`: what the login user runs to get there
 * @throws {SudoRefused}
 */
export async function stage(
  pool: AgentPool,
  key: JobKey,
  user: string | undefined,
  name: "tty" | "su",
  text: string,
): Promise<Staged> {
  const request = encodeRequest(["stage", keyName(key), name, String(Buffer.byteLength(text))], { wm_s: quote(text) });
  const answer = await pool.with(user, (loop) => loop.request(request));
  if (answer === "claimed") return answer;
  const [type, ...rest] = answer.split(" ");
  const words = rest.join(" ");
  return type === "staged" ? { type, path: words } : { type: "refused", reason: words };
}

/** Removes what was staged for a user, as far as it is still there. */
export async function unstage(pool: AgentPool, key: JobKey, user: string | undefined): Promise<void> {
  await pool.with(user, (loop) => loop.request(encodeRequest(["unstage", keyName(key)])));
}

/** As a word that every login shell reads alike, fish and csh included. */
export function startable(path: string): string | undefined {
  if (/^[A-Za-z0-9_./-]+$/.test(path)) return path;
  return /['\\!\n]/.test(path) ? undefined : `'${path}'`;
}
