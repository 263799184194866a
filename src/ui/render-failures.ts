import type { ExpectationResult } from "../model/outcome.ts";
import { demandOf, explanationLines, tellingExpectations } from "../story/broken-expectation.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { mergeOutput, renderOutput } from "./merged-output.ts";
import type { OutputTail } from "./output-tail.ts";
import type { TaskView } from "../story/run-fold.ts";
import { paint, sign } from "./style.ts";
import type { Style } from "./style.ts";
import { statement } from "../story/task-statement.ts";
import { TASK_SIGN } from "./task-line.ts";

/** Different causes told in full; a step that breaks on a thousand hosts breaks in few ways. */
const TOLD = 10;
/** Lines of output shown for one cause. */
const OUTPUT_LINES = 20;
/** Lines of an explanation. */
const EXPLANATION_LINES = 40;

/**
 * Tasks that did not end well, gathered by why: the hosts, the expectations that do not hold with their place in the
 * guide, and the end of what was printed.
 * @param outputs by host; may lack some
 * @returns lines, for each cause; where only the first is there, nothing more is known than what it says
 */
export function renderFailures(
  style: Style,
  guide: string,
  tasks: readonly TaskView[],
  outputs: ReadonlyMap<string, OutputTail>,
): readonly (readonly string[])[] {
  const causes = Map.groupBy(tasks, (task) => JSON.stringify([task.status, statement(task), task.broken]));
  const groups = [...causes.values()];
  const told = groups.slice(0, TOLD).map((alike) => renderCause(style, guide, alike, outputs));
  const rest = groups.slice(TOLD).flat();
  if (rest.length === 0) return told;
  return [...told, [`${sign(style, "more")} for other reasons: ${countHosts(rest.map(({ host }) => host))}`]];
}

function renderCause(
  style: Style,
  guide: string,
  tasks: readonly TaskView[],
  outputs: ReadonlyMap<string, OutputTail>,
): readonly string[] {
  const [first] = tasks;
  if (first === undefined) return [];
  const hosts = tasks.map(({ host }) => host);
  const printed = mergeOutput(hosts, outputs);
  const options = { budget: OUTPUT_LINES, named: hosts.length > 1 && (printed[0]?.hosts.length ?? 0) < hosts.length };
  return [
    `${sign(style, TASK_SIGN[first.status])} ${paint(style, "bold", countHosts(hosts))}: ${statement(first)}`,
    ...tellingExpectations(first.broken, statement(first)).flatMap((one) => renderExpectation(style, guide, one)),
    ...renderOutput(style, printed, options).map((line) => `  ${line}`),
  ];
}

/** `guide.md:91  size(lines) == 1`, and below it why it does not hold. */
function renderExpectation(style: Style, guide: string, result: ExpectationResult): readonly string[] {
  const why = explanationLines(result);
  const cut = why.length - EXPLANATION_LINES;
  return [
    `  ${guide}:${result.line}  ${demandOf(result)}`,
    ...why.slice(0, EXPLANATION_LINES).map((text) => `    ${text}`),
    ...(cut > 0 ? [`    ${sign(style, "more")} ${cut} lines more`] : []),
  ];
}
