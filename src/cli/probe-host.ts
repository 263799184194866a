import { type Clock, ConnectError, ConnectionLost, type Look, type Session, type Transport } from "../engine/ports.ts";
import type { ClockSkew, HostFindings, HostReport, Sudo } from "../model/host-report.ts";
import type { Host } from "../model/inventory.ts";
import { passwordTrouble } from "../transport/sudo-refused.ts";
import { unlessAborted } from "../model/unless-aborted.ts";
import { CLOCK_SCRIPT, parseClock, parseSurvey, SURVEY_SCRIPT } from "./host-survey.ts";
import type { PatientAsker } from "./patient-asker.ts";

/** For one host to be reached and looked at, all in all. */
const HOST_TIMEOUT_MS = 60_000;
/** For one thing to be looked at: `df` may wait for a network disk. */
const LOOK_TIMEOUT_MS = 10_000;
/** For the folder on the host to be removed, when the rest was given up. */
const CLEAN_TIMEOUT_MS = 5000;
const LATENCY_TRIES = 3;

export interface ProbeOptions {
  readonly transport: Transport;
  readonly token: string;
  readonly clock: Clock;
  /** Who answers what the host asks. */
  readonly asker: Pick<PatientAsker, "timeout" | "wantsSudo">;
  /** Gives up; what was made on the host is removed all the same. */
  readonly signal: AbortSignal;
}

/** Reaches a host once and looks around, changing nothing. That it cannot be reached is an answer, too. */
export async function probeHost(host: Host, options: ProbeOptions): Promise<HostReport> {
  const signal = AbortSignal.any([options.signal, options.asker.timeout(HOST_TIMEOUT_MS)]);
  try {
    const session = await options.transport.open(host, signal);
    try {
      return await unlessAborted(signal, askHost(session, options, signal));
    } finally {
      await leave(session, options.token);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    return unreachable(host, error, signal.aborted);
  }
}

/** The run's folder goes, unless the host has gone: then there is nobody to ask. */
async function leave(session: Session, token: string): Promise<void> {
  const deadline = AbortSignal.timeout(CLEAN_TIMEOUT_MS);
  await unlessAborted(deadline, session.clean(token)).catch(() => undefined);
  await session.close().catch(() => undefined);
}

async function askHost(
  session: Session,
  { clock, asker }: Pick<ProbeOptions, "clock" | "asker">,
  signal: AbortSignal,
): Promise<HostReport> {
  const times: number[] = [];
  let facts = await session.facts();
  for (let tries = 0; tries < LATENCY_TRIES; tries++) {
    const begin = performance.now();
    facts = await session.facts();
    times.push(performance.now() - begin);
  }
  const latencyMs = times.sort((a, b) => a - b)[Math.floor(LATENCY_TRIES / 2)] ?? 0;
  const known = { type: "reached", host: session.host.name, facts, latencyMs } as const;

  const { exit, stdout, stderr } = await session.look(looking(SURVEY_SCRIPT), signal);
  const survey = exit === 0 ? parseSurvey(stdout) : undefined;
  if (survey === undefined) {
    const reason = stderr.trim() || (exit === 124 ? "it did not answer in time" : `sh ended with ${exit}`);
    return { ...known, found: { type: "refused", reason } };
  }
  const skew = await askClock(session, clock, signal);
  const found: HostFindings = {
    type: "looked",
    ...survey.seen,
    sudo: survey.uid === "0" ? { type: "root" } : await askSudo(session, asker, signal),
    ...(skew !== undefined && { clock: skew }),
  };
  return { ...known, found };
}

/** The moment that the host names lies between question and answer; half of that is what cannot be known. */
async function askClock(session: Session, clock: Clock, signal: AbortSignal): Promise<ClockSkew | undefined> {
  const asked = clock.now().getTime();
  const { stdout } = await session.look(looking(CLOCK_SCRIPT), signal);
  const answered = clock.now().getTime();
  const time = parseClock(stdout);
  if (time === undefined) return undefined;
  const skewMs = time.ms - (asked + answered) / 2;
  return { skewMs, uncertaintyMs: (answered - asked) / 2 + time.resolutionMs / 2 };
}

/** In the very way that a step with `sudo` would. */
async function askSudo(session: Session, asker: ProbeOptions["asker"], signal: AbortSignal): Promise<Sudo> {
  const { exit, stderr } = await session.look({ ...looking("true"), user: "root" }, signal);
  if (exit === 0) return { type: asker.wantsSudo(session.host.name) ? "given" : "yes" };
  const reason = stderr.trim();
  const trouble = passwordTrouble(reason);
  if (trouble !== undefined) return { type: trouble === "wrong" ? "wrong" : "password", reason };
  return { type: /not found|no such file/i.test(reason) ? "missing" : "refused", reason };
}

function looking(code: string): Look {
  return { interpreter: ["sh"], code, env: {}, timeoutMs: LOOK_TIMEOUT_MS };
}

function unreachable({ name }: Host, error: unknown, late: boolean): HostReport {
  const known = { type: "unreachable", host: name } as const;
  if (error instanceof ConnectError) return { ...known, code: error.code, message: error.message, hint: error.hint };
  if (late) {
    const message = `${name} did not answer all questions within ${HOST_TIMEOUT_MS / 1000} s.`;
    return {
      ...known,
      code: "WM6040",
      message,
      hint: "The host may be hanging or overloaded; look at it from its console.",
    };
  }
  if (!(error instanceof ConnectionLost)) throw error;
  return {
    ...known,
    code: "WM6041",
    message: `${name} was lost while it was looked at: ${error.message}.`,
    hint: "Try again.",
  };
}
