import { isMap, isScalar, type Pair, parseDocument } from "yaml";

/** YAML without our key. @returns undefined where it has none; empty where it has nothing else */
export function withoutRunbook(yaml: string): string | undefined {
  const document = parseDocument(yaml, { logLevel: "silent" });
  const { contents } = document;
  if (!isMap(contents)) return undefined;
  const index = contents.items.findIndex((pair) => keyOf(pair) === "runbook");
  if (index === -1) return undefined;
  if (contents.items.length === 1) return "";
  if (contents.flow === true) {
    contents.delete("runbook");
    return document.toString();
  }
  const from = lineOf(yaml, contents.items[index]);
  const next = contents.items[index + 1];
  if (next === undefined) return yaml.slice(0, from);
  const ours = yaml.slice(from, lineOf(yaml, next));
  // Comments right above a key are about that key.
  const about = /(?:(?<=\n)#[^\n]*\n)*$/.exec(ours)?.[0] ?? "";
  return yaml.slice(0, from) + about + yaml.slice(lineOf(yaml, next));
}

/** Has a key of its own for the title. */
export function hasTitle(yaml: string): boolean {
  const { contents } = parseDocument(yaml, { logLevel: "silent" });
  return isMap(contents) && contents.items.some((pair) => keyOf(pair) === "title");
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}

/** Where the line of a key begins. */
function lineOf(yaml: string, pair: Pair | undefined): number {
  const at = isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0;
  return yaml.lastIndexOf("\n", at - 1) + 1;
}
