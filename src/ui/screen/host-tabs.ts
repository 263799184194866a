import type { StepView } from "../../story/run-fold.ts";
import type { Style } from "../style.ts";
import { TASK_SIGN } from "../task-line.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { signSpan } from "./outline.ts";
import { lineWidth, type Span, span, type TextLine } from "./text-line.ts";

/** `[all] pi-master pi-w1 pi-w2✖`: whose output is shown, and those beside it as far as there is room. */
export function hostTabs(
  style: Style,
  hosts: readonly string[],
  chosen: string | undefined,
  known: StepView | undefined,
  width: number,
): TextLine {
  const tab = (host: string | undefined): readonly Span[] => {
    const name = host === undefined ? "all" : oneLine(host);
    const shown = host === chosen ? span(`[${name}]`, "bold") : span(name);
    const status = host === undefined ? undefined : known?.tasks.get(host)?.status;
    const isBad = status !== undefined && (TASK_SIGN[status] === "failed" || TASK_SIGN[status] === "unknown");
    return [span(" "), shown, ...(isBad ? [signSpan(style, TASK_SIGN[status])] : [])];
  };
  const tabs: readonly (string | undefined)[] = [undefined, ...hosts];
  const at = Math.max(0, tabs.indexOf(chosen));
  const before: TextLine[] = [];
  const after: TextLine[] = [];
  let room = width - lineWidth(tab(chosen));
  const take = (from: number, step: number, into: TextLine[]): boolean => {
    for (let next = from; next >= 0 && next < tabs.length; next += step) {
      const line = tab(tabs[next]);
      room -= lineWidth(line);
      if (room <= 0) return true;
      into.push(line);
    }
    return false;
  };
  const more = take(at + 1, 1, after);
  const less = take(at - 1, -1, before) || before.length < at;
  return [
    ...(less ? [span(style.unicode ? " …" : " <", "dim")] : []),
    ...before.toReversed().flat(),
    ...tab(chosen),
    ...after.flat(),
    ...(more ? [span(style.unicode ? " …" : " >", "dim")] : []),
    span(" "),
  ];
}
