import { countHosts } from "../story/compress-hosts.ts";
import { formatMoment } from "../story/format-time.ts";
import { renderFailures } from "./render-failures.ts";
import { type Outline, renderSummary, runLine } from "./render-summary.ts";
import type { RunView, StepView, TaskView } from "../story/run-fold.ts";
import { fit, joined, paint, sign } from "./style.ts";
import type { Style } from "./style.ts";
import { statement } from "../story/task-statement.ts";
import { taskLine, TASK_SIGN } from "./task-line.ts";
import { oneLine } from "../story/terminal-text.ts";

/** Up to so many hosts, `waymark show --step` gives each a line. */
const NAMED_HOSTS = 200;

export interface ShownRun {
  readonly view: RunView;
  /** The guide, as the user would name it. */
  readonly guide: string;
  /** Steps of the newest revision of the guide; empty where it cannot be read. */
  readonly outline: Outline;
  /** The folder where outputs are kept. */
  readonly logs: string;
}

/** `waymark show`: a run's steps, how many hosts each has passed on, and all that went wrong. Ends in a newline. */
export function renderRun(style: Style, { view, guide, outline, logs }: ShownRun): string {
  const inputs = Object.entries(view.inputs).map(([name, value]) => `${name}=${oneLine(value)}`);
  const secrets = view.secretInputs.map((name) => `${name}=«secret»`);
  const lines = [
    joined(
      style,
      paint(style, "bold", `${view.verify === true ? "verify" : "run"} ${view.run}`),
      guide,
      `started ${formatMoment(view.started)}`,
    ),
    ...(inputs.length + secrets.length === 0 ? [] : [`inputs: ${[...inputs, ...secrets].join(", ")}`]),
    "",
    ...renderSteps(style, view, outline),
    "",
    ...[...view.steps.values()].flatMap((step) => renderTrouble(style, step, guide, outline)),
    // Nobody can go on with a look.
    ...(view.verify === true ? [runLine(style, view, outline)] : renderSummary(style, view, { guide, outline, logs })),
  ];
  return `${lines.join("\n")}\n`;
}

/** All steps of the guide; those that were not begun yet too. Steps that the guide no longer has come last. */
function renderSteps(style: Style, { steps }: RunView, outline: Outline): readonly string[] {
  const ids = [...outline.keys(), ...[...steps.keys()].filter((id) => !outline.has(id))];
  const width = Math.min(40, Math.max(0, ...ids.map((id) => id.length)));
  return ids.map((id) => {
    const step = steps.get(id);
    const entry = outline.get(id);
    const number = String(entry?.number ?? "").padStart(String(outline.size).length);
    const counts = step === undefined ? "" : countTasks(style, step);
    const head = `${stepSign(style, step)} ${number} ${fit(style, id, width).padEnd(width)}`;
    const title = entry === undefined ? "" : oneLine(entry.title);
    return [head, fit(style, title, 44).padEnd(counts === "" ? 0 : 44), counts].join("  ").trimEnd();
  });
}

function stepSign(style: Style, step: StepView | undefined): string {
  if (step === undefined) return sign(style, "pending");
  const unknown = [...step.tasks.values()].some(({ status }) => status === "unknown");
  return sign(style, unknown ? "unknown" : step.status);
}

/** `3 ✔ 1 ✖`. */
function countTasks(style: Style, { tasks }: StepView): string {
  const groups = Map.groupBy(tasks.values(), ({ status }) => TASK_SIGN[status]);
  return [...groups].map(([shape, alike]) => `${alike.length} ${sign(style, shape)}`).join(" ");
}

function renderTrouble(style: Style, step: StepView, guide: string, outline: Outline): readonly string[] {
  const failures = renderFailures(style, guide, badTasks(step), new Map());
  if (failures.length === 0) return [];
  const title = outline.get(step.id)?.title;
  return [
    paint(style, "bold", title === undefined ? step.id : `${oneLine(title)} (${step.id})`),
    ...failures.flat().map((line) => `  ${line}`),
    "",
  ];
}

function badTasks({ tasks }: StepView): readonly TaskView[] {
  return [...tasks.values()].filter(({ status }) => ["failed", "unreachable", "unknown"].includes(status));
}

/** `waymark show --step`: how each host fared with one step. Ends in a newline. */
export function renderStepOfRun(style: Style, step: StepView, { guide, outline }: ShownRun): string {
  const title = outline.get(step.id)?.title;
  const tasks = [...step.tasks.values()];
  const causes = renderFailures(style, guide, badTasks(step), new Map());
  const rest = tasks.slice(NAMED_HOSTS).map(({ host }) => host);
  const lines = [
    joined(style, paint(style, "bold", step.id), title === undefined ? "" : oneLine(title)),
    ...tasks.slice(0, NAMED_HOSTS).map((task) => `  ${taskLine(style, task)}`),
    ...(rest.length === 0 ? [] : [`  ${sign(style, "more")} ${countHosts(rest)}`]),
    // The others are told in full by the lines of their hosts.
    ...causes.flatMap((cause) => (cause.length > 1 ? ["", ...cause.map((line) => `  ${line}`)] : [])),
  ];
  return `${lines.join("\n")}\n`;
}

/** `waymark show --step --host`: one task. Ends in a newline; what it printed comes below. */
export function renderTask(style: Style, step: string, task: TaskView): string {
  return `${sign(style, TASK_SIGN[task.status])} ${joined(style, step, task.host, statement(task))}\n`;
}
