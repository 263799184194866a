import type { RunEvent } from "../../model/event.ts";
import type { Plan, PlannedStep } from "../../model/plan.ts";
import { plural } from "../../story/plural.ts";
import type { RunView, StepView, TaskView } from "../../story/run-fold.ts";
import { shortFacts } from "../../story/step-facts.ts";
import { statement } from "../../story/task-statement.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { countSteps, outlineOf } from "../render-summary.ts";
import { pauseWords } from "../render-pause.ts";
import { aboutOf, eventWords } from "./event-words.ts";
import { leftWords } from "./expected-time.ts";
import type { ScreenQuestion } from "./question.ts";
import { heardRanges } from "./heard-ranges.ts";
import { span, type TextLine, widthOf } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";

/*
 * The screen for those who listen to it: whole sentences, each said once, that make sense without what stands around them.
 */

/** What an outcome is called. */
export const OUTCOMES: Readonly<Record<string, string>> = {
  ok: "done",
  unchanged: "nothing to change",
  running: "at work",
  failed: "failed",
  unreachable: "out of reach",
  unknown: "outcome unknown",
  skipped: "skipped",
};

/** Signs that lines of the screen may begin with, or hold; what only keeps things apart says nothing. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^┃ \S+ (Note|Tip|Important|Warning|Caution)$/, "$1:"],
  [/^(\s*)✔ /, "$1done: "],
  [/^(\s*)✖ /, "$1failed: "],
  [/^(\s*)◐ /, "$1at work: "],
  [/^(\s*)⚠ /, "$1unknown: "],
  [/^(\s*)– /, "$1skipped: "],
  [/^(\s*)\? /, "$1"],
  [/^#{1,6} /, "Heading: "],
  [/^(\s*)[▌│┃|] /, "$1"],
  [/[─┌┐└┘▸]/g, ""],
  [/☑/g, "done:"],
  [/☐/g, "to do:"],
  [/•/g, "-"],
];

/** A line of a pane in words. */
export function heardLine(line: TextLine): string {
  const text = line.map((part) => part.text).join("");
  return SIGNS.reduce((words, [sign, word]) => words.replace(sign, word), text).trimEnd();
}

/** A line in as many as its words need: the terminal would break them anywhere. */
export function heardRows(text: string, columns: number): readonly string[] {
  if (widthOf(text) <= columns) return [text];
  return wrapLine([span(text)], columns).map((line) => line.map((part) => part.text).join(""));
}

/** What is left on the terminal at the end: without signs, and without what stands between facts. */
export function heardEnd(lines: readonly string[], names: ReadonlySet<string>): readonly string[] {
  return lines
    .filter((line) => line !== "")
    .map((line) => heardRanges(heardLine([span(line.replace(/^\S (?=\w.* · \d+\/\d+ steps)/, ""))]), names))
    .map((line) =>
      line
        .trim()
        .replaceAll(" · ", ", ")
        .replace(/(\d+)\/(\d+) steps/, "$1 of $2 steps"),
    );
}

/** How far a run has come. */
export function heardProgress(
  view: Pick<RunView, "steps" | "setAside">,
  plan: Pick<Plan, "steps">,
  leftMs: number | undefined,
): string {
  const { done, all, leftOut } = countSteps(view, outlineOf(plan));
  const left = leftWords(leftMs);
  const aside = [...view.setAside.keys()];
  return sentence(
    [
      `${done} of ${plural(all, "step")} done`,
      ...(leftOut === 0 ? [] : [`${leftOut} left out`]),
      ...(aside.length === 0 ? [] : [`without ${heardNames(aside)}`]),
      ...(left === "" ? [] : [`about ${left} left`]),
    ].join(", "),
  );
}

/** What runs, and how it stands. */
export function heardRun({ guide }: Pick<Plan, "guide">, view: RunView): string {
  const standing = view.run === "" ? "not started" : view.pause === undefined ? view.status : pauseWords(view.pause);
  return `${oneLine(guide.title ?? guide.path)}: ${standing}.`;
}

/** A step and how it stands. */
export function heardStep(
  step: PlannedStep,
  number: number,
  count: number,
  known: StepView | undefined,
  waits: boolean,
): readonly string[] {
  const where = step.hosts.length === 0 ? [] : [`on ${heardNames(step.hosts)}`];
  const facts = [...where, ...shortFacts(step)].join(", ");
  const section = step.sections.at(-1);
  const under = section === undefined ? "" : ` Under ${oneLine(section)}.`;
  return [
    `Step ${number} of ${count}: ${sentence(oneLine(step.title))}${under}${facts === "" ? "" : ` ${sentence(capital(facts))}`}`,
    ...heardState(step, known, waits),
  ];
}

function heardState({ skip }: PlannedStep, known: StepView | undefined, waits: boolean): readonly string[] {
  const outcome = ({ status }: TaskView): string =>
    waits && status === "running" ? "waiting for you" : (OUTCOMES[status] ?? status);
  const tasks = [...(known?.tasks.values() ?? [])];
  if (tasks.length === 0)
    return [skip === undefined ? (known === undefined ? "Not begun." : "Begun.") : `Skipped: ${skip}.`];
  const alike = Map.groupBy(tasks, (task) => [outcome(task), statement(task)].join("\n"));
  return [...alike.values()].map((group) => {
    const [first] = group;
    const status = first === undefined ? "" : outcome(first);
    const why = first?.reason === undefined ? "" : `: ${oneLine(first.reason)}`;
    const whole =
      group.length === tasks.length && tasks.length > 1
        ? `all ${tasks.length} hosts`
        : heardNames(group.map(({ host }) => host));
    return sentence(`${capital(status)} on ${whole}${why}`);
  });
}

const SAID: ReadonlySet<RunEvent["type"]> = new Set([
  "run-started",
  "run-resumed",
  "guide-changed",
  "host-lost",
  "host-set-aside",
  "host-held",
  "reboot-started",
  "host-rebooted",
  "step-started",
  "step-finished",
  "task-finished",
  "task-unknown",
  "task-deferred",
  "background-ended",
  "checkpoint-reached",
  "check-finished",
  "run-paused",
  "run-finished",
]);

/** What has happened, as far as it is worth an interruption: what hosts do well is said once all of them have. */
export function heardEvents(events: readonly RunEvent[], steps: readonly PlannedStep[]): readonly string[] {
  const told = events.filter((event) => {
    if (event.type === "task-finished") return event.status === "failed" || event.status === "unreachable";
    if (event.type === "check-finished") return event.status !== "ok";
    return SAID.has(event.type);
  });
  const failed = new Set(told.flatMap((event) => (event.type === "task-finished" ? event.step : [])));
  // It goes without saying that a step has failed whose hosts have.
  const worth = told.filter(
    (event) => event.type !== "step-finished" || event.status !== "failed" || !failed.has(event.step),
  );
  // Hosts that end alike are named together.
  const alike = Map.groupBy(worth, (event) => {
    const { step, host } = aboutOf(event);
    return host === undefined ? `${event.seq}` : [step, event.type, wordsOf(event)].join("\n");
  });
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { step: id } = aboutOf(first);
    const number = steps.findIndex((step) => step.id === id);
    const title = steps[number]?.title ?? id;
    const step =
      title === undefined ? "" : number < 0 ? `${oneLine(title)}: ` : `Step ${number + 1}, ${oneLine(title)}: `;
    const hosts = group.flatMap((event) => aboutOf(event).host ?? []);
    const on = hosts.length === 0 ? "" : `${heardNames(hosts)} `;
    return [sentence(capital(`${step}${on}${wordsOf(first)}`))];
  });
}

function wordsOf(event: RunEvent): string {
  switch (event.type) {
    case "run-started":
      return "the run starts";
    case "run-resumed":
      return event.undo === true ? "the run is undone" : "the run goes on";
    case "run-paused":
      return `the run ${pauseWords(event)}`;
    case "run-finished":
      return `the run is over: ${event.status}`;
    case "task-finished":
      return [OUTCOMES[event.status], event.reason]
        .flatMap((part) => (part === undefined ? [] : oneLine(part)))
        .join(": ");
    default:
      return eventWords(event, event.at).words;
  }
}

/** What the reader is asked, and how to answer. */
export function heardQuestion(question: ScreenQuestion): readonly string[] {
  return [
    ...question.lines.map(oneLine).filter((line) => line !== ""),
    sentence(`Question: ${oneLine(question.message)}`),
    howTo(question),
  ];
}

function howTo(question: ScreenQuestion): string {
  switch (question.kind) {
    case "yes":
      return `Press y for yes or n for no. Enter means ${question.preset ? "yes" : "no"}.`;
    case "choose":
      return `${plural(question.choices.length, "choice")}: ${question.choices.map(oneLine).join(", ")}. Press j or k to move, Enter to choose.`;
    case "secret":
      return "Type it, then press Enter. It is not shown.";
    case "text":
      return "Type it, then press Enter.";
  }
}

/** More of them are counted. */
const NAMED = 4;

/** Hosts by their names: ranges in brackets are for those who see them. */
export function heardNames(hosts: readonly string[]): string {
  const names = hosts.map(oneLine);
  const more = names.length - NAMED;
  return more > 1
    ? `${names.length} hosts: ${names.slice(0, NAMED).join(", ")} and ${more} more`
    : [names.slice(0, -1).join(", "), names.at(-1) ?? ""].filter(Boolean).join(" and ");
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function sentence(text: string): string {
  return /[.!?:…]$/.test(text) ? text : `${text}.`;
}
