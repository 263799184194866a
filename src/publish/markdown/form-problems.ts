import type { Html, Root } from "mdast";
import { readComments } from "../../document/comment.ts";
import { excerptOfLines } from "../../document/excerpt.ts";
import { firstLineOf, parseMarkdown, rangeOf } from "../../document/markdown.ts";
import { SourceText } from "../../document/source-text.ts";
import type { Diagnostic } from "../../model/source.ts";
import type { Runbook } from "../../model/runbook.ts";
import { pageFacts } from "../site/page-facts.ts";
import { htmlLeftOut } from "../links/left-out.ts";
import type { SourcePage } from "../site/read-page.ts";
import { isFolding } from "./details-edits.ts";
import type { Form } from "./form.ts";
import { indentedStart } from "./line-prefix.ts";
import { mdxEdits } from "./mdx-edits.ts";
import { tabGroups } from "./tab-groups.ts";
import { tabRanges } from "./tab-ranges.ts";
import { nodesOf } from "./visit.ts";

type Page = Pick<SourcePage, "file" | "text" | "root" | "runbook">;

/** What of a guide a site cannot show as it is meant, though it is written for it. Warnings. */
export function formProblems({ file, text, root, runbook }: Page, form: Form): readonly Diagnostic[] {
  const source = new SourceText(text);
  const warning = (start: number, end: number, code: string, message: string, hint: string): Diagnostic => {
    return { code, severity: "warning", message, hint, file, span: source.span({ start, end }) };
  };
  switch (form) {
    case "github":
      return [];
    case "hugo":
      return [
        ...htmlLeftOut({ file }, htmlOf(root, source), {
          code: "WM8091",
          message: "Hugo leaves HTML out",
          hint: "Write it in Markdown, or set markup.goldmark.renderer.unsafe.",
        }),
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
      return [
        ...[...nodesOf(root)].flatMap(({ node }) => {
          const { start, end } = rangeOf(node);
          if (node.type === "delete")
            return [warning(start, end, "WM8093", "MkDocs does not strike text out", "Say it in words.")];
          if (node.type !== "code" || indentedStart(text, node) === undefined || !node.value.includes("\t")) return [];
          const message = "MkDocs turns the tabs in this code into blanks";
          return [warning(start, end, "WM8094", message, "Put it between fences: ```.")];
        }),
        ...extensions(text, root, runbook).map(({ start, end, code, what, name }) =>
          warning(
            start,
            end,
            code,
            `MkDocs shows ${what} only with an extension`,
            `Put ${name} under markdown_extensions in mkdocs.yml.`,
          ),
        ),
      ];
    case "docusaurus": {
      const shownAsText = mdxEdits(text, parseMarkdown(text)).filter(
        ({ from, text: shown }) => text[from] === "<" && shown.includes("&lt;"),
      );
      const html = htmlOf(root, source).filter((node) => {
        const { start, end } = rangeOf(node);
        return shownAsText.some(({ from }) => from >= start && from < end);
      });
      return htmlLeftOut({ file }, html, {
        code: "WM8095",
        message: "Docusaurus would read this HTML as a program, so it is shown as text",
        hint: "Write it in Markdown.",
      });
    }
  }
}

interface Extension {
  readonly start: number;
  readonly end: number;
  readonly code: string;
  readonly what: string;
  readonly name: string;
}

/** What a guide needs besides what all do, once each. */
function extensions(text: string, root: Root, runbook: Runbook | undefined): readonly Extension[] {
  const footnote = [...nodesOf(root)].find(({ node }) => node.type === "footnoteReference")?.node;
  const [tab] = runbook === undefined ? [] : tabRanges(text, root, tabGroups(root, runbook, pageFacts(runbook)));
  return [
    ...(footnote === undefined
      ? []
      : [{ ...rangeOf(footnote), code: "WM8098", what: "footnotes", name: "`footnotes`" }]),
    ...(tab === undefined
      ? []
      : [
          {
            start: tab.from,
            end: tab.headingEnd,
            code: "WM8099",
            what: "alternatives as tabs",
            name: "`pymdownx.tabbed: { alternate_style: true }`",
          },
        ]),
  ];
}

/** HTML that is more than comments of ours. */
function htmlOf(root: Root, source: SourceText): readonly Html[] {
  const html = [...nodesOf(root)].map(({ node }) => node).filter((node): node is Html => node.type === "html");
  return html.filter(
    (node) => !isFolding(node.value) && !readComments(excerptOfLines(source, node.value, firstLineOf(node))).invisible,
  );
}
