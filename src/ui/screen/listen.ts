import type { Plan, PlannedStep } from "../../model/plan.ts";
import type { StepView } from "../../story/run-fold.ts";
import type { JournalOnScreen } from "../hooks/use-journal.ts";
import type { Situation } from "./deeds.ts";
import type { StepPlace } from "./guide.ts";
import { heardProgress, heardRun, heardStep } from "./heard.ts";
import { heardHelp, heardKeys } from "./heard-keys.ts";
import { heardHosts, heardJournal, heardLines, type Listening } from "./listening.ts";
import type { ScreenSource } from "./screen-source.ts";
import type { Around } from "./screen-state.ts";
import type { TextLine } from "./text-line.ts";
import type { UnderCursor } from "./under-cursor.ts";
import { waitsFor } from "./waiting.ts";

/** What the screen would show. */
export interface Shown extends Pick<Listening, "state" | "steps" | "notice" | "question" | "draft"> {
  readonly source: ScreenSource;
  readonly leftMs: number | undefined;
  readonly situation: Situation;
  readonly under: UnderCursor;
  /** Under the cursor. */
  readonly step: PlannedStep | undefined;
  readonly known: StepView | undefined;
  readonly hosts: readonly string[];
  /** The panes that there are: there is room for one. */
  readonly layout: { readonly guide?: unknown; readonly output?: unknown };
  readonly guide: readonly TextLine[];
  /** Of the step under the cursor. */
  readonly place: StepPlace | undefined;
  readonly output: readonly TextLine[];
  readonly journal: JournalOnScreen;
  readonly around: Around;
}

/** The screen as it is now, for somebody who listens to it. */
export function listen(shown: Shown): Listening {
  const { source, steps, leftMs, state, step, known, notice, question, draft, situation, under } = shown;
  const { events } = source.journal;
  const turnedTo = turnedToNow(shown);
  return {
    run: heardRun(source.plan, source.view),
    progress: heardProgress(source.view, source.plan, leftMs),
    step:
      step === undefined
        ? []
        : heardStep(step, state.cursor + 1, steps.length, known, waitsFor(step, known, source.view) !== undefined),
    ...(turnedTo !== undefined && { turnedTo }),
    state,
    seq: events.at(-1)?.seq ?? 0,
    events,
    steps,
    names: namesOf(source.plan),
    notice,
    question,
    draft,
    situation,
    keys: heardKeys(situation, under),
  };
}

const known = new WeakMap<Plan, ReadonlySet<string>>();

function namesOf(plan: Plan): ReadonlySet<string> {
  const names = known.get(plan) ?? new Set(plan.hosts.map(({ name }) => name));
  known.set(plan, names);
  return names;
}

/** What has the keys, where that is not the outline: a pane, or what covers all of them. */
function turnedToNow(shown: Shown): Listening["turnedTo"] {
  const { source, steps, state, notice, hosts, layout, guide, place, output, journal, around } = shown;
  if (state.mode === "help") return { title: "Keys", lines: heardHelp() };
  if (state.mode === "matrix") return { title: "Hosts", lines: heardHosts(hosts, steps, source.view) };
  if (state.mode === "journal") {
    const rows = source.journal.events.slice(journal.top, journal.top + journal.around.height);
    return { title: "Journal", lines: heardJournal(rows) };
  }
  if (notice.length > 0) return undefined;
  if (layout.output !== undefined) {
    const end = Math.max(0, output.length - around.outputFromEnd);
    const lines = heardLines(output.slice(Math.max(0, end - around.outputHeight), end));
    const of = state.host === undefined ? "" : ` of ${state.host}`;
    return { title: state.preview === undefined ? `Output${of}` : "What it would do", lines };
  }
  if (layout.guide === undefined) return undefined;
  // Unless it is scrolled: what belongs to the step.
  const { from, to } =
    state.guideTop === undefined && place !== undefined
      ? place
      : { from: around.guideTop, to: around.guideTop + around.guideHeight };
  const rows = guide.slice(from, to);
  return { title: "Guide", lines: heardLines(rows) };
}
