import type { Element } from "hast";
import { h } from "hastscript";
import { plural } from "../../../story/plural.ts";
import type { LineChange } from "../../../story/line-diff.ts";
import { codeContent } from "../../html/code.ts";
import type { Edits, Report, Revision } from "../report.ts";
import { utcMoment } from "../report-words.ts";
import { code, type Content, difference } from "./elements.ts";
import type { Highlighter } from "../../../highlight/highlighter.ts";

/** Lines around those that differ. */
const CONTEXT = 3;

/** The guide's text at each revision, and what was edited before each. */
export function guideSection({ revisions, guide }: Report, highlight: Highlighter): Element {
  return h("section", { id: "guide", ariaLabelledBy: "guide-title" }, [
    h("h2", { id: "guide-title" }, "The guide"),
    h("p", { className: ["quiet"] }, [code(guide.path), revisions.length > 1 ? `, ${revisions.length} revisions` : ""]),
    ...revisions.flatMap((revision, index) => revisionParts(revision, index, revisions.length, highlight)),
  ]);
}

function revisionParts(revision: Revision, index: number, of: number, highlight: Highlighter): readonly Element[] {
  const { digest, at, text, edits } = revision;
  const when = `used from ${utcMoment(at)} · ${digest.slice(0, 12)}`;
  return [
    ...(of === 1 ? [] : [h("h3", [`Revision ${index + 1} `, h("small", when)])]),
    ...(edits === undefined ? [] : editParts(edits)),
    text === undefined
      ? h("p", { className: ["quiet"] }, "This text is kept no longer.")
      : h("details", { dataFind: true }, [
          h("summary", ["the whole text ", h("span", { className: ["quiet"] }, of === 1 ? when : "")]),
          h("pre", { className: ["code", "numbered"], tabIndex: 0 }, [
            h("code", [...codeContent(highlight(text.replace(/\r?\n$/, ""), "markdown"))]),
          ]),
        ]),
  ];
}

function editParts({ added, removed, changed, rejudged, moved, lines }: Edits): readonly Element[] {
  const kinds = { added, removed, changed, "judged otherwise": rejudged, moved };
  const told = Object.entries(kinds).filter(([, ids]) => ids.length > 0);
  const words = told.flatMap(([word, ids], index): readonly Content[] => [
    index === 0 ? "" : "; ",
    `${word} `,
    ...ids.flatMap((id, place): readonly Content[] => [place === 0 ? "" : ", ", code(id)]),
  ]);
  return [
    h("p", words.length === 0 ? ["No step is another."] : ["Steps ", ...words]),
    ...(lines === undefined ? [] : [difference(nearChanges(lines))]),
  ];
}

/** The lines that differ, with some around them. */
function nearChanges(lines: readonly LineChange[]): readonly LineChange[] {
  const near = new Set<number>();
  for (const [index, { sign }] of lines.entries()) {
    if (sign === " ") continue;
    for (let at = index - CONTEXT; at <= index + CONTEXT; at++) near.add(at);
  }
  const shown: LineChange[] = [];
  let left = 0;
  const gap = (): void => {
    if (left > 0) shown.push({ sign: " ", text: `⋮ ${plural(left, "line")}` });
    left = 0;
  };
  for (const [index, change] of lines.entries()) {
    if (!near.has(index)) left++;
    else {
      gap();
      shown.push(change);
    }
  }
  gap();
  return shown;
}
