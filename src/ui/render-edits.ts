import type { GuideChanged } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { type LineChange, diffLines } from "../story/line-diff.ts";
import { fit, paint, sign } from "./style.ts";
import type { Style } from "./style.ts";
import { neutralize, oneLine } from "../story/terminal-text.ts";

/** Lines of a step's text that are shown around those that differ, and in all. */
const CONTEXT = 1;
const MOST_LINES = 12;

/** How a guide was edited since the run used it last, and what that means for what has been done. */
export interface Edited {
  readonly event: GuideChanged;
  readonly before: readonly PlannedStep[];
  readonly after: readonly PlannedStep[];
  /** By new id: hosts on which the old text has been done. */
  readonly stale: ReadonlyMap<string, readonly string[]>;
  /** By new id: hosts whose output is judged again. */
  readonly rejudged: ReadonlyMap<string, readonly string[]>;
  /** New ids of the steps that are run again because somebody said so. */
  readonly again: ReadonlySet<string>;
}

/**
 * What was added, removed, moved and changed, each with its place in the guide; for what was changed, how.
 * @param rerun how to have a step run again that stays done
 */
export function renderEdits(
  style: Style,
  guide: string,
  edited: Edited,
  rerun = "--rerun-changed runs it again",
): readonly string[] {
  const { event, before, after } = edited;
  const { added, removed, changed, rejudged = [], moved = [] } = event;
  const old = new Map(before.map((step) => [step.id, step]));
  const now = new Map(after.map((step) => [step.id, step]));
  const former = new Map(Object.entries(event.renamed).map(([from, to]) => [to, old.get(from)]));
  const line = (word: string, step: PlannedStep, isThere = true): string => {
    const place = isThere ? `${guide}:${step.span.start.line}` : "";
    const facts = [`#${step.id}`, place].filter(Boolean).join("  ");
    return `  ${word.padEnd(16)} ${oneLine(step.title)}  ${paint(style, "dim", facts)}`;
  };
  const each = (ids: readonly string[], steps: ReadonlyMap<string, PlannedStep>): readonly PlannedStep[] =>
    ids.flatMap((id) => steps.get(id) ?? []);
  const lines = [
    ...each(added, now).map((step) => line("added", step)),
    ...each(removed, old).map((step) => line("removed", step, false)),
    ...each(moved, now).map((step) => line("moved", step)),
    ...each(changed, now).flatMap((step) => [
      line("changed", step),
      ...difference(style, former.get(step.id), step),
      ...outcome(edited, step, rerun),
    ]),
    ...each(rejudged, now).flatMap((step) => [line("judged otherwise", step), ...judgement(edited, step)]),
  ];
  if (lines.length === 0) return ["guide edited: no step is another"];
  return ["guide edited:", ...lines];
}

function outcome({ stale, again }: Edited, { id }: PlannedStep, rerun: string): readonly string[] {
  const hosts = stale.get(id) ?? [];
  if (hosts.length === 0) return [];
  const where = countHosts(hosts);
  return [again.has(id) ? `    runs again on ${where}` : `    stays done on ${where}; ${rerun}`];
}

function judgement({ rejudged, again }: Edited, { id }: PlannedStep): readonly string[] {
  const hosts = rejudged.get(id) ?? [];
  if (hosts.length === 0 || again.has(id)) return [];
  return [`    judged again by what it printed on ${countHosts(hosts)}`];
}

/** Old and new text, where they differ. */
function difference(style: Style, before: PlannedStep | undefined, now: PlannedStep): readonly string[] {
  const [was, is] = [before === undefined ? NOTHING : effectOf(before), effectOf(now)];
  const changes = diffLines(was.text, is.text);
  const near = (index: number): boolean =>
    changes.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign: kind }) => kind !== " ");
  const shown: readonly LineChange[] = [
    ...was.settings.filter((one) => !is.settings.includes(one)).map((text) => ({ sign: "-", text }) as const),
    ...is.settings.filter((one) => !was.settings.includes(one)).map((text) => ({ sign: "+", text }) as const),
    ...changes.filter((_, index) => near(index)),
  ];
  const cut = shown.length - MOST_LINES;
  return [
    ...shown.slice(0, MOST_LINES).map(({ sign: kind, text }) => {
      const tone = { "-": "failed", "+": "ok", " ": "dim" } as const;
      return `    ${paint(style, tone[kind], `${kind} ${fit(style, neutralize(text), Math.max(20, style.columns - 6))}`)}`;
    }),
    ...(cut > 0 ? [`    ${sign(style, "more")} ${cut} lines more`] : []),
  ];
}

/** What decides whether a step does the same: settings as in the guide, and its text. */
interface Effect {
  readonly settings: readonly string[];
  readonly text: readonly string[];
}

type Settings = Readonly<Record<string, string | boolean | undefined>>;

const NOTHING: Effect = { settings: [], text: [] };

function effectOf({ action, user }: PlannedStep): Effect {
  const settings = (more: Settings): readonly string[] => {
    const all: Settings = { sudo: user, ...more };
    return Object.entries(all).flatMap(([name, value]) => {
      if (value === undefined || value === false) return [];
      return [value === true ? name : `${name}=${value}`];
    });
  };
  switch (action.kind) {
    case "command":
      return {
        settings: settings({ dir: action.dir, shell: action.interpreter.join(" ") }),
        text: linesOf(action.code),
      };
    case "file": {
      const { path: file, content, ensure, mode, owner, backup, template } = action;
      return { settings: settings({ file, ensure, mode, owner, backup, template }), text: linesOf(content) };
    }
    case "copy": {
      const { mode, owner, lines } = action;
      return { settings: settings({ mode, owner }), text: lines.map(({ text }) => text) };
    }
    case "manual":
      return { settings: [], text: [...linesOf(action.text), ...action.items] };
    case "restore":
      return NOTHING;
  }
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, "").split("\n");
}
