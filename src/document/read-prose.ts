import type { BlockContent, Blockquote, DefinitionContent, Nodes, PhrasingContent, Root, RootContent } from "mdast";
import type { AlertKind, Inline, Mark, Prose, ProseBlock } from "../model/prose.ts";
import { decodeGuide } from "./decode-guide.ts";
import { firstLineOf, parseMarkdown } from "./markdown.ts";

/**
 * Reads a guide (CommonMark, GFM) as what its readers see.
 * @param bytes the file; nothing in it makes this throw: what is nested too deeply to be read is one block of code
 */
export function readProse(bytes: Uint8Array): Prose {
  const { text } = decodeGuide(bytes);
  try {
    const root = parseMarkdown(text);
    return { blocks: readBlocks(root.children, definitionsOf(root)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { blocks: [{ kind: "code", language: "markdown", code: text, line: 1 }] };
  }
}

type Definitions = ReadonlyMap<string, string>;

/** Where the names of reference links lead to; they may be defined anywhere. */
function definitionsOf(root: Root): Definitions {
  const found = new Map<string, string>();
  const search = (node: Nodes): void => {
    if (node.type === "definition") {
      if (!found.has(node.identifier)) found.set(node.identifier, node.url);
    } else if ("children" in node) node.children.forEach(search);
  };
  search(root);
  return found;
}

function readBlocks(
  nodes: readonly (RootContent | BlockContent | DefinitionContent)[],
  known: Definitions,
): readonly ProseBlock[] {
  return nodes.flatMap((node): readonly ProseBlock[] => {
    const line = firstLineOf(node);
    switch (node.type) {
      case "heading":
        return [{ kind: "heading", depth: node.depth, text: withoutAnchor(readInline(node.children, known)), line }];
      case "paragraph": {
        const text = readInline(node.children, known);
        return text.length === 0 ? [] : [{ kind: "paragraph", text, line }];
      }
      case "code":
        return [{ kind: "code", language: languageOf(node.lang ?? ""), code: `${node.value}\n`, line }];
      case "list":
        return [
          {
            kind: "list",
            ...(node.ordered === true && { start: node.start ?? 1 }),
            items: node.children.map(({ checked, children }) => ({
              ...(typeof checked === "boolean" && { checked }),
              blocks: readBlocks(children, known),
            })),
            line,
          },
        ];
      case "blockquote": {
        const { alert, children } = withoutAlert(node);
        return [{ kind: "quote", ...(alert !== undefined && { alert }), blocks: readBlocks(children, known), line }];
      }
      case "footnoteDefinition":
        return [{ kind: "quote", blocks: readBlocks(node.children, known), line }];
      case "table":
        return [
          {
            kind: "table",
            align: (node.align ?? []).map((side) => side ?? "left"),
            rows: node.children.map((row) => row.children.map((cell) => readInline(cell.children, known))),
            line,
          },
        ];
      case "thematicBreak":
        return [{ kind: "rule", line }];
      case "html": {
        const text = visibleText(node.value);
        return text === "" ? [] : [{ kind: "paragraph", text: [{ text, marks: [] }], line }];
      }
      default:
        // Front matter, definitions.
        return [];
    }
  });
}

/** Takes `[!WARNING]` off, which GitHub sets such a quote apart by: on a line of its own, above everything. */
function withoutAlert({ children }: Blockquote): {
  readonly alert?: AlertKind;
  readonly children: Blockquote["children"];
} {
  const [first, ...others] = children;
  if (first?.type !== "paragraph") return { children };
  const [start, next] = first.children;
  if (start?.type !== "text" || (!start.value.includes("\n") && next !== undefined && next.type !== "break")) {
    return { children };
  }
  const [mark = "", kind = ""] = /^\[!(\w+)\][ \t]*(?:\n|$)/.exec(start.value) ?? [];
  const alert = ALERTS.find((each) => each === kind.toLowerCase());
  if (alert === undefined) return { children };
  const rest = { ...start, value: start.value.slice(mark.length) };
  const words = [...(rest.value === "" ? [] : [rest]), ...first.children.slice(1)];
  return { alert, children: words.length === 0 ? others : [{ ...first, children: words }, ...others] };
}

const ALERTS: readonly AlertKind[] = ["note", "tip", "important", "warning", "caution"];

/** Braces may stand right behind it, and are no part of it. */
function languageOf(info: string): string {
  return info.replace(/\{.*$/s, "");
}

/** Without tags and comments: a comment may go on in a block of its own. */
function visibleText(html: string): string {
  return html
    .replaceAll(/<!--.*?(-->|$)/gs, "")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Hugo and Docusaurus take `{#anchor}` off a heading. */
function withoutAnchor(text: readonly Inline[]): readonly Inline[] {
  const last = text.at(-1);
  if (last === undefined) return text;
  return [...text.slice(0, -1), { ...last, text: last.text.replace(/ ?\{#[^{}]*\}$/, "") }];
}

function readInline(nodes: readonly PhrasingContent[], known: Definitions): readonly Inline[] {
  const inlines: Inline[] = [];
  const read = (node: PhrasingContent, marks: readonly Mark[], link?: string): void => {
    const add = (text: string, ...more: readonly Mark[]): void => {
      if (text !== "") inlines.push({ text, marks: [...marks, ...more], ...(link !== undefined && { link }) });
    };
    switch (node.type) {
      case "text":
        return add(node.value.replaceAll(/\s+/g, " "));
      case "inlineCode":
        return add(node.value.replaceAll(/\s+/g, " "), "code");
      case "break":
        return add("\n");
      case "strong":
      case "emphasis":
        return node.children.forEach((child) => read(child, [...marks, node.type], link));
      case "delete":
        return node.children.forEach((child) => read(child, [...marks, "deleted"], link));
      case "link":
        return node.children.forEach((child) => read(child, marks, node.url));
      case "linkReference":
        return node.children.forEach((child) => read(child, marks, known.get(node.identifier)));
      case "image":
      case "imageReference":
        return add(`[${node.alt ?? "image"}]`, "emphasis");
      case "footnoteReference":
        return add(`[${node.label ?? node.identifier}]`);
      default:
    }
  };
  for (const node of nodes) read(node, []);
  return inlines;
}
