import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node, Pair, YAMLMap } from "yaml";
import type { Diagnostic, Span } from "../model/source.ts";

/** A YAML (or JSON) text with its positions kept. */
export interface YamlText {
  /** As the user named the file. */
  readonly path: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Keys and list indices from the root. */
export type YamlPath = readonly PropertyKey[];

/**
 * Reads YAML 1.2 with merge keys (`<<`).
 *
 * @param code the diagnostics' code for what is not YAML at all
 * @returns `value` as plain JavaScript, unless there are diagnostics
 */
export function parseYaml(
  path: string,
  text: string,
  code: string,
): { readonly yaml: YamlText; readonly value?: unknown; readonly diagnostics: readonly Diagnostic[] } {
  const lines = new LineCounter();
  // Its own check for repeated keys takes quadratic time and does not point at the key.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false });
  const yaml: YamlText = { path, document, lines };
  const problem = (message: string, hint: string, start: number, end: number): Diagnostic => ({
    code,
    severity: "error",
    message,
    hint,
    file: path,
    span: spanBetween(lines, start, end),
  });
  const diagnostics = [
    ...document.errors.map(({ message, pos }) =>
      problem(`This is not valid YAML: ${message}`, "Correct the YAML here.", pos[0], pos[1]),
    ),
    ...repeatedKeys(document).map(({ key, start, end }) =>
      problem(`\`${key}\` stands in this map twice`, "Remove or rename one of them.", start, end),
    ),
  ];
  if (diagnostics.length > 0) return { yaml, diagnostics };
  try {
    return { yaml, value: document.toJS(), diagnostics };
  } catch (error) {
    // Aliases: unresolved, or so many that expanding them would fill the memory.
    const message = error instanceof Error ? error.message : String(error);
    return {
      yaml,
      diagnostics: [problem(`This YAML cannot be expanded: ${message}`, "Write the aliases out.", 0, text.length)],
    };
  }
}

/** Where the value at `path` was written; where it came from a merge or is empty, the nearest thing around it. */
export function valueSpan(yaml: YamlText, path: YamlPath): Span {
  const pair = pairAt(yaml, path);
  const node = nodeAt(yaml, path);
  if (node !== undefined && !isEmpty(node)) return nodeSpan(yaml, node);
  if (isNode(pair?.key)) return nodeSpan(yaml, pair.key);
  if (path.length > 0) return valueSpan(yaml, path.slice(0, -1));
  return spanBetween(yaml.lines, 0, 0);
}

/** Where the last key of `path` was written; else as {@link valueSpan}. */
export function keySpan(yaml: YamlText, path: YamlPath): Span {
  const key = pairAt(yaml, path)?.key;
  return isNode(key) ? nodeSpan(yaml, key) : valueSpan(yaml, path);
}

/** The scalar at `path` as it was typed: `1.10` stays `1.10`, unlike the number. */
export function scalarText(yaml: YamlText, path: YamlPath): string | undefined {
  const node = nodeAt(yaml, path);
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === "string" ? node.value : node.source;
}

function repeatedKeys(document: Document): readonly { key: string; start: number; end: number }[] {
  const repeated: { key: string; start: number; end: number }[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const [start, end] = key.range ?? [0, 0];
        if (seen.has(name)) repeated.push({ key: name, start, end });
        seen.add(name);
      }
    },
  });
  return repeated;
}

/** The node at `path`, aliases resolved on the way there. */
export function nodeAt(yaml: YamlText, path: YamlPath): Node | undefined {
  let node: unknown = yaml.document.contents;
  for (const key of path) {
    const container = isAlias(node) ? node.resolve(yaml.document) : node;
    if (isMap(container)) node = pairsOf(container).get(String(key))?.value;
    else if (isSeq(container)) node = container.items[Number(key)];
    else return undefined;
  }
  return isNode(node) ? node : undefined;
}

function pairAt(yaml: YamlText, path: YamlPath): Pair | undefined {
  const container = nodeAt(yaml, path.slice(0, -1));
  const map = isAlias(container) ? container.resolve(yaml.document) : container;
  return isMap(map) && path.length > 0 ? pairsOf(map).get(String(path.at(-1))) : undefined;
}

/** `YAMLMap.get` searches from the front each time: too slow for thousands of hosts. */
const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = indexes.get(map);
  if (known !== undefined) return known;
  const index = new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : "", pair]));
  indexes.set(map, index);
  return index;
}

function isEmpty(node: Node): boolean {
  return node.range === undefined || node.range === null || node.range[0] === node.range[1];
}

function nodeSpan(yaml: YamlText, node: Node): Span {
  const [start, end] = node.range ?? [0, 0];
  return spanBetween(yaml.lines, start, end);
}

function spanBetween(lines: LineCounter, start: number, end: number): Span {
  return { start: pointAt(lines, start), end: pointAt(lines, Math.max(start, end)) };
}

function pointAt(lines: LineCounter, offset: number): Span["start"] {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1), offset };
}
