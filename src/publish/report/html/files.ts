import type { Element } from "hast";
import { h } from "hastscript";
import { countHosts } from "../../../story/compress-hosts.ts";
import type { LineChange } from "../../../story/line-diff.ts";
import { groupTasks, hostsOf } from "../groups.ts";
import type { FileChange, Report, ReportStep } from "../report.ts";
import { code, difference, line } from "./elements.ts";

/** Files that steps have written, with what is another there; undefined where there are none. */
export function filesSection({ steps }: Report): Element | undefined {
  const written = steps.flatMap((step, index) =>
    groupTasks(step.tasks).flatMap((group) =>
      // Each time that it was written.
      [...group.first.attempts.map((attempt) => attempt.file), group.first.file].flatMap((file) =>
        file === undefined || file.became === "unchanged" ? [] : [{ step, index, group, file }],
      ),
    ),
  );
  if (written.length === 0) return undefined;
  return h("section", { id: "files", ariaLabelledBy: "files-title" }, [
    h("h2", { id: "files-title" }, "Files changed"),
    ...written.map(({ step, index, group, file }) =>
      h("details", { dataFind: true }, [
        h("summary", [code(step.file ?? ""), ` ${file.became} on `, h("strong", line(countHosts(hostsOf(group))))]),
        h("p", { className: ["quiet"] }, ["by ", h("a", { href: `#step-${index}` }, line(step.title))]),
        ...fileDifference(step, file),
      ]),
    ),
  ]);
}

/** What became of a file, line by line as far as that is known. */
export function fileDifference(step: ReportStep, { became, difference: printed }: FileChange): readonly Element[] {
  if (printed.some((text) => text !== "")) return [difference(lineChanges(printed))];
  if (became !== "created") return [h("p", { className: ["quiet"] }, "It was as it should be.")];
  const content = step.code?.text.replace(/\n$/, "").split("\n") ?? [];
  return [
    h("p", { className: ["quiet"] }, "The file was not there before. The guide's text of it:"),
    difference(content.map((text) => ({ sign: "+", text }))),
  ];
}

/** The lines of a unified diff; what stands before its first hunk only says what it is about. */
function lineChanges(printed: readonly string[]): readonly LineChange[] {
  const hunks = printed.findIndex((text) => text.startsWith("@@"));
  return printed.map((text, index) => {
    const mark = text[0];
    if (hunks < 0 || index <= hunks || (mark !== "-" && mark !== "+")) {
      return { sign: " ", text: text.startsWith(" ") ? text.slice(1) : text };
    }
    return { sign: mark, text: text.slice(1) };
  });
}
