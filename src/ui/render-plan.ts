import type { Plan, PlannedStep, Variable } from "../model/plan.ts";
import { countHosts } from "./compress-hosts.ts";
import { joined, joinedLines, paint, plural, sign } from "./style.ts";
import type { Style } from "./style.ts";
import { allFacts } from "./step-facts.ts";
import { oneLine } from "./terminal-text.ts";

/**
 * `waymark plan`: what would run where, in order, under the headings of the guide.
 * @param values of inputs, by name; a secret's value is never shown
 * @returns text that ends in a newline
 */
export function renderPlan(style: Style, plan: Plan, values: Readonly<Record<string, string>>): string {
  const { guide, remote, steps } = plan;
  const title = paint(style, "bold", oneLine(guide.title ?? guide.path));
  const skipped = steps.filter(({ skip }) => skip !== undefined).length;
  return [
    joined(style, title, guide.title === undefined ? "" : guide.path),
    `hosts: ${remote.length === 0 ? "none but this machine" : countHosts(remote)}`,
    ...renderInputs(style, plan.variables, values),
    ...renderSteps(style, steps),
    "",
    joined(style, plural(steps.length - skipped, "step"), skipped === 0 ? "" : `${skipped} skipped`),
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

function renderSteps(style: Style, steps: readonly PlannedStep[]): readonly string[] {
  const digits = String(steps.length).length;
  const lines: string[] = [];
  let section = "";
  for (const step of steps) {
    const heading = step.sections.map(oneLine).join(" / ");
    if (heading !== section && heading !== "") lines.push("", paint(style, "bold", heading));
    else if (lines.length === 0) lines.push("");
    section = heading;
    lines.push(...renderStep(style, step, digits));
  }
  return lines;
}

function renderStep(style: Style, step: PlannedStep, digits: number): readonly string[] {
  const { index, id, title, skip, hosts } = step;
  const id_ = paint(style, "dim", step.explicitId ? `#${id}` : id);
  const indent = " ".repeat(digits + 3);
  if (skip !== undefined) {
    return [`${sign(style, "skipped").padStart(digits + 1)}  ${oneLine(title)}  ${id_}`, `${indent}skipped: ${skip}`];
  }
  const facts = [`on ${countHosts(hosts)}`, ...allFacts(step)];
  return [
    `${String(index + 1).padStart(digits + 1)}  ${oneLine(title)}  ${id_}`,
    ...joinedLines(style, facts, style.columns - indent.length).map((line) => `${indent}${line}`),
  ];
}
