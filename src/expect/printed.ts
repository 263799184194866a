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

  /** Objects are maps, whole numbers are ints (as `replicas: 3` is meant), others and those beyond 2⁵³ doubles. */
  get json(): unknown {
    return (this.#json ??= { value: parseJson(this.stdout) }).value;
  }
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
}

function parseJson(text: string): unknown {
  try {
    return fromJson(JSON.parse(text));
  } catch (error) {
    if (error instanceof RangeError) throw new NotJson("stdout is JSON that is nested too deeply");
    if (text.trim() === "") throw new NotJson("stdout is empty, so it is not JSON");
    throw new NotJson(`stdout is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

/** An object becomes a Map: that has no `constructor` or `__proto__` which a host could put a meaning on. */
function fromJson(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromJson);
  const map = new Map<string, unknown>();
  for (const [key, part] of Object.entries(value)) map.set(key, fromJson(part));
  return map;
}
