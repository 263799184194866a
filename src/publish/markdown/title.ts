import type { Heading, Root } from "mdast";
import { plainText, rangeOf } from "../../document/markdown.ts";
import { Slugger } from "../../document/slug.ts";
import { hasTitle } from "./front-matter.ts";
import type { TextEdit } from "./text-edit.ts";

/** The heading that a guide begins with, if all it says is the guide's title: a site that shows that needs no other. */
function titleHeading({ children }: Root, title: string): Heading | undefined {
  const first = children.find(({ type }) => type !== "yaml" && type !== "html" && !isToml({ type }));
  return first?.type === "heading" && first.depth === 1 && plainText(first) === title ? first : undefined;
}

/** What links call that heading. */
export function titleAnchor(root: Root, title: string): string | undefined {
  return titleHeading(root, title) === undefined ? undefined : `#${new Slugger().slug(title)}`;
}

/** The heading goes, with the empty line behind it. */
export function withoutTitleEdits(text: string, root: Root, title: string): readonly TextEdit[] {
  const heading = titleHeading(root, title);
  if (heading === undefined) return [];
  const { start, end } = rangeOf(heading);
  return [{ from: start, to: end + (/^[ \t]*\n(?:[ \t]*\n)?/.exec(text.slice(end))?.[0].length ?? 0), text: "" }];
}

/** With a title in its front matter, if it has none. */
export function withTitle(text: string, title: string): string {
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

/** remark-frontmatter's node, which mdast does not know. */
export function isToml({ type }: { readonly type: string }): boolean {
  return type === "toml";
}
