import type { Html, Root } from "mdast";
import { readComments } from "../../document/comment.ts";
import { excerptOfLines } from "../../document/excerpt.ts";
import { firstLineOf, rangeOf } from "../../document/markdown.ts";
import { SourceText } from "../../document/source-text.ts";
import type { Runbook, Step } from "../../model/runbook.ts";
import type { Diagnostic } from "../../model/source.ts";
import type { SourcePage } from "../site/read-page.ts";
import { isFolding } from "./details-edits.ts";
import type { Form } from "./form.ts";
import { mdxEdits } from "./mdx-edits.ts";
import { nodesOf } from "./visit.ts";

type Page = Pick<SourcePage, "file" | "text" | "root" | "runbook">;

/** What of a guide a site cannot show as it is meant, though it is written for it. Warnings. */
export function formProblems({ file, text, root }: Page, form: Form): readonly Diagnostic[] {
  const source = new SourceText(text);
  const warning = (start: number, end: number, code: string, message: string, hint: string): Diagnostic => {
    return { code, severity: "warning", message, hint, file, span: source.span({ start, end }) };
  };
  switch (form) {
    case "github":
      return [];
    case "hugo":
      return [
        ...htmlOf(root, source).map(({ start, end }) =>
          warning(
            start,
            end,
            "WM8091",
            "Hugo leaves HTML out",
            "Write it in Markdown, or set markup.goldmark.renderer.unsafe.",
          ),
        ),
        ...[...text.matchAll(/\{\{[<%](?!\/\*)(?![\s\S]*?[>%]\}\})/g)].map(({ index }) =>
          warning(
            index,
            index + 3,
            "WM8092",
            "Hugo takes this for a shortcode that is never closed",
            "Write it otherwise: there is no way to show it.",
          ),
        ),
      ];
    case "mkdocs":
      return [...nodesOf(root)].flatMap(({ node }) => {
        const { start, end } = rangeOf(node);
        if (node.type === "delete")
          return [warning(start, end, "WM8093", "MkDocs does not strike text out", "Say it in words.")];
        if (node.type !== "code" || node.position?.start.column === 1 || !node.value.includes("\t")) return [];
        const message = "MkDocs turns the tabs in this code into blanks";
        return [warning(start, end, "WM8094", message, "End the list or the quote before the code.")];
      });
    case "docusaurus": {
      const shownAsText = mdxEdits(text, root).filter(
        ({ from, text: shown }) => text[from] === "<" && shown.includes("&lt;"),
      );
      return htmlOf(root, source)
        .filter(({ start, end }) => shownAsText.some(({ from }) => from >= start && from < end))
        .map(({ start, end }) =>
          warning(
            start,
            end,
            "WM8095",
            "Docusaurus would read this HTML as a program, so it is shown as text",
            "Write it in Markdown.",
          ),
        );
    }
  }
}

/** HTML that is more than comments of ours. */
function htmlOf(root: Root, source: SourceText): readonly { readonly start: number; readonly end: number }[] {
  const html = [...nodesOf(root)].map(({ node }) => node).filter((node): node is Html => node.type === "html");
  return html
    .filter(
      (node) =>
        !isFolding(node.value) && !readComments(excerptOfLines(source, node.value, firstLineOf(node))).invisible,
    )
    .map(rangeOf);
}

/**
 * What readers of the file itself, on a plain page, are not told: a file whose name stands in braces alone, and a role
 * that no word of the section names. Warnings.
 */
export function hiddenFromReaders({ file, text, root, runbook }: Page): readonly Diagnostic[] {
  if (runbook === undefined) return [];
  const source = new SourceText(text);
  const read = readable(root);
  return runbook.steps.flatMap((step) => {
    const { start, end } = { start: step.span.start.offset, end: step.span.end.offset };
    const span = source.span({ start, end });
    const problems: Diagnostic[] = [];
    if (step.action.kind === "file" && !read.all.includes(nameOf(step.action.path.value))) {
      const message = `Readers are not told that this is the file ${step.action.path.value}`;
      problems.push({ code: "WM8096", severity: "warning", message, hint: "Name it in the text above.", file, span });
    }
    const missing = rolesOf(step).filter((role) => !named(role, read.before(start, sectionStart(runbook, step))));
    if (missing.length > 0) {
      const message = `Readers are not told that this is done on ${missing.join(", ")}`;
      problems.push({
        code: "WM8097",
        severity: "warning",
        message,
        hint: "Say so in the text above, or in the heading.",
        file,
        span,
      });
    }
    return problems;
  });
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, "");
}

/** Names in a step's pattern that a reader would have to know. `all` and `local` go without saying. */
function rolesOf({ options }: Step): readonly string[] {
  const names = options.on.value.split(",").map((term) => term.trim().replace(/\[.*$/, ""));
  return names.filter((name) => /^[\p{L}\p{N}_.-]+$/u.test(name) && name !== "all" && name !== "local");
}

/** Also in the plural: `workers`. */
function named(role: string, words: string): boolean {
  return words.toLowerCase().includes(role.toLowerCase());
}

function sectionStart({ sections }: Runbook, { section }: Step): number {
  return section === undefined ? 0 : (sections[section]?.span.start.offset ?? 0);
}

interface Readable {
  readonly all: string;
  /** Between two offsets. */
  readonly before: (end: number, start: number) => string;
}

/** The words that readers see: text and code, without info strings and comments. */
function readable(root: Root): Readable {
  const words: { readonly at: number; readonly text: string }[] = [];
  for (const { node } of nodesOf(root)) {
    if (node.type === "text" || node.type === "inlineCode" || node.type === "code") {
      words.push({ at: rangeOf(node).start, text: node.value });
    }
  }
  // In the order of the guide, so that a section need not look at all of it.
  const indexOf = (offset: number): number => {
    let [low, high] = [0, words.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((words[middle]?.at ?? Infinity) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    all: words.map(({ text }) => text).join(" "),
    before: (end, start) =>
      words
        .slice(indexOf(start), indexOf(end))
        .map(({ text }) => text)
        .join(" "),
  };
}
