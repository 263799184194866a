import type { Plan, PlannedStep } from "../../model/plan.ts";
import { runSteps } from "../render-summary.ts";
import type { RunView, StepView, TaskView } from "../../story/run-fold.ts";
import { colorOf, shape, type Sign, type Style } from "../style.ts";
import { TASK_SIGN } from "../task-line.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { namedExceptions, SIGNED_HOSTS } from "./exceptions.ts";
import { cutLine, fillLine, lineWidth, type Span, span, type TextLine } from "./text-line.ts";
import { waitsFor } from "./waiting.ts";

/** A line of the outline: a heading, or a step that a run goes through. */
export type OutlineRow =
  | { readonly kind: "section"; readonly title: string; readonly depth: number }
  | { readonly kind: "step"; readonly step: PlannedStep; readonly number: number; readonly depth: number };

/** Every step under its headings, in document order; headings without steps are left out. */
export function outlineRows(plan: Pick<Plan, "steps" | "guide">): readonly OutlineRow[] {
  const rows: OutlineRow[] = [];
  let above: readonly string[] = [];
  for (const [index, step] of runSteps(plan).entries()) {
    // The guide's title stands at the top of the screen.
    const sections = step.sections[0] === plan.guide.title ? step.sections.slice(1) : step.sections;
    const same = sections.findIndex((title, depth) => title !== above[depth]);
    if (same >= 0) {
      for (const [depth, title] of sections.entries()) {
        if (depth >= same) rows.push({ kind: "section", title: oneLine(title), depth });
      }
    }
    above = sections;
    rows.push({ kind: "step", step, number: index + 1, depth: sections.length });
  }
  return rows;
}

/** Positions of the steps. */
export function positionsOf(rows: readonly OutlineRow[]): readonly number[] {
  return rows.flatMap((row) => (row.kind === "step" ? [row.number - 1] : []));
}

/** Positions of the first step of each section. */
export function sectionStarts(rows: readonly OutlineRow[]): readonly number[] {
  return rows.flatMap((row, index) => {
    const next = rows[index + 1];
    return row.kind === "section" && next?.kind === "step" ? [next.number - 1] : [];
  });
}

/** The rows from `top` on, as many as there is room for. */
export function outlineLines(
  style: Style,
  rows: readonly OutlineRow[],
  view: RunView,
  window: { readonly top: number; readonly height: number; readonly width: number; readonly cursor: number },
): readonly TextLine[] {
  const { top, height, width, cursor } = window;
  const digits = String(rows.filter(({ kind }) => kind === "step").length).length;
  return rows.slice(top, top + height).map((row) => {
    const indent = " ".repeat(Math.min(row.depth, 4));
    if (row.kind === "section") return cutLine(style, [span(`${indent}${row.title}`, "bold")], width);
    const { step, number } = row;
    const known = view.steps.get(step.id);
    const state = stepSign(step, known, view);
    const facts = hostSigns(style, step, known, view, width);
    const isHere = number - 1 === cursor;
    const title: TextLine = [
      span(isHere ? shape(style, "cursor") : " "),
      span(indent.slice(1)),
      signSpan(style, state),
      span(` ${String(number).padStart(digits)} `),
      span(oneLine(step.title), ...(isHere ? (["bold"] as const) : [])),
    ];
    const room = width - lineWidth(facts) - (facts.length > 0 ? 1 : 0);
    if (facts.length === 0 || room < 12) return cutLine(style, title, width);
    return [...fillLine(style, title, room), span(" "), ...facts];
  });
}

/** How a step stands as a whole. */
export function stepSign(step: PlannedStep, known: StepView | undefined, view: RunView): Sign {
  if (waitsFor(step, known, view) !== undefined) return "question";
  if (known === undefined) return step.skip === undefined ? "pending" : "skipped";
  const { status, hosts } = known;
  if (status === "ok" || status === "skipped" || status === "failed") {
    return status === "failed" && (hosts.get("unknown")?.size ?? 0) > 0 ? "unknown" : status;
  }
  if ((hosts.get("unknown")?.size ?? 0) > 0) return "unknown";
  if ((hosts.get("failed")?.size ?? 0) + (hosts.get("unreachable")?.size ?? 0) > 0) return "failed";
  // Of what has begun, nothing goes on.
  return view.status === "running" ? "running" : "pending";
}

/** How a task stands, of a step that may wait for somebody. */
export function taskSign(status: TaskView["status"], waits: boolean): Sign {
  return waits && status === "running" ? "question" : TASK_SIGN[status];
}

/** A sign a host, or counts and the exceptions by name; before it runs, what is special about it. */
function hostSigns(
  style: Style,
  step: PlannedStep,
  known: StepView | undefined,
  view: RunView,
  width: number,
): TextLine {
  if (known === undefined || known.tasks.size === 0) {
    const special: Sign[] = [
      ...(step.newLogin === true ? (["reboot"] as const) : []),
      ...(step.action.kind === "manual" ? (["manual"] as const) : []),
      ...(step.checkpoint === undefined ? [] : (["checkpoint"] as const)),
    ];
    return special.map((name) => span(shape(style, name)));
  }
  const { tasks, hosts } = known;
  const waits = waitsFor(step, known, view) !== undefined;
  const good = (hosts.get("ok")?.size ?? 0) + (hosts.get("unchanged")?.size ?? 0);
  const skipped = hosts.get("skipped")?.size ?? 0;
  const all = Math.max(step.hosts.length, tasks.size);
  if (good + skipped === all) return [span(skipped === all ? "" : `${good}/${all}`, "dim")];
  if (all <= SIGNED_HOSTS) {
    return step.hosts.map((host) => {
      const task = tasks.get(host);
      return signSpan(style, task === undefined ? "pending" : taskSign(task.status, waits));
    });
  }
  const counted = (named: boolean): TextLine =>
    EXCEPTIONS.flatMap((status): readonly Span[] => {
      const alike = hosts.get(status) ?? new Set();
      const count = status === "ok" ? good : alike.size;
      if (count === 0) return [];
      const names = named && status !== "ok" && status !== "running" ? oneLine(namedExceptions(alike)) : "";
      return [span(` ${count} `), signSpan(style, taskSign(status, waits)), span(names && ` ${names}`)];
    });
  // What the step is called is worth more than which hosts it failed on: those are in the output.
  const facts = counted(true);
  return lineWidth(facts) > 0.6 * width ? counted(false) : facts;
}

const EXCEPTIONS: readonly TaskView["status"][] = ["ok", "running", "failed", "unreachable", "unknown"];

export function signSpan(style: Style, name: Sign): Span {
  const color = colorOf(name);
  return color === undefined ? span(shape(style, name)) : span(shape(style, name), color);
}
