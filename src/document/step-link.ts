import type { Located } from "../model/source.ts";
import type { DraftStep } from "./draft-step.ts";
import type { Judgement } from "./judgement.ts";
import { didYouMean } from "../model/nearest.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";

/**
 * Joins what names steps with the steps: ids are unique, expectations reach the step they judge, `fix` and `undo` name
 * steps that there are.
 *
 * @returns the steps that keep their id, in document order
 */
export function linkSteps(
  drafts: readonly DraftStep[],
  judgements: readonly Judgement[],
  source: SourceText,
  problems: Problems,
): readonly DraftStep[] {
  const byId = new Map<string, DraftStep>();
  const places = new Map<DraftStep, number>();
  for (const draft of drafts) {
    const first = byId.get(draft.id);
    places.set(draft, places.size);
    if (first === undefined) byId.set(draft.id, draft);
    else reportDuplicate(draft, first, source, problems);
  }
  for (const judgement of judgements) {
    const { target } = judgement;
    const step = target === undefined ? judgement.step : find(target, byId, problems);
    if (step !== undefined) judge(step, judgement, problems);
  }
  for (const draft of drafts) {
    const { fix, undo } = draft.own.values;
    if (fix !== undefined) checkFix(draft, fix, byId, problems);
    if (undo !== undefined) checkUndo(draft, undo, byId, places, problems);
  }
  return [...byId.values()];
}

function reportDuplicate(draft: DraftStep, first: DraftStep, source: SourceText, problems: Problems): void {
  const at = draft.own.given.get("#id") ?? draft.at;
  const { line } = source.point(first.at.start);
  const message = `The id \`${draft.id}\` is taken by the step in line ${line}`;
  problems.error(CODE.duplicateId, at, message, "Choose another: an id names one step for good.");
}

function find(name: Located<string>, byId: ReadonlyMap<string, DraftStep>, problems: Problems): DraftStep | undefined {
  const step = byId.get(name.value);
  if (step !== undefined) return step;
  const hint = didYouMean(name.value, byId.keys(), "Name a step by the id behind its #.");
  problems.error(CODE.unknownStep, rangeOf(name), `There is no step \`${name.value}\``, hint);
  return undefined;
}

function judge(step: DraftStep, judgement: Judgement, problems: Problems): void {
  const kind = ["manual", "file", "copy"].find((key) => step.own.given.has(key));
  const kept = !step.own.given.has("interactive") || judgement.expectations.every(({ kind }) => kind !== "output");
  if (kind === undefined && kept) {
    step.expectations.push(...judgement.expectations);
    return;
  }
  const message = `The step \`${step.id}\` has no output that could be judged: it is \`${kind ?? "interactive"}\``;
  problems.error(CODE.noOutput, judgement.at, message, "Look at the result in a `verify` step below it.");
}

function checkFix(
  draft: DraftStep,
  name: Located<string>,
  byId: ReadonlyMap<string, DraftStep>,
  problems: Problems,
): void {
  if (find(name, byId, problems) !== draft) return;
  problems.error(CODE.unknownStep, rangeOf(name), "The step is to fix itself", "Name the step that may fail.");
}

function checkUndo(
  draft: DraftStep,
  name: Located<string>,
  byId: ReadonlyMap<string, DraftStep>,
  places: ReadonlyMap<DraftStep, number>,
  problems: Problems,
): void {
  const undone = find(name, byId, problems);
  if (undone === undefined) return;
  if (undone === draft) {
    problems.error(CODE.undoPlacement, rangeOf(name), "The step is to undo itself", "Name the step that it reverts.");
    return;
  }
  if (undone.own.values.undo !== undefined) {
    const message = `\`${name.value}\` is not part of the run, so there is nothing to undo`;
    problems.error(CODE.undoPlacement, rangeOf(name), message, "Name the step whose work is to be reverted.");
    return;
  }
  const later = (places.get(draft) ?? 0) > (places.get(undone) ?? 0) && draft.section !== undone.section;
  if (later) return;
  const message = `The step that undoes \`${name.value}\` must stand in a later section`;
  const hint = "Move it below a heading of its own, where no reader types it along the way.";
  problems.error(CODE.undoPlacement, rangeOf(name), message, hint);
}

function rangeOf(name: Located<string>): Range {
  return { start: name.span.start.offset, end: name.span.end.offset };
}
