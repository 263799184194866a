import type { AttemptContext, RunContext } from "../../../src/expect/context.ts";
import type { HostData } from "../../../src/expect/environment.ts";
import { judgeAttempt, judgeBatch } from "../../../src/expect/judge.ts";
import type { ExpectationResult } from "../../../src/model/outcome.ts";
import type { Span } from "../../../src/model/source.ts";

export const SECRET = "s3cr3t-of-the-cluster";

export function spanAt(line: number): Span {
  const point = { line, column: 1, offset: 0 };
  return { start: point, end: point };
}

export function host(name: string, group: string): HostData {
  return { name, address: `${name}.local`, groups: [group], vars: { RACK: "left" } };
}

export const HOSTS = [host("pi-1", "master"), host("pi-2", "worker"), host("pi-3", "worker")];

const VALUES: Readonly<Record<string, string>> = { NOTE: "hello", NUMBER: "3", TOKEN: SECRET, STARS: "[..]\n..." };

export const RUN: RunContext = {
  hosts: HOSTS,
  groups: { master: HOSTS.slice(0, 1), worker: HOSTS.slice(1) },
  step: { hosts: HOSTS.slice(1) },
  vars: (name) => {
    const value = VALUES[name];
    return value === undefined ? { missing: `\`${name}\` is not set: step \`late\` would set it` } : { value };
  },
  declared: [...Object.keys(VALUES), "LATE"],
  captures: { ID: { "pi-1": "one", "pi-2": "two" } },
  redact: (text) => text.replaceAll(SECRET, "«secret»"),
};

/** What pi-2 printed. */
export function attempt(stdout: string, more: Partial<AttemptContext> = {}): AttemptContext {
  const bytes = new TextEncoder().encode(stdout);
  return {
    ...RUN,
    host: HOSTS[1] ?? host("pi-2", "worker"),
    stdout: { bytes, truncated: false },
    stderr: { bytes: new Uint8Array(), truncated: false },
    exit: 0,
    durationMs: 1500,
    secret: false,
    ...more,
  };
}

/** `true`, or the explanation. */
type Answer = true | string;

export function judged(source: string, stdout: string, more: Partial<AttemptContext> = {}): Answer {
  return answer(judgeAttempt([{ kind: "cel", source, span: spanAt(7), hidden: false }], attempt(stdout, more)));
}

export function compared(lines: readonly string[], stdout: string, more: Partial<AttemptContext> = {}): Answer {
  return answer(judgeAttempt([{ kind: "output", lines, span: spanAt(7) }], attempt(stdout, more)));
}

/** @param stdouts - of pi-1, pi-2, … */
export function judgedTogether(source: string, stdouts: readonly string[]): Answer {
  const results = stdouts.map((stdout, i) => ({
    host: HOSTS[i] ?? host(`pi-${i + 1}`, "worker"),
    stdout: attempt(stdout).stdout,
    exit: 0,
  }));
  const context = { ...RUN, secret: false, results };
  return answer(judgeBatch([{ kind: "cel", source, span: spanAt(7), hidden: false }], context));
}

function answer([result, ...others]: readonly ExpectationResult[]): Answer {
  if (result === undefined || others.length > 0) throw new Error("expected one result");
  if (result.passed) return true;
  if (result.explanation === undefined) throw new Error("expected an explanation");
  return result.explanation;
}
