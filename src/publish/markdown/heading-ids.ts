import type { Heading, Root } from "mdast";
import { plainText, rangeOf } from "../../document/markdown.ts";
import { Slugger } from "../../document/slug.ts";
import { GIVEN } from "../links/anchors.ts";
import type { TextEdit } from "./text-edit.ts";
import { nodesOf } from "./visit.ts";

/** For sites that do not know `## Title {#name}`: it is a place to link to, and nobody sees it. */
export function headingIdEdits(_text: string, root: Root): readonly TextEdit[] {
  return headingsOf(root).flatMap((heading) => {
    const given = givenId(heading);
    const last = heading.children.at(-1);
    if (given === undefined || last === undefined) return [];
    const { end } = rangeOf(last);
    return [anchor(heading, given.name), { from: end - given.length, to: end, text: "" }];
  });
}

/** Headings can be linked to by the names that GitHub gives them, where Python-Markdown has others (`toc.slugify`). */
export function githubAnchorEdits(_text: string, root: Root): readonly TextEdit[] {
  const slugger = new Slugger();
  const taken = new Set<string>();
  return headingsOf(root).flatMap((heading) => {
    const text = plainText(heading).replace(GIVEN, "");
    const name = slugger.slug(text);
    const isSame = name === pythonId(text, taken);
    return isSame || name === "" || givenId(heading) !== undefined ? [] : [anchor(heading, name)];
  });
}

function headingsOf(root: Root): readonly Heading[] {
  return [...nodesOf(root)].flatMap(({ node }) => (node.type === "heading" ? [node] : []));
}

/** @returns its length with the blanks before it as well */
function givenId({ children }: Heading): { readonly name: string; readonly length: number } | undefined {
  const last = children.at(-1);
  if (last?.type !== "text") return undefined;
  const [whole = "", name] = GIVEN.exec(last.value) ?? [];
  return name === undefined ? undefined : { name, length: whole.length };
}

function anchor({ children: [first], position }: Heading, name: string): TextEdit {
  const start = first === undefined ? (position?.end.offset ?? 0) : rangeOf(first).start;
  return { from: start, to: start, text: `<a id="${name}"></a>` };
}

/** @param taken by the headings above */
function pythonId(text: string, taken: Set<string>): string {
  const plain = text
    .normalize("NFKD")
    .replaceAll(/[^\w\s-]/g, "")
    .trim()
    .toLowerCase()
    .replaceAll(/[-\s]+/g, "-");
  let id = plain;
  for (let number = 1; id === "" || taken.has(id); number++) id = `${plain}_${number}`;
  taken.add(id);
  return id;
}
