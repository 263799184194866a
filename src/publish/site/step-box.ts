import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import type { Step } from "../../model/runbook.ts";
import { notesAfter, notesBefore, taskWords, WILDCARD_WORDS } from "../words/step-words.ts";
import type { Words } from "../words/words.ts";
import { withValues } from "./code-block.ts";
import { type PageFacts, placeOf } from "./page-facts.ts";
import { valueField } from "./value-field.ts";
import { verifiedStepWords } from "../verified/verified-words.ts";

/** The anchor of a step. No heading has a colon in its own. */
export function stepAnchor(id: string): string {
  return `step:${id}`;
}

function stepAddress(id: string): string {
  return `#step:${encodeURIComponent(id).replaceAll("%2F", "/")}`;
}

/**
 * A step as a box around its block: where it is done, what to know before, the block, what to do after.
 * @param inherited conditions that are told at the head of its section
 */
export function stepBox(
  step: Step,
  block: readonly ElementContent[],
  facts: PageFacts,
  inherited: ReadonlySet<string>,
): Element {
  const { id, title, options } = step;
  const secret = options.secret || (options.capture !== undefined && facts.secret.has(options.capture.value));
  const asked = (facts.asked.get(id) ?? []).map((name) => valueField(name, facts, id));
  const captured = options.capture !== undefined && !secret ? [valueField(options.capture.value, facts, id)] : [];
  return h(
    "div",
    { id: stepAnchor(id), className: ["step", ...kinds(step, facts)], role: "group", ariaLabel: `Step: ${title}` },
    [
      ...roleLine(step, facts),
      h("p", { className: ["where"] }, [
        ...withValues(taskWords(step, facts.hosts), facts.open),
        h("a", { className: ["anchor"], href: stepAddress(id), ariaLabel: `Link to this step: ${title}` }, "#"),
      ]),
      ...notes("before", notesBefore(step, inherited), facts.open),
      ...asked,
      ...block,
      ...notes("after", [...notesAfter(step, secret), ...(facts.explains === id ? [WILDCARD_WORDS] : [])], facts.open),
      ...verifiedNote(verifiedStepWords(facts.verified, id)),
      ...captured,
      ...linked("If this fails", facts.fixes.get(id)),
      ...linked("To revert it", facts.undos.get(id)),
    ],
  );
}

/** How many colours there are for places. */
const HUES = 6;

function kinds(step: Step, { places }: PageFacts): readonly string[] {
  const { options, action } = step;
  return [
    `hue-${places.indexOf(placeOf(step)) % HUES}`,
    `is-${action.kind}`,
    ...(options.verify ? ["is-check"] : []),
    ...(options.fix === undefined ? [] : ["is-fix"]),
    ...(options.undo === undefined ? [] : ["is-undo"]),
  ];
}

/** What `fix` and `undo` blocks are there for: they are no part of what is read from top to bottom. */
function roleLine({ options }: Step, facts: PageFacts): readonly ElementContent[] {
  const [words, target] =
    options.fix === undefined ? ["To revert: ", options.undo?.value] : ["Only if this fails: ", options.fix.value];
  if (target === undefined) return [];
  const link = stepLink(target, facts.stepsById.get(target)?.title ?? target);
  return [h("p", { className: ["note", "role"] }, [words, link, "."])];
}

function verifiedNote(words: Words | undefined): readonly Element[] {
  return words === undefined ? [] : [h("p", { className: ["note", "verified"] }, [...words])];
}

function linked(label: string, steps: readonly Step[] = []): readonly Element[] {
  if (steps.length === 0) return [];
  const links = steps.flatMap(({ id, title }, index) => [...(index === 0 ? [] : [", "]), stepLink(id, title)]);
  return [h("p", { className: ["note"] }, [`${label}: `, ...links, "."])];
}

function stepLink(id: string, title: string): Element {
  return h("a", { href: stepAddress(id) }, title);
}

function notes(place: string, told: readonly Words[], names: ReadonlySet<string>): readonly Element[] {
  const sentences = told.map((words) => withValues(words, names));
  if (sentences.length === 0) return [];
  if (sentences.length === 1) return [h("p", { className: ["note", place] }, [...(sentences[0] ?? [])])];
  return [
    h(
      "ul",
      { className: ["note", place] },
      sentences.map((words) => h("li", [...words])),
    ),
  ];
}
