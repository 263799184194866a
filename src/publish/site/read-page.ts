import type { Nodes, Root } from "mdast";
import { decodeGuide } from "../../document/decode-guide.ts";
import { readFrontMatter } from "../../document/front-matter.ts";
import { parseMarkdown, plainText } from "../../document/markdown.ts";
import { readGuide } from "../../document/read-guide.ts";
import { SourceText } from "../../document/source-text.ts";
import type { Runbook } from "../../model/runbook.ts";
import type { Diagnostic } from "../../model/source.ts";
import { withImages } from "../html/image-tag.ts";
import type { PageVerified } from "../verified/verified-words.ts";

/** A Markdown file that is to be a page. */
export interface SourceFile {
  /** As the user named it. */
  readonly file: string;
  /** Below the folder that is published, with `/`: `k8s/upgrade.md`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a page is made of. */
export interface SourcePage {
  readonly file: string;
  readonly path: string;
  /** Below the site, with `/`: `k8s/upgrade.html`. */
  readonly url: string;
  readonly title: string;
  readonly description?: string;
  /** Where among the others it stands: `weight` of its front matter, as Hugo has it. */
  readonly weight?: number;
  /** As it stands in the file, without a byte order mark. */
  readonly text: string;
  /** Pictures in HTML are pictures. */
  readonly root: Root;
  /** Absent where the file is no runbook: then it is prose. */
  readonly runbook?: Runbook;
  readonly diagnostics: readonly Diagnostic[];
  /** What a run has shown about it. */
  readonly verified?: PageVerified;
}

/** Reads a file for its page. @param alone it is all there is: its page is the site's first */
export function readPage({ file, path, bytes }: SourceFile, alone: boolean): SourcePage {
  const { runbook, diagnostics } = readGuide(file, bytes);
  const { text } = decodeGuide(bytes);
  const root = parsed(text);
  const front = readFrontMatter(root, new SourceText(text))?.document;
  const description: unknown = front?.get("description");
  const weight: unknown = front?.get("weight");
  return {
    file,
    path,
    url: alone ? "index.html" : urlOf(path),
    title: runbook?.title ?? titleOf(front?.get("title")) ?? headingOf(root) ?? nameOf(path),
    ...(typeof description === "string" && description.trim() !== "" && { description: description.trim() }),
    ...(typeof weight === "number" && Number.isFinite(weight) && { weight }),
    text,
    root,
    ...(runbook && { runbook }),
    diagnostics,
  };
}

/** Its page: that of a folder is what the folder's README or index is. */
function urlOf(path: string): string {
  return `${path.replace(/\.[^./]*$/, "").replace(/(^|\/)(?:readme|index)$/i, "$1index")}.html`;
}

/** What is nested too deeply to be read is shown as it is. */
function parsed(text: string): Root {
  try {
    const root = parseMarkdown(text);
    depthOf(root, 0);
    return /<img\s/i.test(text) ? withImages(root) : root;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { type: "root", children: [{ type: "code", lang: "markdown", value: text }] };
  }
}

/** Deeper than anyone writes, and yet not too deep for what goes through trees. */
const DEEPEST = 200;

/** @throws {RangeError} where a tree is nested too deeply */
function depthOf(node: Nodes, depth: number): void {
  if (depth > DEEPEST) throw new RangeError("nested too deeply");
  if ("children" in node) for (const child of node.children) depthOf(child, depth + 1);
}

function titleOf(title: unknown): string | undefined {
  return typeof title === "string" && title.trim() !== "" ? title.trim() : undefined;
}

function headingOf(root: Root): string | undefined {
  const heading = root.children.find((node) => node.type === "heading" && node.depth === 1);
  const text = heading === undefined ? "" : plainText(heading);
  return text === "" ? undefined : text;
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
}
