import type { Diagnostic } from "./source.ts";

/*
 * Codes are permanent. Ranges:
 *   WM1xxx  the guide (document/)        WM2xxx  the inventory and host patterns
 *   WM3xxx  inputs and the plan          WM4xxx  expectations and CEL
 *   WM5xxx  reaching hosts, host keys    WM6xxx  the job capsule and what runs on hosts
 *   WM7xxx  the run folder and journal   WM8xxx  command line use
 *   WM9xxx  bugs of ours
 */

/** Exit codes of the command line (a contract, see docs/cli.md). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  paused: 3,
  unreachable: 4,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface WaymarkErrorOptions extends ErrorOptions {
  readonly hint: string;
  readonly exit?: ExitCode;
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * Bad input, a broken journal, a refused host key: what cannot go on and is not a bug of ours.
 * A failed step is never one of these; that is an outcome.
 */
export class WaymarkError extends Error {
  override readonly name: string = "WaymarkError";
  readonly code: string;
  readonly hint: string;
  /** What the process exits with if nobody catches it. */
  readonly exit: ExitCode;
  /** The single problems, where there are several (each with its position). */
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: string, message: string, options: WaymarkErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
    this.exit = options.exit ?? EXIT.usage;
    this.diagnostics = options.diagnostics ?? [];
  }
}
