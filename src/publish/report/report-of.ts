import type { Facts } from "../../model/inventory.ts";
import type { Plan, PlannedAction, PlannedStep } from "../../model/plan.ts";
import { diffLines } from "../../story/line-diff.ts";
import type { RunView } from "../../story/run-fold.ts";
import { allFacts } from "../../story/step-facts.ts";
import { statement } from "../../story/task-statement.ts";
import { neutralize } from "../../story/terminal-text.ts";
import { fileChange } from "./file-change.ts";
import type { History, LoggedAttempt, StepHistory, TaskHistory } from "./history.ts";
import {
  type Attempt,
  type Excerpt,
  LEFT_OUT,
  type Report,
  type ReportHost,
  type ReportStep,
  type ReportTask,
  type Revision,
  type Setting,
} from "./report.ts";

/** One text of a guide, as far as it can be read. */
export interface GuideText {
  readonly text: string;
  readonly plan?: Pick<Plan, "guide" | "steps" | "hosts">;
}

export interface ReportSources {
  /** As it stands now. */
  readonly view: RunView;
  readonly history: History;
  /** By digest; those that are kept. */
  readonly texts: ReadonlyMap<string, GuideText>;
  /** What tasks have printed, as it is in their logs. */
  readonly outputOf: (task: Pick<TaskHistory, "loggedAs" | "host">) => Excerpt | undefined;
  /** What an attempt before the last one has printed, as far as that is kept. */
  readonly earlierOf: (
    attempt: Pick<LoggedAttempt, "loggedAs" | "task" | "number">,
    host: string,
  ) => Excerpt | undefined;
  /** ISO time. */
  readonly made: string;
  /** The folder where whole outputs are. */
  readonly logs: string;
}

/** All there is to tell about a run, in the order it is told. */
export function reportOf({ view, history, texts, outputOf, earlierOf, made, logs }: ReportSources): Report {
  const { run, verify, status, pause, started, updated, workedMs, stretches, asked, undone } = view;
  const { waymark, captures, moments } = history;
  const plans = history.revisions.map(({ digest }) => texts.get(digest)?.plan);
  const newest = plans.at(-1);
  const title = newest?.guide.title;
  return {
    v: 1,
    run,
    ...(verify === true && { verify }),
    made,
    waymark,
    guide: { path: view.guide, ...(title !== undefined && { title }) },
    status,
    ...(pause !== undefined && { pause }),
    ...(undone === true && { undone }),
    started,
    updated,
    workedMs,
    askedMs: asked.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0),
    stretches: [...stretches],
    asked,
    inputs: inputsOf(view, history),
    hosts: hostsOf(view, history, newest),
    revisions: revisionsOf(history, texts),
    steps: stepsOf({ ...history, steps: history.steps.map((step) => left(step, status)) }, plans, {
      outputOf,
      earlierOf,
    }),
    captures,
    moments,
    logs,
  };
}

/** Of a guide's other steps `waymark verify` says nothing. */
export function onlyLookedAt(report: Report): Report {
  if (report.verify !== true) return report;
  return { ...report, steps: report.steps.filter(({ tasks }) => tasks.length > 0) };
}

function inputsOf({ inputs, secretInputs }: RunView, history: History): readonly Setting[] {
  const secret = new Set([...secretInputs, ...history.secretInputs]);
  const names = new Set([...Object.keys(inputs), ...secret]);
  return [...names].map((name) => {
    const value = inputs[name];
    return secret.has(name) || value === undefined ? { name } : { name, value };
  });
}

function hostsOf({ setAside }: RunView, { facts, steps }: History, plan: GuideText["plan"]): readonly ReportHost[] {
  const seen = new Set([...facts.keys(), ...setAside.keys(), ...steps.flatMap(({ tasks }) => [...tasks.keys()])]);
  const planned = (plan?.hosts ?? []).map(({ name }) => name).filter((name) => seen.has(name));
  return [...new Set([...planned, ...seen])].map((name) => {
    const aside = setAside.get(name);
    return { name, ...described(facts.get(name)), ...(aside !== undefined && { setAside: aside }) };
  });
}

function described(facts: Facts | undefined): Omit<ReportHost, "name"> {
  if (facts === undefined) return {};
  const { os, arch, kernel } = facts;
  const said = { os: os.name === "" ? [os.id, os.version].filter(Boolean).join(" ") : os.name, arch, kernel };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ""));
}

function revisionsOf({ revisions }: History, texts: ReportSources["texts"]): readonly Revision[] {
  return revisions.map(({ digest, at, edit }, index) => {
    const text = texts.get(digest)?.text;
    const former = revisions[index - 1];
    const before = former === undefined ? undefined : texts.get(former.digest)?.text;
    const lines = before === undefined || text === undefined ? undefined : diffLines(linesOf(before), linesOf(text));
    const { added = [], removed = [], changed = [], rejudged = [], moved = [] } = edit ?? {};
    return {
      digest,
      at,
      ...(text !== undefined && { text }),
      ...(edit !== undefined && {
        edits: { added, removed, changed, rejudged, moved, ...(lines !== undefined && { lines }) },
      }),
    };
  });
}

/** How a step was left: where nobody works on a run any more, nothing of it is known to be at work. */
function left(step: StepHistory, standing: RunView["status"]): StepHistory {
  if (standing === "running") return step;
  const when = standing === "crashed" ? "when the run crashed" : "when Waymark left";
  const tasks = [...step.tasks].flatMap(([host, task]): readonly (readonly [string, TaskHistory])[] => {
    if (task.status !== "running") return [[host, task]];
    // It waited for somebody to say yes.
    if (task.attempts.length === 0) return [];
    return [[host, { ...task, status: "unknown", reason: `it was at work ${when}` }]];
  });
  return { ...step, tasks: new Map(tasks) };
}

type Logs = Pick<ReportSources, "outputOf" | "earlierOf">;

function stepsOf({ steps }: History, plans: readonly GuideText["plan"][], logs: Logs): readonly ReportStep[] {
  const alive = new Map(steps.filter(({ removedAfter }) => removedAfter === undefined).map((step) => [step.id, step]));
  const planned = plans.at(-1)?.steps ?? [];
  const told = planned.filter(({ id, role }) => role === "run" || alive.has(id));
  const numbers = new Map(planned.filter(({ role }) => role === "run").map(({ id }, index) => [id, index + 1]));
  const known = new Set(told.map(({ id }) => id));
  const others = [...alive.values()].filter(({ id }) => !known.has(id));
  const removed = steps.filter(({ removedAfter }) => removedAfter !== undefined);
  return [
    ...told.map((step) => {
      const number = numbers.get(step.id);
      const told = { ...stepOf(alive.get(step.id), step, logs), line: step.span.start.line };
      return number === undefined ? told : { ...told, number };
    }),
    ...others.map((step) => stepOf(step, undefined, logs)),
    ...removed.map((step) => {
      const before = plans[step.removedAfter ?? 0]?.steps.find(({ id }) => id === step.id);
      return { ...stepOf(step, before, logs), removed: true as const };
    }),
  ];
}

function stepOf(done: StepHistory | undefined, planned: PlannedStep | undefined, logs: Logs): ReportStep {
  const id = planned?.id ?? done?.id ?? "";
  const kind = planned?.action.kind ?? "restore";
  const tasks = [...(done?.tasks.values() ?? [])].map((task) => taskOf(task, kind === "file", logs));
  const begun = done?.tasks;
  const skip = planned?.skip ?? (done?.status === "skipped" && tasks.length === 0 ? LEFT_OUT : undefined);
  return {
    id,
    title: planned?.title ?? id,
    sections: planned?.sections ?? [],
    role: planned?.role ?? "run",
    ...(planned?.of !== undefined && { of: planned.of }),
    status: done === undefined || (done.status === "running" && tasks.length === 0) ? "pending" : done.status,
    kind,
    ...(planned !== undefined && codeOf(planned.action)),
    facts: planned === undefined ? [] : allFacts(planned),
    secret: planned?.secret ?? false,
    verify: planned?.verify ?? false,
    tasks,
    open: planned?.role === "run" ? planned.hosts.filter((host) => begun?.has(host) !== true) : [],
    ...(skip !== undefined && { skip }),
    checks: done?.checks ?? [],
    ...(done?.changedAt !== undefined && { changedAt: done.changedAt }),
    ...(done?.rejudgedAt !== undefined && { rejudgedAt: done.rejudgedAt }),
  };
}

/** What a step does, as readers of the guide see it. */
function codeOf(action: PlannedAction): Pick<ReportStep, "code" | "file"> {
  switch (action.kind) {
    case "command":
      return { code: { language: action.language, text: action.code } };
    case "file":
      return { code: { language: "", text: action.content }, file: action.path };
    case "copy":
      return { code: { language: "sh", text: action.lines.map(({ text }) => `${text}\n`).join("") } };
    case "manual": {
      const items = action.items.map((item) => `- ${item}\n`).join("");
      return { code: { language: "", text: [action.text, items].filter(Boolean).join("\n") } };
    }
    case "restore":
      return {};
  }
}

function taskOf(task: TaskHistory, isFile: boolean, { outputOf, earlierOf }: Logs): ReportTask {
  const { host, status, from, to, durationMs, exit, waits, expectations, undone } = task;
  const attempts = task.attempts.map(({ task: id, loggedAs, ...attempt }, index): Attempt => {
    if (index === task.attempts.length - 1) return attempt;
    const printed = earlierOf({ loggedAs, task: id, number: attempt.number }, host);
    return { ...attempt, ...told(printed, isFile) };
  });
  return {
    host,
    status,
    statement: statement(task),
    from,
    ...(to !== undefined && { to }),
    ...(durationMs !== undefined && { durationMs }),
    ...(exit !== undefined && { exit }),
    attempts,
    waits,
    expectations,
    ...told(outputOf(task), isFile),
    ...(undone === true && { undone }),
  };
}

/** What was printed; of a step that writes a file, what that says of it. */
function told(printed: Excerpt | undefined, isFile: boolean): Pick<ReportTask, "output" | "file"> {
  if (printed === undefined) return {};
  const output = readable(printed);
  const file = isFile ? fileChange(output) : undefined;
  return file === undefined ? { output } : { file };
}

function readable({ head, cut }: Excerpt): Excerpt {
  return { head: neutralize(head), ...(cut !== undefined && { cut: { ...cut, tail: neutralize(cut.tail) } }) };
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}
