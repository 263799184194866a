import type { Root } from "mdast";
import { parseMarkdown } from "../../document/markdown.ts";
import type { SourcePage } from "../site/read-page.ts";
import { pageFacts } from "../site/page-facts.ts";
import { hugoAlertEdits } from "./alerts.ts";
import { detailsEdits } from "./details-edits.ts";
import { headEdits } from "./head-edits.ts";
import { githubAnchorEdits, headingIdEdits } from "./heading-ids.ts";
import { hugoEdits } from "./hugo-edits.ts";
import type { Form } from "./form.ts";
import { IDIOMS } from "./idiom.ts";
import type { Library } from "./library.ts";
import { imageEdits } from "./image-edits.ts";
import { linkEdits } from "./link-edits.ts";
import { mdxAlertEdits, mdxTabEdits } from "./mdx-blocks.ts";
import { mdxEdits } from "./mdx-edits.ts";
import { mkdocsCodeEdits } from "./mkdocs-code.ts";
import { mkdocsEdits } from "./mkdocs-edits.ts";
import { ownEdits } from "./own-edits.ts";
import { hasTabs, NO_TABS, tabGroups, type TabGroups } from "./tab-groups.ts";
import { type TabRange, tabRanges } from "./tab-ranges.ts";
import { edited, type TextEdit } from "./text-edit.ts";
import { withoutTitleEdits, withTitle } from "./title.ts";

/**
 * A guide in the Markdown of somebody else's site: the same prose and commands; what Waymark alone reads is gone, or said
 * in words; what would break there is written so that it shows what it shows elsewhere.
 * @param library what is published with it; without one its links and pictures are left alone
 */
export function toMarkdown(
  { text, root, path, title, runbook, verified }: Omit<SourcePage, "file" | "url" | "diagnostics">,
  form: Form,
  library?: Library,
): string {
  const idiom = IDIOMS[form];
  const tabs = runbook !== undefined && hasTabs(form) ? tabGroups(root, runbook, pageFacts(runbook)) : NO_TABS;
  const sections = new Set(tabs.groups.flatMap((group) => group.tabs.map(({ section }) => section)));
  const own = runbook === undefined ? [] : ownEdits(text, root, runbook, idiom, sections, verified);
  const head = runbook === undefined ? [] : headEdits(root, path, runbook.settings.inputs, verified, idiom, own);
  const unix = edited(text, [...head, ...own]).replaceAll("\r\n", "\n");
  // What one pass has written, the next one reads.
  let foreign = unix;
  let read: Root | undefined;
  const links: Pass = (now, tree) => (library === undefined ? [] : linkEdits(now, tree, path, form, library));
  const titles: Pass = (now, tree) => withoutTitleEdits(now, tree, title);
  for (const pass of foreignPasses(form, links, titles, tabs)) {
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

function foreignPasses(form: Form, links: Pass, titles: Pass, tabs: TabGroups): readonly Pass[] {
  const withTabs = (pass: (text: string, root: Root, tabs: readonly TabRange[]) => readonly TextEdit[]): Pass => {
    return (text, root) => pass(text, root, tabRanges(text, root, tabs));
  };
  switch (form) {
    case "github":
      return [links, headingIdEdits];
    case "hugo":
      // Links are shortcodes of Hugo's then, and no text to be shown.
      return [imageEdits, detailsEdits, titles, hugoAlertEdits, hugoEdits, links];
    case "mkdocs":
      return [
        imageEdits,
        links,
        detailsEdits,
        githubAnchorEdits,
        headingIdEdits,
        withTabs(mkdocsCodeEdits),
        withTabs(mkdocsEdits),
      ];
    case "docusaurus":
      return [imageEdits, links, mdxAlertEdits, mdxEdits, withTabs(mdxTabEdits)];
  }
}
