import type { Plan, PlannedStep, Variable } from "../model/plan.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { runSteps } from "./render-summary.ts";
import { plural } from "../story/plural.ts";
import { joined, joinedLines, paint, sign } from "./style.ts";
import type { Style } from "./style.ts";
import { allFacts } from "../story/step-facts.ts";
import { oneLine } from "../story/terminal-text.ts";

/**
 * `waymark plan`: what would run where, in order, under the headings of the guide.
 * @param values of inputs, by name; a secret's value is never shown
 * @returns text that ends in a newline
 */
export function renderPlan(style: Style, plan: Plan, values: Readonly<Record<string, string>>): string {
  const { guide, remote } = plan;
  const title = paint(style, "bold", oneLine(guide.title ?? guide.path));
  const steps = runSteps(plan);
  const skipped = steps.filter(({ skip }) => skip !== undefined).length;
  const others = (role: PlannedStep["role"]): string => {
    const count = plan.steps.filter((step) => step.role === role).length;
    return count === 0 ? "" : `${count} to ${role}`;
  };
  return [
    joined(style, title, guide.title === undefined ? "" : guide.path),
    `hosts: ${remote.length === 0 ? "none but this machine" : countHosts(remote)}`,
    ...renderInputs(style, plan.variables, values),
    ...renderSteps(style, plan),
    "",
    joined(
      style,
      plural(steps.length - skipped, "step"),
      skipped === 0 ? "" : `${skipped} skipped`,
      others("fix"),
      others("undo"),
    ),
    "",
  ].join("\n");
}

function renderInputs(
  style: Style,
  variables: readonly Variable[],
  values: Readonly<Record<string, string>>,
): readonly string[] {
  const inputs = variables.flatMap(({ name, secret, input }) => (input === undefined ? [] : [{ name, secret, input }]));
  if (inputs.length === 0) return [];
  const width = Math.max(...inputs.map(({ name }) => name.length));
  const lines = inputs.map(({ name, secret, input }) => {
    const value = Object.hasOwn(values, name) ? values[name] : input.default;
    const late = input.ask === "late" ? "asked for when it is first used" : "not given yet";
    const shown = value === undefined ? paint(style, "dim", late) : secret ? "«secret»" : oneLine(value);
    return `  ${name.padEnd(width)}  ${shown}`;
  });
  return ["", "inputs:", ...lines];
}

function renderSteps(style: Style, plan: Plan): readonly string[] {
  const numbers = new Map(runSteps(plan).map((step, index) => [step, index + 1]));
  const digits = String(numbers.size).length;
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const step of plan.steps) {
    const heading = step.sections.map(oneLine).join(" / ");
    if (!isSame(step.sections, open) && heading !== "") {
      lines.push("", paint(style, "bold", heading), ...renderRolling(style, plan, step.sections, open));
    } else if (lines.length === 0) lines.push("");
    open = step.sections;
    lines.push(...renderStep(style, step, numbers.get(step), digits));
  }
  return lines;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((title, index) => title === other[index]);
}

/** Said once, where such a section begins. */
function renderRolling(
  style: Style,
  { rolling }: Plan,
  sections: readonly string[],
  open: readonly string[],
): readonly string[] {
  return rolling
    .filter(({ section }) => {
      const { length } = section;
      return isSame(sections.slice(0, length), section) && !isSame(open.slice(0, length), section);
    })
    .map(({ serial, hosts, section }) => {
      const what = section.length === sections.length ? "all of it" : `all of ${oneLine(section.at(-1) ?? "")}`;
      const batch = serial === 1 ? "one host" : `${serial} hosts`;
      return `  ${joined(style, `${what} for ${batch} at a time`, `on ${countHosts(hosts)}`)}`;
    });
}

function renderStep(style: Style, step: PlannedStep, number: number | undefined, digits: number): readonly string[] {
  const { id, title, skip, hosts, role, of } = step;
  const id_ = paint(style, "dim", step.explicitId ? `#${id}` : id);
  const indent = " ".repeat(digits + 3);
  if (skip !== undefined) {
    return [`${sign(style, "skipped").padStart(digits + 1)}  ${oneLine(title)}  ${id_}`, `${indent}skipped: ${skip}`];
  }
  const purpose = { run: "", fix: `if ${of} fails`, undo: `undoes ${of}` }[role];
  const facts = [purpose, `on ${countHosts(hosts)}`, ...allFacts(step)].filter((fact) => fact !== "");
  const mark = number === undefined ? sign(style, "pending") : String(number);
  return [
    `${mark.padStart(digits + 1)}  ${oneLine(title)}  ${id_}`,
    ...joinedLines(style, facts, style.columns - indent.length).map((line) => `${indent}${line}`),
  ];
}
