import type { Root } from "mdast";
import { parseMarkdown, rangeOf } from "../../document/markdown.ts";
import type { Runbook } from "../../model/runbook.ts";
import type { SourcePage } from "../site/read-page.ts";
import { detailsEdits } from "./details-edits.ts";
import { hasTitle } from "./front-matter.ts";
import { headingIdEdits } from "./heading-ids.ts";
import { hugoEdits } from "./hugo-edits.ts";
import type { Form } from "./form.ts";
import { type Idiom, IDIOMS } from "./idiom.ts";
import type { Library } from "./library.ts";
import { linkEdits } from "./link-edits.ts";
import { mdxEdits } from "./mdx-edits.ts";
import { mkdocsCodeEdits } from "./mkdocs-code.ts";
import { mkdocsEdits } from "./mkdocs-edits.ts";
import { exportLines, ownEdits } from "./own-edits.ts";
import { edited, type TextEdit } from "./text-edit.ts";

/**
 * A guide in the Markdown of somebody else's site: the same prose and commands; what Waymark alone reads is gone, or said
 * in words; what would break there is written so that it shows what it shows elsewhere.
 * @param library what is published with it; without one its links and pictures are left alone
 */
export function toMarkdown(
  { text, path, title, runbook }: Pick<SourcePage, "text" | "path" | "title" | "runbook">,
  form: Form,
  library?: Library,
): string {
  const idiom = IDIOMS[form];
  const root = parseMarkdown(text);
  const own = runbook === undefined ? [] : [...ownEdits(text, root, runbook, idiom), ...values(root, runbook, idiom)];
  const unix = edited(text, own).replaceAll("\r\n", "\n");
  // What one pass has written, the next one reads.
  let foreign = unix;
  let read: Root | undefined;
  const links: Pass = (now, root) => (library === undefined ? [] : linkEdits(now, root, path, form, library));
  for (const pass of foreignPasses(form, links)) {
    read ??= parseMarkdown(foreign);
    const edits = pass(foreign, read);
    if (edits.length === 0) continue;
    foreign = edited(foreign, edits);
    read = undefined;
  }
  const titled = idiom.needsTitle ? withTitle(foreign, title) : foreign;
  return text.includes("\r\n") ? titled.replaceAll("\n", "\r\n") : titled;
}

type Pass = (text: string, root: Root) => readonly TextEdit[];

function foreignPasses(form: Form, links: Pass): readonly Pass[] {
  switch (form) {
    case "github":
      return [links, headingIdEdits];
    case "hugo":
      // Links are shortcodes of Hugo's then, and no text to be shown.
      return [detailsEdits, hugoEdits, links];
    case "mkdocs":
      return [links, detailsEdits, headingIdEdits, mkdocsCodeEdits, mkdocsEdits];
    case "docusaurus":
      return [links, mdxEdits];
  }
}

/** The values that the commands use, to be set first: behind the title. */
function values(root: Root, { settings }: Runbook, idiom: Idiom): readonly TextEdit[] {
  const lines = exportLines(settings.inputs);
  if (lines.length === 0) return [];
  const title = root.children.find((node) => node.type === "heading" && node.depth === 1);
  const after = title ?? root.children.find((node) => node.type === "yaml" || isToml(node));
  const at = after === undefined ? 0 : rangeOf(after).end;
  const block = [
    ...idiom.box(["Set these first, in every terminal that you use."], [], false),
    "",
    "```bash",
    ...lines,
    "```",
  ];
  const text = after === undefined ? [...block, "", ""] : ["", "", ...block];
  return [{ from: at, to: at, text: text.join("\n") }];
}

/** remark-frontmatter's node, which mdast does not know. */
function isToml({ type }: { readonly type: string }): boolean {
  return type === "toml";
}

/** With a title in its front matter, if it has none. */
function withTitle(text: string, title: string): string {
  const quoted = JSON.stringify(title);
  const [, fence, given = ""] = /^(---|\+\+\+)[ \t]*\n([\s\S]*?\n)??\1[ \t]*(?:\n|$)/.exec(text) ?? [];
  if (fence === undefined) return `---\ntitle: ${quoted}\n---\n\n${text.replace(/^\n+/, "")}`;
  const has = fence === "---" ? hasTitle(given) : /^title\s*=/m.test(given);
  if (has) return text;
  const behind = text.indexOf("\n") + 1;
  if (fence === "+++") return `${text.slice(0, behind)}title = ${quoted}\n${text.slice(behind)}`;
  const flow = /^\s*\{/.exec(given);
  if (flow === null) return `${text.slice(0, behind)}title: ${quoted}\n${text.slice(behind)}`;
  const into = behind + flow[0].length;
  return `${text.slice(0, into)} title: ${quoted},${text.slice(into)}`;
}
