/*
 * One fact after the other, in the order in which a person would ask: longer than most files for that.
 */
import type { Plan, PlannedAction, PlannedStep } from "../../model/plan.ts";
import { isPosixShell, leavings } from "../../engine/carry-over.ts";
import { type CapturedValues, HOST_NAME, resolveVariable, substitute } from "../../plan/variables.ts";
import { compressHosts, countHosts } from "../../story/compress-hosts.ts";
import { formatDuration, formatSetting } from "../../story/format-time.ts";
import { plural } from "../../story/plural.ts";
import type { RunView, StepView } from "../../story/run-fold.ts";
import type { StepTimes } from "../../story/step-times.ts";
import { neutralize, oneLine } from "../../story/terminal-text.ts";
import type { Style } from "../style.ts";
import { expectedStep } from "./expected-time.ts";
import type { ScreenSource } from "./screen-source.ts";
import { span, type TextLine } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";

/** What is known of a step, without a look at its hosts. */
export interface PreviewOf {
  readonly plan: Plan;
  readonly step: PlannedStep;
  readonly view: RunView;
  /** Values of inputs that are not secret. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Values that steps have captured; of secrets, anything. */
  readonly captures: CapturedValues;
  /** How long its steps took in earlier runs. */
  readonly earlier: readonly StepTimes[];
}

/** A fact has one line or more. */
type Fact = readonly [label: string, lines: readonly string[]];

/** Different values told, where hosts have different ones. */
const TOLD = 5;
/** Characters of a value. */
const LONGEST = 300;
const SECRET = "«secret»";

/** The panel of it: what is known at once, and below that what a look at its hosts says, where there is one. */
export function previewOf(source: ScreenSource, step: PlannedStep, style: Style): readonly TextLine[] {
  const { plan, view, inputs, captures, earlier, look } = source;
  const facts = previewLines({ plan, step, view, inputs, captures, earlier }, style.columns);
  return look?.step === step.id ? [...facts, ...look.lines(style, plan.guide.path, source.now())] : facts;
}

/** What a step would do, where and how, as far as plan and run say. */
export function previewLines(shown: PreviewOf, width: number): readonly TextLine[] {
  const facts = factsOf(shown).filter(([, lines]) => lines.length > 0);
  const label = Math.max(0, ...facts.map(([name]) => name.length)) + 2;
  // Beside its label a line must have some room.
  const indent = width - label < 20 ? 2 : label;
  return facts.flatMap(([name, lines]) => {
    const below = lines
      .flatMap((line) => wrapLine([span(neutralize(line))], width - indent))
      .map((line): TextLine => [span(" ".repeat(indent)), ...line]);
    if (indent !== label) return [[span(name, "bold")], ...below];
    const [first = [], ...rest] = below;
    return [[span(name.padEnd(label), "bold"), ...first.slice(1)], ...rest];
  });
}

function factsOf(shown: PreviewOf): readonly Fact[] {
  const { plan, step, view } = shown;
  const { retry, everyMs, timeoutMs, when, unless, creates, confirm, checkpoint, serial, at } = step;
  const took = expectedStep(step, shown.earlier);
  const fill = (text: string): readonly string[] => perHost(step.hosts, (host) => filled(text, host, shown));
  const others = (role: PlannedStep["role"]): readonly string[] =>
    plan.steps
      .filter((other) => other.role === role && other.of === step.id)
      .map(({ id, title }) => `${id}: ${oneLine(title)}`);
  return [
    ["on", hostsOf(step, view)],
    ["left out", leftOut(step, view)],
    ["at", at === undefined ? [] : [`${at}, once for each of these hosts`]],
    ["as", [step.user === undefined ? loginUsers(plan, step) : `${step.user}, by sudo`]],
    ["when", when.map(({ value }) => value)],
    ["unless", unless === undefined ? [] : [unless]],
    ["creates", creates === undefined ? [] : fill(creates)],
    ...actionFacts(step.action, step, plan, fill),
    ["variables", step.uses.flatMap((name) => variableLines(name, shown))],
    ["sets", step.capture === undefined ? [] : [`${step.capture}, from what it prints`]],
    ["output", step.secret ? ["is withheld"] : []],
    ["rolling", serial === undefined ? [] : [`${plural(serial, "host")} at a time`]],
    ["took", took === undefined ? [] : [`${formatDuration(took)} in earlier runs`]],
    ["timeout", step.action.kind === "manual" ? [] : [`${formatSetting(timeoutMs)} an attempt`]],
    ["retry", retry === 0 ? [] : [`${plural(retry, "more attempt")}, every ${formatSetting(everyMs)}`]],
    [
      "may fail",
      step.maxFailures === "all"
        ? ["on all hosts"]
        : step.maxFailures > 0
          ? [`on ${plural(step.maxFailures, "host")}`]
          : [],
    ],
    ["expected", expected(step)],
    [
      "reboot",
      step.reboot === "during"
        ? ["it reboots its hosts"]
        : step.reboot === "after"
          ? ["its hosts, once it has passed"]
          : [],
    ],
    ["afterwards", step.newLogin === true && step.reboot === undefined ? ["its hosts are logged in to anew"] : []],
    [
      "runs",
      [
        step.interactive === true ? "on your terminal, host by host" : "",
        step.background === true ? "on in the background" : "",
        step.verify ? "only to look; may be repeated" : "",
      ].filter(Boolean),
    ],
    ["asks first", confirm === undefined ? [] : fill(confirm)],
    ["checkpoint", checkpoint === undefined ? [] : [checkpoint || "rests once it has passed"]],
    ["fix", others("fix")],
    ["undo", others("undo")],
  ];
}

/** Those it would run on, and how those stand that it has run on. */
function hostsOf({ id, hosts, skip, action }: PlannedStep, view: RunView): readonly string[] {
  if (skip !== undefined) return [`nothing: ${skip}`];
  const known = view.steps.get(id);
  const open = hosts.filter((host) => !isDone(known, host) && !view.setAside.has(host));
  const what = action.kind === "manual" ? ", by hand" : "";
  if (open.length === 0 && hosts.length > 0) return [`nothing is left to be done on ${countHosts(hosts)}`];
  const unknown = open.filter((host) => known?.tasks.get(host)?.status === "unknown");
  const failed = open.filter((host) => known?.tasks.get(host)?.status === "failed");
  return [
    `${countHosts(open)}${what}`,
    ...(failed.length === 0 ? [] : [`once more on ${countHosts(failed)}, where it has failed`]),
    ...(unknown.length === 0
      ? []
      : [`asked for on ${countHosts(unknown)}, where its outcome is unknown; not run again`]),
  ];
}

function isDone(known: StepView | undefined, host: string): boolean {
  const status = known?.tasks.get(host)?.status;
  return status === "ok" || status === "unchanged" || status === "skipped";
}

function leftOut({ id, hosts, unselected = [] }: PlannedStep, view: RunView): readonly string[] {
  const known = view.steps.get(id);
  const skipped = hosts.filter((host) => known?.tasks.get(host)?.status === "skipped");
  const done = hosts.filter((host) => isDone(known, host) && !skipped.includes(host));
  const aside = [...hosts, ...unselected].filter((host) => view.setAside.has(host) && !isDone(known, host));
  const reasons = Map.groupBy(aside, (host) => `set aside: ${oneLine(view.setAside.get(host)?.reason ?? "")}`);
  const skips = Map.groupBy(skipped, (host) => `skipped: ${oneLine(known?.tasks.get(host)?.reason ?? "")}`);
  return [
    ...(done.length === 0 ? [] : [`${countHosts(done)}: done`]),
    ...[...skips, ...reasons].map(([why, alike]) => `${countHosts(alike)}: ${why}`),
    ...(unselected.length === 0 ? [] : [`${countHosts(unselected)}: not chosen this time`]),
  ];
}

function loginUsers({ hosts }: Plan, step: PlannedStep): string {
  const where = step.at === undefined ? step.hosts : [step.at];
  const users = new Set(hosts.filter(({ name }) => where.includes(name)).map(({ user }) => user ?? "you"));
  return users.size === 1 ? `${[...users][0] ?? "you"}, as logged in` : "whoever is logged in";
}

function actionFacts(
  action: PlannedAction,
  step: PlannedStep,
  plan: Pick<Plan, "steps">,
  fill: (text: string) => readonly string[],
): readonly Fact[] {
  switch (action.kind) {
    case "command":
      return [
        ["with", [action.interpreter.join(" ")]],
        [
          "directory",
          action.dir === undefined
            ? [takesUp(step, plan) ? "where the step before it ended" : "the home of its user"]
            : fill(action.dir),
        ],
      ];
    case "file": {
      const { ensure, backup, template } = action;
      const how = { lines: "each line that it lacks is added", words: "each word that its line lacks is added" };
      return [
        ["file", fill(action.path)],
        [
          "content",
          [
            ensure === undefined ? plural(action.content.split("\n").length - 1, "line") : how[ensure],
            ...(template ? ["with variables replaced"] : []),
          ],
        ],
        ["mode", [action.mode ?? "kept; as usual for a new file"]],
        ["owner", [action.owner ?? "kept; the step's user for a new file"]],
        ["backup", backup ? ["is left beside it"] : []],
      ];
    }
    case "copy":
      return [
        [
          "copies",
          action.lines.map(
            ({ source, target }) => `${source.host}:${source.path} to ${countHosts(target.hosts)}:${target.path}`,
          ),
        ],
        ["mode", action.mode === undefined ? [] : [action.mode]],
        ["owner", action.owner === undefined ? [] : [action.owner]],
      ];
    case "manual":
      return [["to do", action.items.length === 0 ? [action.text] : action.items]];
    case "restore":
      return [["restores", [`files on ${countHosts(Object.keys(action.tasks))}`]]];
  }
}

/** A step before it leaves something where it runs. */
function takesUp(step: PlannedStep, { steps }: Pick<Plan, "steps">): boolean {
  if (step.fresh || !isPosixShell(step)) return false;
  const places = new Set(placesOf(step));
  const before = steps.findLast(
    (each) =>
      each.index < step.index &&
      each.role === "run" &&
      leavings(each) !== undefined &&
      placesOf(each).some((place) => places.has(place)),
  );
  return before !== undefined && leavings(before) === "shell";
}

function placesOf({ at, hosts }: PlannedStep): readonly string[] {
  return at === undefined || hosts.length === 0 ? hosts : [at];
}

function expected({ expectations, batch }: PlannedStep): readonly string[] {
  const lines = expectations.map((one) =>
    one.kind === "cel" ? oneLine(one.source) : `output as in line ${one.span.start.line} of the guide`,
  );
  return batch ? [...lines, "judged over all hosts together"] : lines;
}

function variableLines(name: string, shown: PreviewOf): readonly string[] {
  const { step } = shown;
  return perHost(step.hosts, (host) => valueOf(name, host, shown)).map((line) => `${name} ${line}`);
}

/** Its value on a host, with what it is: safe to show. */
function valueOf(name: string, host: string, shown: PreviewOf): string {
  const { plan, step, inputs, captures, view } = shown;
  const variable = plan.variables.find((each) => each.name === name);
  const secret = variable?.secret === true;
  const given = secret && view.secretInputs.includes(name) ? { ...inputs, [name]: SECRET } : inputs;
  const resolved = resolveVariable(name, host, { plan, inputs: given, captures });
  if ("value" in resolved) return `= ${secret ? SECRET : resolved.value.slice(0, LONGEST)}`;
  if (step.asks.includes(name)) return "is asked for when the step starts";
  if (variable !== undefined && variable.capturedBy.length > 0) {
    return `is not there yet: ${variable.capturedBy.join(" or ")} captures it`;
  }
  if (variable?.input !== undefined) return secret ? `= ${SECRET}, got when the run starts` : "has no value yet";
  return `is missing: ${resolved.missing.replaceAll("`", "")}`;
}

/** A text with the values that are known; secrets as such, what is not known yet as it is written. */
function filled(text: string, host: string, shown: PreviewOf): string {
  const declared = new Set([...shown.plan.variables.map(({ name }) => name), HOST_NAME]);
  return substitute(text, (name) => {
    if (!declared.has(name)) return undefined;
    if (name === HOST_NAME) return host;
    const value = valueOf(name, host, shown);
    return value.startsWith("= ") ? value.slice(2).replace(/, got when.*$/, "") : undefined;
  });
}

/** One line where all hosts agree, else one for each of the first few values, most hosts first. */
function perHost(hosts: readonly string[], tell: (host: string) => string): readonly string[] {
  const groups = [...Map.groupBy(hosts, tell)].toSorted(([, one], [, other]) => other.length - one.length);
  const [only] = groups;
  if (groups.length <= 1) return only === undefined ? [] : [only[0]];
  const told = groups.slice(0, TOLD).map(([line, alike]) => `${line} on ${compressHosts(alike)}`);
  return groups.length > TOLD ? [...told, `and ${groups.length - TOLD} more on the others`] : told;
}
