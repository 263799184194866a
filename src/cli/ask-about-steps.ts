import type { RunState } from "../engine/state.ts";
import { isDone } from "../engine/state.ts";
import { EXIT, WaymarkError } from "../model/errors.ts";
import type { PlannedStep } from "../model/plan.ts";
import { type RevisionChanges, candidates, compareRevisions } from "../plan/changes.ts";
import { plural } from "../story/plural.ts";
import { oneLine } from "../story/terminal-text.ts";
import { type Prompter, Unanswered } from "./prompter.ts";

/** What the answer needs: a list to choose from, and room for lines above it. */
export type StepPrompter = Pick<Prompter, "say" | "choose">;

/** Two revisions of a guide, and how far the run has come with the old one. */
export interface Revisions {
  /** How the guide is called in messages. */
  readonly guide: string;
  readonly before: readonly PlannedStep[];
  readonly after: readonly PlannedStep[];
  readonly state: RunState;
}

/**
 * What became of the steps of an edited guide. Where that is not clear, the operator says as which new step an old one
 * lives on, or that it is gone; one answer may settle others.
 * @throws {WaymarkError} WM8008 with both lists, where nobody is there to say (exit 3)
 */
export async function settleSteps(revisions: Revisions, prompter?: StepPrompter): Promise<RevisionChanges> {
  const { guide, before, after, state } = revisions;
  const said = new Map<string, string | undefined>();
  for (;;) {
    const changes = compareRevisions(before, after, (id) => state.tasks.has(id), said);
    const old = before.find(({ id }) => id === changes.ambiguous[0]);
    if (old === undefined) return changes;
    if (prompter === undefined) throw unclear(revisions, changes, EXIT.paused);
    const isAdded = new Set(changes.added);
    const offered = candidates(
      old,
      after.filter(({ id }) => isAdded.has(id)),
    );
    if (said.size === 0) prompter.say("", "The guide was edited, and it is not clear what became of some steps.");
    prompter.say("", `${described(old)}, as it was: ${doneOn(state, old)}`);
    const gone = "none of these: it is gone";
    const choices = offered.map((step) => `${described(step)} (${guide}:${step.span.start.line})`);
    const answer = await prompter
      .choose("Which step is it now?", [...choices, gone], new AbortController().signal)
      .catch((error: unknown) => {
        if (!(error instanceof Unanswered)) throw error;
        throw unclear(revisions, changes, error.why === "interrupted" ? EXIT.interrupted : EXIT.paused);
      });
    said.set(old.id, offered[choices.indexOf(answer)]?.id);
  }
}

function described({ id, title }: PlannedStep): string {
  return `#${id} ${oneLine(title)}`;
}

function doneOn({ tasks }: RunState, { id }: PlannedStep): string {
  const done = [...(tasks.get(id)?.values() ?? [])].filter(isDone).length;
  return done === 0 ? "done nowhere yet" : `done on ${plural(done, "host")}`;
}

function unclear(
  { guide, before, after, state }: Revisions,
  { ambiguous, added }: RevisionChanges,
  exit: typeof EXIT.paused | typeof EXIT.interrupted,
): WaymarkError {
  const one = ambiguous.length === 1;
  const old = before
    .filter(({ id }) => ambiguous.includes(id))
    .map((step) => `${described(step)} (line ${step.span.start.line} then, ${doneOn(state, step)})`);
  const now = after
    .filter(({ id }) => added.includes(id))
    .map((step) => `${described(step)} (${guide}:${step.span.start.line})`);
  return new WaymarkError(
    "WM8008",
    [
      `the guide was edited, and it is not clear what became of ${one ? "this step" : "these steps"}:`,
      ...old.map((line) => `  ${line}`),
      `${one ? "It" : "Each"} may be one of these, or gone:`,
      ...now.map((line) => `  ${line}`),
    ].join("\n"),
    {
      hint: "give the steps an #id in the guide, the old one where it is the same step; on a terminal, waymark resume asks",
      exit,
    },
  );
}
