import type { HostData } from "./environment.ts";

/** The value a variable has for a host, or one sentence (no full stop) that says who would set it. */
export type Lookup = (name: string) => { readonly value: string } | { readonly missing: string };

/** What every expression can ask about the run. Plain data, save the look-up of variables: most are never asked for. */
export interface RunContext {
  /** The hosts of the run. */
  readonly hosts: readonly HostData[];
  readonly groups: Readonly<Record<string, readonly HostData[]>>;
  readonly step: { readonly hosts: readonly HostData[] };
  readonly vars: Lookup;
  /** The names of all variables: only these are replaced in output blocks. */
  readonly declared: readonly string[];
  /** By name, then by host. */
  readonly captures: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Hides the secret values in a text: what is explained to people goes through it. */
  readonly redact: (text: string) => string;
}

export interface WhenContext extends RunContext {
  readonly host: HostData;
}

/** What a step printed on one stream: raw bytes, before redaction. `truncated`: it printed more than was kept. */
export interface Stream {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/** One attempt on one host. */
export interface AttemptContext extends WhenContext {
  /** All that the step prints is secret. */
  readonly secret: boolean;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly exit: number;
  readonly durationMs: number;
}

/** One attempt of all hosts of a batch. `vars` gives what is the same for all of them. */
export interface BatchContext extends RunContext {
  /** All that the step prints is secret. */
  readonly secret: boolean;
  readonly results: readonly {
    readonly host: HostData;
    readonly stdout: Stream;
    readonly exit: number;
  }[];
}
