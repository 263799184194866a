import type { PlannedStep } from "../../model/plan.ts";
import type { RunView } from "../../story/run-fold.ts";
import type { Style } from "../style.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { signSpan, taskSign } from "./outline.ts";
import { cutLine, fillLine, span, type TextLine } from "./text-line.ts";
import { waitsFor } from "./waiting.ts";

/**
 * A row a host, a sign a step; the first line has the steps' numbers. Only what is seen is looked at.
 * @param top the first host shown
 */
export function matrixLines(
  style: Style,
  steps: readonly PlannedStep[],
  hosts: readonly string[],
  view: RunView,
  window: { readonly top: number; readonly height: number; readonly width: number; readonly cursor: number },
): readonly TextLine[] {
  const { top, height, width, cursor } = window;
  const shown = hosts.slice(top, top + height - 1);
  const name = Math.min(24, Math.max(4, ...shown.map(({ length }) => length)));
  const cell = String(steps.length).length + 1;
  const columns = Math.max(1, Math.floor((width - name - 1) / cell));
  const first = Math.max(0, Math.min(cursor - Math.floor(columns / 2), steps.length - columns));
  const seen = steps.slice(first, first + columns);
  const head: TextLine = [
    span(" ".repeat(name + 1)),
    ...seen.map((_, index) =>
      span(
        String(first + index + 1).padStart(cell),
        ...(first + index === cursor ? (["inverse"] as const) : (["dim"] as const)),
      ),
    ),
  ];
  const waiting = new Set(seen.filter((step) => waitsFor(step, view.steps.get(step.id), view) !== undefined));
  const rows = shown.map((host): TextLine => [
    ...fillLine(style, [span(oneLine(host))], name),
    span(" "),
    ...seen.flatMap((step): TextLine => {
      const known = view.steps.get(step.id);
      const task = known?.tasks.get(host);
      const isIts = hostsOf(step).has(host);
      const sign =
        task === undefined
          ? isIts
            ? signSpan(style, "pending")
            : span(" ")
          : signSpan(style, taskSign(task.status, waiting.has(step)));
      return [span(" ".repeat(cell - 1)), sign];
    }),
  ]);
  return [cutLine(style, head, width), ...rows];
}

const known = new WeakMap<PlannedStep, ReadonlySet<string>>();

function hostsOf(step: PlannedStep): ReadonlySet<string> {
  const hosts = known.get(step) ?? new Set(step.hosts);
  known.set(step, hosts);
  return hosts;
}
