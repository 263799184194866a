import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { HostValue, ResultValue, StepValue } from "./environment.ts";
import { escapeControls, shorten } from "./escape.ts";

const LONGEST_TEXT = 300;
const LONGEST_NESTED_TEXT = 60;
const MOST_ITEMS = 5;
const MOST_ENTRIES = 12;
const DEEPEST = 3;

/**
 * A value as CEL and JSON write it, of bounded size: long texts lose their middle, long lists their end. A host is its
 * name. @param redact - applied to every text before it is shortened, where a secret can still be seen as a whole
 */
export function literal(value: unknown, redact: (text: string) => string, depth = 0): string {
  const nested = (part: unknown): string => literal(part, redact, depth + 1);
  if (typeof value === "string") return quoted(value, redact, depth === 0 ? LONGEST_TEXT : LONGEST_NESTED_TEXT);
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (typeof value === "bigint" || typeof value === "boolean" || value === null) return String(value);
  if (value instanceof UnsignedInt) return `${value.value}u`;
  if (value instanceof Duration) return `duration("${value.valueOf() / 1000}s")`;
  if (value instanceof Date) return `timestamp("${value.toISOString()}")`;
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (value instanceof HostValue) return nested(value.name);
  if (value instanceof StepValue) return nested(new Map([["hosts", value.hosts]]));
  if (value instanceof ResultValue) return nested(summary(value));
  if (depth > DEEPEST) return "…";
  if (Array.isArray(value)) return list(value, nested);
  if (value instanceof Map) return record([...value], nested);
  if (typeof value === "object") return record(Object.entries(value), nested);
  return typeof value;
}

function summary({ host, exit, stdout }: ResultValue): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ["host", host],
    ["exit", exit],
    ["stdout", stdout],
  ]);
}

function list(items: readonly unknown[], nested: (part: unknown) => string): string {
  return `[${bounded(items.slice(0, MOST_ITEMS).map(nested), items.length)}]`;
}

function record(entries: readonly (readonly [unknown, unknown])[], nested: (part: unknown) => string): string {
  const shown = entries.slice(0, MOST_ENTRIES).map(([key, value]) => `${nested(key)}: ${nested(value)}`);
  return `{${bounded(shown, entries.length)}}`;
}

function bounded(shown: readonly string[], total: number): string {
  return [...shown, ...(total > shown.length ? [`… ${total - shown.length} more`] : [])].join(", ");
}

function quoted(text: string, redact: (text: string) => string, max: number): string {
  return `"${escapeControls(shorten(redact(text), max).replaceAll(/["\\]/g, "\\$&"))}"`;
}
