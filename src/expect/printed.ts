import type { OutputValues } from "./environment.ts";
import { parseTable } from "./table.ts";

/** stdout was asked for as JSON and is none. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

/**
 * What a step printed, in every form that expectations ask for.
 * Owns the bytes; each form is made when it is first asked for and kept, for stdout may be many megabytes.
 */
export class Printed implements OutputValues {
  readonly #bytes: Uint8Array;
  #stdout: string | undefined;
  #lines: readonly string[] | undefined;
  #table: readonly ReadonlyMap<string, string>[] | undefined;
  #json: { readonly value: unknown } | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Decoded as UTF-8 (U+FFFD for what is none); the last newline is cut, as in a capture. */
  get stdout(): string {
    return (this.#stdout ??= decode(this.#bytes));
  }

  /** Without line ends. Nothing printed is no line. */
  get lines(): readonly string[] {
    return (this.#lines ??= this.stdout === "" ? [] : this.stdout.split(/\r?\n/));
  }

  get table(): readonly ReadonlyMap<string, string>[] {
    return (this.#table ??= parseTable(this.stdout));
  }

  /** Objects are maps, whole numbers are ints (as `replicas: 3` is meant) and others doubles. */
  get json(): unknown {
    return (this.#json ??= { value: parseJson(this.stdout) }).value;
  }
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, fromJson);
  } catch (error) {
    // A RangeError is about its nesting: the parser recurses for the reviver.
    if (error instanceof RangeError) throw new NotJson("stdout is JSON that is nested too deeply");
    if (text.trim() === "") throw new NotJson("stdout is empty, so it is not JSON");
    throw new NotJson(`stdout is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

/** A Map has no `constructor` or `__proto__` that a host could put a meaning on. */
function fromJson(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value === "number") return wholeNumber(context?.source ?? String(value)) ?? value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return new Map(Object.entries(value));
  return value;
}

function wholeNumber(source: string): bigint | undefined {
  if (!/^-?\d{1,19}$/.test(source)) return undefined;
  const value = BigInt(source);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
