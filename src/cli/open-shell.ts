import { randomBytes } from "node:crypto";
import { HostSessions, type Patience } from "../engine/host-sessions.ts";
import { ConnectError, ConnectionLost, type LendTerminal, type Session } from "../engine/ports.ts";
import { capturesFor, planShell } from "../engine/stand.ts";
import { Values } from "../engine/values.ts";
import { openJournal } from "../journal/open-journal.ts";
import { createRedactor } from "../journal/redactor.ts";
import type { RunFolder } from "../journal/run-folder.ts";
import { EXIT, WaymarkError } from "../model/errors.ts";
import type { Asker, HostKeyQuestion, SecretQuestion } from "../transport/asker.ts";
import { outputLook } from "../transport/output-look.ts";
import { createTransport } from "../transport/transport.ts";
import { systemClock } from "./clock.ts";
import type { ReachFlags } from "./flags.ts";
import type { ShellPlace } from "./shell-place.ts";
import { sshOptions } from "./ssh.ts";
import type { Surroundings } from "./terminal.ts";

/** A host is tried once: whoever wants a shell there sees why there is none, and tries again. */
const PATIENCE: Patience = { connectTries: 1, connectMs: 0, retryMs: 0, reconnectMs: 0 };

/** What a shell is opened with. */
export interface ShellSurroundings {
  readonly flags: ReachFlags;
  /** Told where there is a shell, before there is one. */
  readonly note: (step: string, host: string) => Promise<void>;
  /** Of the run's hosts, or of none. @param learn told of each secret */
  readonly asker: Asker;
  readonly lend: (to: { readonly title: string; readonly host: string }) => LendTerminal;
  /** Takes the terminal away from it. */
  readonly signal: AbortSignal;
}

/**
 * Has a shell on the terminal until it ends, without the lease of its host: whoever works there is not kept from it.
 * @throws {WaymarkError} where the host cannot be reached (exit 4), or there is no shell to be had there
 */
export async function openShell(
  around: Surroundings,
  place: ShellPlace,
  { flags, note, asker, lend, signal }: ShellSurroundings,
): Promise<void> {
  const { plan, state, step, host, inputs } = place;
  // What is tidied up afterwards asks nobody for anything.
  const answering = new Answering(asker);
  // A folder of its own: the run's is left as it is, also where there is none.
  const token = randomBytes(8).toString("hex");
  const transport = createTransport({ token, ssh: sshOptions(around, flags, answering), hosts: plan.hosts });
  const sessions = new HostSessions(transport, systemClock, PATIENCE, async () => undefined);
  const values = new Values(plan, inputs, () => state, createRedactor());
  const reach = (name: string): Promise<Session> => {
    const target = plan.hosts.find((each) => each.name === name);
    if (target === undefined) throw new Error(`no host ${name} in the plan`);
    return sessions.reach(target, signal);
  };
  const there = step.at ?? host;
  try {
    const session = await reach(there);
    const lost = new Map<string, string>();
    for (const secret of capturesFor(step, host, state).filter(({ captured }) => captured.secret)) {
      const value = await printed(secret, state.token, reach, signal);
      if ("why" in value) lost.set(secret.name, value.why);
      else values.addSecret(secret.name, secret.host, value.text);
    }
    const { shell, without } = planShell(step, host, state, { values, login: session.user, lost });
    await note(step.id, host);
    const title = `shell at ${step.id}: ${step.title}`;
    const lent = telling(lend({ title, host: there }), without);
    const end = await session.shell({ ...shell, token: state.token }, lent, signal);
    if (end.type === "refused") throw noShell(there, end.reason);
  } catch (error) {
    if (error instanceof ConnectError) throw unreachable(error.code, error.message, error.hint, error);
    if (!(error instanceof ConnectionLost) || signal.aborted) throw error;
    throw unreachable("WM6021", error.message, "what ran in the shell has lost its terminal; open another one", error);
  } finally {
    answering.over = true;
    await Promise.allSettled((await sessions.all()).map((session) => session.clean(token)));
    await sessions.close();
  }
}

/** What the step has printed that has captured a secret. */
async function printed(
  { host, captured: { task, attempt, user, where = host } }: ReturnType<typeof capturesFor>[number],
  token: string,
  reach: (host: string) => Promise<Session>,
  signal: AbortSignal,
): Promise<{ readonly text: string } | { readonly why: string }> {
  const key = { token, host: where, task, attempt, ...(user !== undefined && { user }) };
  try {
    const { exit, stdout, refused } = await (await reach(where)).look(outputLook(key), signal);
    if (exit === 0) return { text: stdout.replace(/\r?\n$/, "") };
    return { why: refused ?? `it is gone from ${where}` };
  } catch (error) {
    if (signal.aborted || !(error instanceof ConnectError || error instanceof ConnectionLost)) throw error;
    return { why: error.message };
  }
}

/** Says above the shell what it goes without. */
function telling(lend: LendTerminal, without: readonly string[]): LendTerminal {
  if (without.length === 0) return lend;
  return (use) =>
    lend(async (terminal) => {
      terminal.write(Buffer.from(`waymark: ${without.join("; ")}\r\n`));
      await use(terminal);
    });
}

/** Notes in the journal of a run that somebody has a shell on a host, where nobody else writes to it at this moment: no shell is kept from anybody for that. */
export async function noteShell(folder: RunFolder, step: string, host: string): Promise<void> {
  try {
    const { journal } = await openJournal(folder, { clock: systemClock });
    try {
      await journal.append({ type: "operator-decided", decision: "shell", step, hosts: [host] });
    } finally {
      await journal.close();
    }
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
  }
}

/** Answers as another does, until nobody is to be asked any more. */
class Answering implements Asker {
  over = false;
  readonly #asker: Asker;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  async secret(question: SecretQuestion, signal: AbortSignal): Promise<string | undefined> {
    return this.over ? undefined : this.#asker.secret(question, signal);
  }

  right(question: SecretQuestion): void {
    this.#asker.right(question);
  }

  wrong(question: SecretQuestion): void {
    this.#asker.wrong(question);
  }

  async trust(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean | undefined> {
    return this.over ? undefined : this.#asker.trust(question, signal);
  }
}

function unreachable(code: string, message: string, hint: string, cause: Error): WaymarkError {
  return new WaymarkError(code, message, { hint, exit: EXIT.unreachable, cause });
}

function noShell(host: string, reason: string): WaymarkError {
  return new WaymarkError("WM6020", `no shell on ${host}: ${reason}`, {
    hint: "log in there by other means",
    exit: EXIT.failed,
  });
}
