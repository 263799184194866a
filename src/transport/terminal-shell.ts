import { randomBytes } from "node:crypto";
import { ConnectionLost, type JobKey, type LendTerminal, type Shell, type ShellEnd } from "../engine/ports.ts";
import type { AgentPool } from "./agent-pool.ts";
import { quote } from "./agent-protocol.ts";
import type { Connection } from "./connection.ts";
import { assignments, directoryName } from "./job-request.ts";
import { runOnTerminal } from "./lent-channel.ts";
import { PROCESS_PROGRAM } from "./process-program.ts";
import { shellText } from "./shell-text.ts";
import { stage, startable, unstage } from "./staging.ts";
import { STAND_PROGRAM } from "./stand-program.ts";
import type { SudoDesk } from "./sudo-desk.ts";
import { TTY_BEGINNING } from "./tty-program.ts";

const PROGRAM = shellText(PROCESS_PROGRAM, STAND_PROGRAM, TTY_BEGINNING);

/** The file that a pty runs, with the run's token. It is gone before the shell begins. */
export function standScript({ user, token = "", ...surroundings }: Shell, host: string): string {
  const { wm_s: _none, ...words } = assignments({ ...surroundings, interpreter: [], code: "", timeoutMs: 0 });
  const known = { wm_as: user === undefined ? "" : "1", wm_run: quote(directoryName(token, host)), ...words };
  return [
    `rm -f "$0"\nwm_nl='\n'\n`,
    PROGRAM,
    ...Object.entries(known).map(([name, word]) => `${name}=${word}\n`),
    "wm_stand\n",
  ].join("");
}

/** What the login user runs to get there: sudo asks whoever answers it elsewhere, or else on the terminal. */
function throughSudo(user: string, path: string): string {
  return [
    `rm -f "$0"; d=\${0%/*}/bin/waiting-for-a-sudo-password; set --`,
    `[ ! -x "$d" ] || { export SUDO_ASKPASS="$d" SUDO_PROMPT=%p; set -- -A; }`,
    `exec sudo "$@" -H -u ${quote(user)} -- sh ${quote(path)}\n`,
  ].join("\n");
}

/**
 * A shell on the operator's terminal, until it ends.
 * @param signal takes the terminal away from it
 * @throws {SudoRefused}
 * @throws {NoTerminal}
 * @throws {ConnectionLost} also where the connection has died under it
 */
export async function openShell(
  around: {
    readonly pool: AgentPool;
    readonly connection: Connection;
    readonly desk: SudoDesk;
    readonly token: string;
  },
  shell: Shell,
  lend: LendTerminal,
  signal: AbortSignal,
): Promise<ShellEnd> {
  const { pool, connection, desk, token } = around;
  const { user } = shell;
  const key: JobKey = { token, host: connection.host.name, task: randomBytes(16).toString("hex"), attempt: 1 };
  const users = user === undefined ? [undefined] : [user, undefined];
  try {
    const staged = await stage(pool, key, user, "tty", standScript({ token, ...shell }, connection.host.name));
    if (staged === "claimed") throw new Error("a new key is claimed");
    if (staged.type === "refused") return await bare(around, shell, staged.reason, lend, signal);
    const first = user === undefined ? staged : await stage(pool, key, undefined, "su", throughSudo(user, staged.path));
    if (first === "claimed") throw new Error("a new key is claimed");
    if (first.type === "refused") return first;
    const path = startable(first.path);
    if (path === undefined) return { type: "refused", reason: `its terminal cannot start ${first.path}` };
    const begun = Promise.withResolvers<void>();
    if (user !== undefined) await answered(desk, begun.promise);
    await pool.makeRoom();
    signal.throwIfAborted();
    return await untilEnded(connection, `exec sh ${path}`, lend, signal, begun.resolve).finally(begun.resolve);
  } finally {
    // A connection that is lost has nobody left to ask; what begins removes the script itself.
    for (const each of users) await unstage(pool, key, each).catch(() => undefined);
  }
}

async function untilEnded(
  connection: Connection,
  command: string,
  lend: LendTerminal,
  signal: AbortSignal,
  onFirst?: () => void,
): Promise<ShellEnd> {
  const close = await runOnTerminal(connection, command, lend, signal, onFirst);
  signal.throwIfAborted();
  if (close.code !== undefined || close.signal !== undefined) return { type: "ended" };
  throw new ConnectionLost(`Lost ${connection.host.name} while there was a shell`);
}

/** A disk that is full is what somebody wants a shell for: it is to be had then, without what would have been staged. */
async function bare(
  { pool, connection }: { readonly pool: AgentPool; readonly connection: Connection },
  { user }: Shell,
  reason: string,
  lend: LendTerminal,
  signal: AbortSignal,
): Promise<ShellEnd> {
  if (user !== undefined && !/^[A-Za-z0-9_.-]+$/.test(user)) return { type: "refused", reason };
  await pool.makeRoom();
  signal.throwIfAborted();
  const command = user === undefined ? `exec sh -c 'exec "\${SHELL:-sh}"'` : `exec sudo -H -u ${user} -s`;
  const told: LendTerminal = (use) =>
    lend(async (terminal) => {
      terminal.write(Buffer.from(`waymark: without variables, exports and directory of the step: ${reason}\r\n`));
      await use(terminal);
    });
  return untilEnded(connection, command, told, signal);
}

/** Has the desk answer sudo from now on, as it does for blocks, until that is over. @throws {ConnectionLost} */
async function answered(desk: SudoDesk, over: Promise<void>): Promise<void> {
  const ready = Promise.withResolvers<void>();
  const during = desk.during("sudo", () => {
    ready.resolve();
    return over;
  });
  during.catch(ready.reject);
  await ready.promise;
}
