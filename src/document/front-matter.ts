import type { Root, Yaml } from "mdast";
import type { Document, Node, Pair } from "yaml";
import { isMap, parseDocument } from "yaml";
import { editDistance } from "../model/nearest.ts";
import { firstLineOf } from "./markdown.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";
import { placeOf, textOf } from "./yaml-place.ts";

export interface FrontMatter {
  /** The `runbook` key; absent in other people's front matter. */
  readonly runbook?: { readonly value: Node | null; readonly keyRange: Range };
  /** `title`, where it is plain text. It is another tool's key: read for display, never diagnosed. */
  readonly title?: string;
  readonly document: Document;
  /** Where the YAML text starts in the guide. */
  readonly base: number;
  /** What nearly is the `runbook` key, where there is none: a map, as other tools' keys of such names are not. */
  readonly misspelt?: { readonly key: string; readonly range: Range };
  /** YAML errors that may concern the `runbook` key. */
  readonly errors: readonly { readonly message: string; readonly range: Range }[];
}

/** Reads YAML front matter. TOML (`+++`) is front matter too, but has no place for a runbook. */
export function readFrontMatter(root: Root, source: SourceText): FrontMatter | undefined {
  const [node] = root.children;
  if (node?.type !== "yaml") return undefined;
  const range = yamlRange(node, source);
  const text = source.slice(range);
  const document = parseDocument(text, { prettyErrors: false, keepSourceTokens: false, logLevel: "silent" });
  const base = range.start;
  const pair = isMap(document.contents)
    ? document.contents.items.find((item) => keyText(item) === "runbook")
    : undefined;
  const title = isMap(document.contents) ? titleOf(document.contents.items) : undefined;
  const misspelt =
    pair === undefined && isMap(document.contents) ? misspeltKey(document.contents.items, base) : undefined;
  const concerned = concernedRange(pair, text);
  const errors =
    concerned === undefined
      ? []
      : document.errors
          .filter(({ pos }) => pos[0] >= concerned.start && pos[0] <= concerned.end)
          .map(({ message, pos }) => ({ message, range: { start: base + pos[0], end: base + pos[1] } }));
  return {
    ...(pair && { runbook: { value: pair.value, keyRange: placeOf(pair.key, base) } }),
    ...(title !== undefined && { title }),
    ...(misspelt && { misspelt }),
    document,
    base,
    errors,
  };
}

/** Reports a misspelt `runbook`, and YAML errors, the first of each line: the others mostly follow from it. */
export function reportFrontMatter(frontMatter: FrontMatter, source: SourceText, problems: Problems): void {
  const { misspelt } = frontMatter;
  if (misspelt !== undefined) {
    const message = `\`${misspelt.key}\` in the front matter is not read`;
    problems.warning(CODE.unknownSetting, misspelt.range, message, "Did you mean `runbook`?");
  }
  const lines = new Set<number>();
  for (const { message, range } of frontMatter.errors) {
    const { line } = source.point(range.start);
    if (lines.has(line)) continue;
    lines.add(line);
    const said = message.replace(/\.$/, "");
    problems.error(
      CODE.frontMatterSyntax,
      range,
      `The front matter is not YAML: ${said}`,
      "Correct it, or quote the value.",
    );
  }
}

/** The lines between the two `---`. */
function yamlRange(node: Yaml, source: SourceText): Range {
  const start = source.line(firstLineOf(node) + 1).start;
  const end = source.line((node.position?.end.line ?? 2) - 1).end;
  return { start, end: Math.max(start, end) };
}

/**
 * Which errors are ours: those within the `runbook` key. Where the text names it and yet there is none, an error hides it.
 */
function concernedRange(pair: Pair | undefined, text: string): Range | undefined {
  if (pair !== undefined) {
    const key = pair.key as Node;
    const value = pair.value as Node | null;
    return { start: key.range?.[0] ?? 0, end: value?.range?.[2] ?? key.range?.[2] ?? text.length };
  }
  return /^["']?runbook["']?[ \t]*:/m.test(text) ? { start: 0, end: text.length } : undefined;
}

function misspeltKey(items: readonly Pair[], base: number): FrontMatter["misspelt"] {
  for (const item of items) {
    const key = keyText(item);
    if (key === undefined || !isMap(item.value) || editDistance(key.toLowerCase(), "runbook", 2) > 2) continue;
    return { key, range: placeOf(item.key as Node, base) };
  }
  return undefined;
}

function titleOf(items: readonly Pair[]): string | undefined {
  const pair = items.find((item) => keyText(item) === "title");
  const title = textOf(pair?.value as Node | null | undefined)?.trim();
  return title === "" ? undefined : title;
}

function keyText(pair: Pair): string | undefined {
  return textOf(pair.key as Node | null);
}
