import type { RunEvent } from "../../model/event.ts";
import type { PlannedStep } from "../../model/plan.ts";
import { timeOfDay } from "../../story/format-time.ts";
import type { RunView } from "../../story/run-fold.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { aboutOf, eventWords } from "./event-words.ts";
import type { Situation } from "./deeds.ts";
import { capital, heardEvents, heardLine, heardNames, heardQuestion, OUTCOMES, sentence } from "./heard.ts";
import { heardRanges } from "./heard-ranges.ts";
import type { Draft, ScreenQuestion } from "./question.ts";
import type { ScreenState } from "./screen-state.ts";
import type { TextLine } from "./text-line.ts";

/** The screen at one moment, for somebody who listens to it. Nothing in it changes afterwards. */
export interface Listening {
  /** What runs, and how it stands. */
  readonly run: string;
  /** How far it has come. */
  readonly progress: string;
  readonly step: readonly string[];
  /** What the reader has turned to, where that is not the step itself. */
  readonly turnedTo?: { readonly title: string; readonly lines: readonly string[] };
  readonly state: ScreenState;
  /** The newest event, and those up to it that are kept. */
  readonly seq: number;
  readonly events: readonly RunEvent[];
  readonly steps: readonly PlannedStep[];
  /** Names of all hosts. */
  readonly names: ReadonlySet<string>;
  readonly notice: readonly string[];
  readonly question: ScreenQuestion | undefined;
  readonly draft: Draft;
  readonly situation: Situation;
  /** What can be done now, by which keys. */
  readonly keys: string;
}

/**
 * What is to be said now: what has become different, and nothing that was said before. A cursor that goes along with the
 * run says nothing: the run's events do.
 */
export function heardSince(before: Listening | undefined, now: Listening): readonly string[] {
  return newSince(before, now).map((line) => heardRanges(line, now.names));
}

function newSince(before: Listening | undefined, now: Listening): readonly string[] {
  if (before === undefined)
    return [now.run, now.progress, ...now.step, ...asked(now), now.keys, "Press question mark to hear all keys."];
  const isAnother = now.seq < before.seq;
  const from = isAnother ? now.events.length : now.events.findLastIndex(({ seq }) => seq <= before.seq) + 1;
  return [
    ...(isAnother ? [now.run] : happened(now.events.slice(from), now)),
    ...(now.notice === before.notice ? [] : now.notice.map(oneLine).filter((line) => line !== "")),
    ...turned(before, now),
    ...(now.question === before.question ? answering(before, now) : asked(now)),
    ...(now.situation === before.situation ? [] : [now.keys]),
  ];
}

function happened(events: readonly RunEvent[], { steps, progress, situation }: Listening): readonly string[] {
  const isFurther = events.some(({ type }) => type === "step-finished");
  // Whoever is asked hears it with the question.
  const worth = events.filter(({ type }) => type !== "checkpoint-reached" || situation === "watching");
  return [...heardEvents(worth, steps), ...(isFurther ? [progress] : [])];
}

/** Where the reader is, as far as the reader has chosen it. */
function place({ state }: Listening): string {
  const { cursor, following, search: _search, ...rest } = state;
  return JSON.stringify(following ? rest : { ...rest, cursor });
}

function turned(before: Listening, now: Listening): readonly string[] {
  const { turnedTo, state } = now;
  const known = before.turnedTo;
  if (place(before) !== place(now)) {
    const isElsewhere =
      before.state.cursor !== state.cursor || (before.state.following !== state.following && turnedTo === undefined);
    const isBack = turnedTo === undefined && known !== undefined;
    const step = isElsewhere || isBack ? now.step : [];
    if (turnedTo === undefined) return step;
    const title = turnedTo.title === known?.title ? [] : [`${turnedTo.title}:`];
    return [...step, ...title, ...(turnedTo.lines.length === 0 ? ["Nothing."] : turnedTo.lines)];
  }
  // A look at the hosts is worth nothing before it is there.
  if (state.preview === undefined || turnedTo === undefined) return [];
  return turnedTo.lines.filter((line) => known?.lines.includes(line) !== true);
}

function asked({ question }: Listening): readonly string[] {
  return question === undefined ? [] : heardQuestion(question);
}

function answering(before: Listening, { question, draft }: Listening): readonly string[] {
  if (question?.kind === "choose" && draft.at !== before.draft.at) {
    const choice = question.choices[draft.at] ?? "";
    return [`${draft.at + 1} of ${question.choices.length}: ${choice === "" ? "empty" : oneLine(choice)}`];
  }
  return draft.problem === undefined || draft.problem === before.draft.problem
    ? []
    : [sentence(capital(oneLine(draft.problem)))];
}

/** The lines of a pane that can be seen, in words; empty ones say nothing. */
export function heardLines(lines: readonly TextLine[]): readonly string[] {
  return lines.map(heardLine).filter((line) => line.trim() !== "");
}

/** Events as they are read one after the other. */
export function heardJournal(events: readonly RunEvent[]): readonly string[] {
  return events.map((event) => {
    const { step, host } = aboutOf(event);
    return [
      timeOfDay(event.at),
      ...[step, host].filter((name) => name !== undefined).map(oneLine),
      eventWords(event, event.at).words,
    ].join(", ");
  });
}

/** How each host stands: those that stand alike in one sentence, what went wrong first. */
export function heardHosts(
  hosts: readonly string[],
  steps: readonly PlannedStep[],
  view: Pick<RunView, "steps">,
): readonly string[] {
  const stands = hosts.map((host) => {
    const own = steps.filter((step) => step.hosts.includes(host));
    const statuses = own.map(({ id }) => view.steps.get(id)?.tasks.get(host)?.status);
    const bad = own.flatMap((step, index) => {
      const status = statuses[index] ?? "";
      return ["failed", "unreachable", "unknown", "running"].includes(status)
        ? [`${OUTCOMES[status] ?? status} at step ${steps.indexOf(step) + 1}`]
        : [];
    });
    const good = statuses.filter((status) => status === "ok" || status === "unchanged" || status === "skipped").length;
    return { host, isBad: bad.length > 0, words: [...bad, `${good} of ${own.length} steps done`].join(", ") };
  });
  return [...Map.groupBy(stands, ({ words }) => words)]
    .toSorted(([, [one]], [, [other]]) => Number(other?.isBad === true) - Number(one?.isBad === true))
    .map(([words, group]) => sentence(`${heardNames(group.map(({ host }) => host))}: ${words}`));
}
