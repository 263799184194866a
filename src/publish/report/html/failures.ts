import type { Element } from "hast";
import { h } from "hastscript";
import { demandOf, explanationLines, tellingExpectations } from "../../../story/broken-expectation.ts";
import { countHosts } from "../../../story/compress-hosts.ts";
import type { ExpectationResult } from "../../../model/outcome.ts";
import { groupTasks, hostsOf, isBad, isMended } from "../groups.ts";
import type { Excerpt, Report } from "../report.ts";
import { block, code, type Content, line, sign, taskId } from "./elements.ts";

/** Causes that are told here; each stands with its step as well. */
const MOST = 40;
/** Lines of what was printed at last. */
const OUTPUT_LINES = 20;

/** All that went wrong and was not mended since, with the evidence; undefined where nothing did. */
export function failuresSection(report: Report): Element | undefined {
  const causes = report.steps.flatMap((step, index) =>
    groupTasks(step.tasks).flatMap((group, place) =>
      isBad(group.first.status) && !group.tasks.every((task) => isMended(report, step, task))
        ? [{ step, group, target: taskId(index, place) }]
        : [],
    ),
  );
  if (causes.length === 0) return undefined;
  const cut = causes.length - MOST;
  return h("section", { id: "failures", ariaLabelledBy: "failures-title" }, [
    h("h2", { id: "failures-title" }, "What went wrong"),
    ...causes.slice(0, MOST).map(({ step, group, target }) => {
      const { first } = group;
      return h("article", { className: ["failure"], dataFind: true }, [
        h("h3", [
          h("a", { href: `#${target}` }, `${step.number === undefined ? "" : `${step.number} `}${line(step.title)}`),
          " ",
          h("small", line(step.id)),
        ]),
        h("p", [sign(first.status), " ", h("strong", line(countHosts(hostsOf(group)))), ": ", line(first.statement)]),
        ...brokenList(report, first.expectations, first.statement),
        ...outputEnd(first.output),
      ]);
    }),
    ...(cut > 0 ? [h("p", `… and ${cut} more, which stand with their steps.`)] : []),
  ]);
}

/** The expectations that do not hold, with their places, and why. */
export function brokenList(
  { guide }: Report,
  expectations: readonly ExpectationResult[],
  said: string,
): readonly Element[] {
  const broken = tellingExpectations(
    expectations.filter(({ passed }) => !passed),
    said,
  );
  return broken.flatMap((one) => {
    const why = explanationLines(one);
    const head: Content[] = [code(`${guide.path}:${one.line}`), " ", demandWords(one)];
    return [h("p", { className: ["demand"] }, head), ...(why.length === 0 ? [] : [block(why.join("\n"), "evidence")])];
  });
}

/** An expectation in a line. */
export function demandWords(one: ExpectationResult): Content {
  return one.source === "output" ? demandOf(one) : code(demandOf(one));
}

function outputEnd(output: Excerpt | undefined): readonly Element[] {
  const text = (output?.cut?.tail ?? output?.head ?? "").trimEnd();
  if (text === "") return [];
  const lines = text.split("\n");
  const earlier = lines.length > OUTPUT_LINES || output?.cut !== undefined;
  return [
    h("p", { className: ["quiet"] }, earlier ? "The end of what it printed:" : "It printed:"),
    block(lines.slice(-OUTPUT_LINES).join("\n"), "output"),
  ];
}
