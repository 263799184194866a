import type { Html, List, Paragraph, Parents, Root } from "mdast";
import type { Attribute } from "./attribute-list.ts";
import type { CodeBlock } from "./code-block.ts";
import { readCodeBlock } from "./code-block.ts";
import type { Comment } from "./comment.ts";
import { readComments } from "./comment.ts";
import { excerptOf, excerptOfLines } from "./excerpt.ts";
import { readInfoString } from "./info-string.ts";
import { firstLineOf, plainText, rangeOf } from "./markdown.ts";
import { Slugger } from "./slug.ts";
import type { Range, SourceText } from "./source-text.ts";
import { isTaskList } from "./task-list.ts";

export type StepComment = Extract<Comment, { readonly kind: "step" | "section" }>;

/** What of a guide's text can matter to Waymark. */
export type Block =
  | {
      readonly kind: "heading";
      readonly title: string;
      readonly slug: string;
      readonly depth: number;
      readonly range: Range;
    }
  | ({ readonly kind: "code"; readonly code: CodeBlock } & Surroundings)
  | ({ readonly kind: "tasks"; readonly list: List } & Surroundings)
  /** A comment that belongs to no block below it. */
  | { readonly kind: "comment"; readonly comment: Comment }
  /** A comment within a paragraph. */
  | { readonly kind: "inline-comment"; readonly comment: Comment }
  /** A line that looks like a fence of ours but is not one. */
  | { readonly kind: "not-a-fence"; readonly range: Range; readonly attributes: readonly Attribute[] };

interface Surroundings {
  /** The `waymark:` comment right before the block. */
  readonly comment?: StepComment;
  /** The paragraph right before the block and its comment. */
  readonly introduction?: Paragraph;
}

/**
 * Picks the blocks out of a parsed guide in document order, out of lists and quotes too. One pass: the work grows with
 * the text only.
 */
export function readBlocks(root: Root, source: SourceText): readonly Block[] {
  const blocks: Block[] = [];
  readSiblings(root, true, { source, slugger: new Slugger(), blocks });
  return blocks;
}

interface Reading {
  readonly source: SourceText;
  readonly slugger: Slugger;
  readonly blocks: Block[];
}

function readSiblings(parent: Parents, top: boolean, reading: Reading): void {
  const { source, slugger, blocks } = reading;
  let comment: StepComment | undefined;
  let introduction: Paragraph | undefined;
  for (const node of parent.children) {
    const taken = node.type === "code" || (node.type === "list" && isTaskList(node));
    if (comment !== undefined && !taken) {
      blocks.push({ kind: "comment", comment });
      comment = undefined;
    }
    const surroundings = { ...(comment && { comment }), ...(introduction && { introduction }) };
    if (node.type !== "html") introduction = node.type === "paragraph" ? node : undefined;
    if (taken) comment = undefined;
    switch (node.type) {
      case "heading": {
        const text = plainText(node);
        // Headings in quotes and lists have anchors too, but do not end the section around them.
        const slug = slugger.slug(text);
        // Hugo and Docusaurus take `{#anchor}` off a heading, GitHub does not.
        const title = text.replace(/ ?\{#[^{}]*\}$/, "");
        if (top) blocks.push({ kind: "heading", title, slug, depth: node.depth, range: rangeOf(node) });
        break;
      }
      case "code":
        blocks.push({ kind: "code", code: readCodeBlock(node, source), ...surroundings });
        break;
      case "list":
        if (surroundings.comment !== undefined) blocks.push({ kind: "tasks", list: node, ...surroundings });
        readSiblings(node, false, reading);
        break;
      case "html": {
        const { comments, invisible, endsInComment } = commentsOf(node, source);
        if (!invisible) introduction = undefined;
        const last = comments.at(-1);
        if (endsInComment && last?.kind === "step") comment = last;
        for (const each of comments) if (each !== comment) blocks.push({ kind: "comment", comment: each });
        break;
      }
      case "paragraph":
        readParagraph(node, reading);
        break;
      case "blockquote":
      case "listItem":
      case "footnoteDefinition":
        readSiblings(node, false, reading);
        break;
      default:
    }
  }
  if (comment !== undefined) blocks.push({ kind: "comment", comment });
}

function commentsOf(node: Html, source: SourceText): ReturnType<typeof readComments> {
  return readComments(excerptOfLines(source, node.value, firstLineOf(node)));
}

/** Finds what was meant to be a block of its own: a comment amid text, a fence with a backtick behind it. */
function readParagraph(paragraph: Paragraph, { source, blocks }: Reading): void {
  const range = rangeOf(paragraph);
  if (source.slice(range).includes("<!--")) {
    for (const node of paragraph.children) {
      if (node.type !== "html") continue;
      for (const comment of commentsOf(node, source).comments) blocks.push({ kind: "inline-comment", comment });
    }
  }
  if (!source.slice(range).includes("```")) return;
  for (let line = firstLineOf(paragraph); line <= (paragraph.position?.end.line ?? 0); line++) {
    const place = source.line(line);
    const start = Math.max(place.start, range.start);
    const fence = /^[ \t>]*```+/.exec(source.slice({ start, end: place.end }))?.[0];
    if (fence === undefined) continue;
    const info = readInfoString(excerptOf(source, { start: start + fence.length, end: place.end }));
    const { attributes } = info;
    if (attributes !== undefined) blocks.push({ kind: "not-a-fence", range: { start, end: place.end }, attributes });
  }
}
