import { nearest } from "../../model/nearest.ts";
import type { Plan, PlannedStep } from "../../model/plan.ts";
import { hostsMatching } from "../../plan/hosts-matching.ts";
import type { RunView, StepView, TaskView } from "../../story/run-fold.ts";
import type { OutlineRow } from "./outline.ts";
import type { ScreenQuestion } from "./question.ts";
import { span, type TextLine } from "./text-line.ts";

/** How a task stands; `todo`: nothing of it has begun. */
type State = TaskView["status"] | "todo";

/** What a reader wants to see and nothing else. */
export interface Filter {
  /** As it was typed. */
  readonly text: string;
  /** Absent: all of them. */
  readonly states?: ReadonlySet<State>;
  /** Names; absent: all of them. */
  readonly hosts?: ReadonlySet<string>;
}

const STATES: Readonly<Record<string, readonly State[]>> = {
  failed: ["failed"],
  unreachable: ["unreachable"],
  unknown: ["unknown"],
  running: ["running"],
  done: ["ok", "unchanged"],
  ok: ["ok", "unchanged"],
  unchanged: ["unchanged"],
  skipped: ["skipped"],
  todo: ["todo"],
};

/**
 * Reads words of states and host patterns, between blanks or commas: `failed unknown`, `running worker,!pi-w3`.
 * @returns what is to be seen, or what is wrong with the words: one line
 */
export function readFilter(text: string, plan: Pick<Plan, "hosts">): Filter | string {
  const words = [...text.matchAll(/(?:\[[^\]]*\]|[^\s,])+/g)].map(([word]) => word);
  const states = words.flatMap((word) => (Object.hasOwn(STATES, word) ? (STATES[word] ?? []) : []));
  const patterns = words.filter((word) => !Object.hasOwn(STATES, word));
  const said = { text: words.join(" "), ...(states.length > 0 && { states: new Set(states) }) };
  if (patterns.length === 0) return said;
  const matching = hostsMatching(plan, patterns.join(","));
  if ("hosts" in matching) return { ...said, hosts: new Set(matching.hosts) };
  const meant = patterns.flatMap((word) => nearest(word, Object.keys(STATES)) ?? [])[0];
  const words_ = `States are ${Object.keys(STATES).join(", ")}.`;
  return meant === undefined ? `${matching.problem} ${words_}` : `Did you mean \`${meant}\`? ${words_}`;
}

/** Asks for it, in place. Nothing: everything is to be seen. */
export function askFilter(plan: Pick<Plan, "hosts">): ScreenQuestion {
  const check = (answer: string): string | undefined => {
    const read = readFilter(answer, plan);
    return typeof read === "string" ? read : undefined;
  };
  return { kind: "text", lines: [], message: "Only (states, hosts):", check };
}

/** What was answered to that. */
export function filterOf(answer: string, plan: Pick<Plan, "hosts">): Filter | undefined {
  const read = readFilter(answer, plan);
  return typeof read === "string" || read.text === "" ? undefined : read;
}

/** A pane's title, with what is to be seen in it. */
export function filteredTitle(title: string, filter: Filter | undefined): string {
  return filter === undefined ? title : `${title}: only ${filter.text}`;
}

/** Said where nothing is left. */
export function filteredOut({ text }: Filter, what: "step" | "host"): TextLine {
  return [span(`no ${what} for '${text}': v asks for something else, Esc shows all`)];
}

/** The hosts of a step whose tasks are to be seen. */
export function hostsShown(filter: Filter, step: PlannedStep, known: StepView | undefined): readonly string[] {
  return step.hosts.filter((host) => isShown(filter, host, known?.tasks.get(host)));
}

/** The rows of the steps that have such a task, under their headings. */
export function rowsShown(filter: Filter, rows: readonly OutlineRow[], view: RunView): readonly OutlineRow[] {
  const shown = new Set<OutlineRow>();
  let headings: OutlineRow[] = [];
  for (const row of rows) {
    if (row.kind === "section") {
      headings = [...headings.filter(({ depth }) => depth < row.depth), row];
    } else if (hasShown(filter, row.step, view.steps.get(row.step.id))) {
      for (const each of [...headings, row]) shown.add(each);
    }
  }
  return [...shown];
}

/** The hosts that have such a task in some step. */
export function hostsOfAny(
  filter: Filter,
  hosts: readonly string[],
  steps: readonly PlannedStep[],
  view: RunView,
): readonly string[] {
  const { states } = filter;
  const chosen = hosts.filter((host) => filter.hosts?.has(host) !== false);
  if (states === undefined) return chosen;
  const found = new Set<string>();
  for (const step of steps) {
    const known = view.steps.get(step.id);
    for (const state of states) {
      if (state !== "todo") for (const host of known?.hosts.get(state) ?? []) found.add(host);
      else for (const host of step.hosts) if (known?.tasks.has(host) !== true) found.add(host);
    }
  }
  return chosen.filter((host) => found.has(host));
}

function isShown({ states, hosts }: Filter, host: string, task: TaskView | undefined): boolean {
  return hosts?.has(host) !== false && states?.has(task?.status ?? "todo") !== false;
}

/** Whom a filter asks for states only, the counts tell: nobody looks at a thousand hosts for that. */
function hasShown(filter: Filter, step: PlannedStep, known: StepView | undefined): boolean {
  const { states, hosts } = filter;
  if (step.skip !== undefined) return states?.has("skipped") === true && hosts === undefined;
  if (hosts !== undefined) return hostsShown(filter, step, known).length > 0;
  if (states === undefined) return true;
  return [...states].some((state) =>
    state === "todo" ? (known?.tasks.size ?? 0) < step.hosts.length : (known?.hosts.get(state)?.size ?? 0) > 0,
  );
}
