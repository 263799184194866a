import type { Node, Pair, YAMLMap } from "yaml";
import { isAlias, isMap, isScalar } from "yaml";
import type { Range } from "./source-text.ts";

/** An entry of a YAML mapping with the places of its parts in the guide. */
export interface YamlEntry {
  readonly key: string;
  readonly keyRange: Range;
  /** Absent: nothing is written behind the colon. */
  readonly value?: Node;
  /** Of the value, or of the key where there is none. */
  readonly range: Range;
}

/** The entries of a mapping. `base` is where the YAML text starts in the guide. */
export function entriesOf(map: YAMLMap, base: number): readonly YamlEntry[] {
  return map.items.map((pair) => entryOf(pair, base));
}

function entryOf(pair: Pair, base: number): YamlEntry {
  const key = pair.key as Node | null;
  const value = pair.value as Node | null;
  const keyRange = placeOf(key, base);
  if (value === null || isEmpty(value)) return { key: textOf(key) ?? "", keyRange, range: keyRange };
  return { key: textOf(key) ?? "", keyRange, value, range: placeOf(value, base) };
}

/** Where a node's value stands, without quotes. */
export function placeOf(node: Node | null | undefined, base: number): Range {
  const [start, end] = node?.range ?? [0, 0];
  const quoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE") && end > start + 1;
  return quoted ? { start: base + start + 1, end: base + end - 1 } : { start: base + start, end: base + end };
}

/** A scalar as it is written (`10` stays `10`, `0644` stays `0644`), quotes resolved. Nothing for anything else. */
export function textOf(node: Node | null | undefined): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === "string") return node.value;
  return isEmpty(node) ? "" : (node.source ?? String(node.value));
}

/** What kind of thing a node is, for messages. */
export function kindOf(node: Node | undefined): string {
  if (node === undefined) return "nothing";
  if (isAlias(node)) return "an alias";
  if (isMap(node)) return "a mapping";
  return isScalar(node) ? "a single value" : "a list";
}

/** Nothing is written: as opposed to `null`, `~` or `""`. */
function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && (node.source === undefined || node.source === "");
}
