import type { Attribute } from "./attribute-list.ts";
import { didYouMean, editDistance } from "../model/nearest.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";
import type { KeyValues, StepKey } from "./step-key.ts";
import { ID_KEY, STEP_KEYS } from "./step-key.ts";

/** An attribute list as read. */
export interface KeyList {
  readonly values: KeyValues;
  /** Where each key stands that is given and not `false`. */
  readonly given: ReadonlyMap<string, Range>;
  /** Keys that are given, but not so that they could be read: that they are missing is no mistake of its own. */
  readonly unread: ReadonlySet<string>;
}

export const NO_KEYS: KeyList = { values: {}, given: new Map(), unread: new Set() };

/** What a list belongs to: it decides which keys may stand in it. */
export type KeyPlace = "step" | "section" | "defaults" | "expectation";

/** A word of ours, or one letter from one, which a reader would take for ours: the braces around it are then ours. */
export function looksOurs(attribute: Attribute): boolean {
  if (attribute.kind === "id") return true;
  if (attribute.kind === "foreign") return false;
  const { key } = attribute;
  return STEP_KEYS.has(key) || STEP_KEYS.keys().some((known) => editDistance(key, known, 1) <= 1);
}

/** Reads all attributes of one list and reports everything wrong with them; what is right is kept. */
export function readKeys(
  attributes: readonly Attribute[],
  place: KeyPlace,
  source: SourceText,
  problems: Problems,
): KeyList {
  const values: { -readonly [K in keyof KeyValues]: KeyValues[K] } = {};
  const given = new Map<string, Range>();
  const seen = new Set<string>();
  const unread = new Set<string>();
  for (const attribute of attributes) {
    const known = knownKey(attribute, place, problems);
    if (attribute.kind === "broken") unread.add(attribute.key);
    if (known === undefined) continue;
    if (seen.has(known.name)) {
      problems.error(CODE.duplicateKey, known.range, `${known.shown} is given twice`, "Keep one of the two.");
      continue;
    }
    seen.add(known.name);
    const value = valueText(known, problems);
    if (value === undefined) {
      unread.add(known.name);
      continue;
    }
    const reading = known.key.read(source.located(value.text, value.range));
    if ("expected" in reading) {
      const message = `${known.shown} cannot be \`${value.text}\``;
      problems.error(CODE.badValue, value.range, message, `Write ${reading.expected}.`);
      unread.add(known.name);
      continue;
    }
    Object.assign(values, reading.value);
    if (value.text !== "false") given.set(known.name, known.range);
  }
  return { values, given, unread };
}

interface KnownKey {
  readonly name: string;
  readonly shown: string;
  readonly key: StepKey;
  readonly range: Range;
  readonly value?: { readonly text: string; readonly range: Range };
}

function knownKey(attribute: Attribute, place: KeyPlace, problems: Problems): KnownKey | undefined {
  switch (attribute.kind) {
    case "foreign": {
      const message = `\`${attribute.text}\` is not a key of Waymark`;
      const hint = attribute.text.includes("=")
        ? "Write key=value without blanks around the =."
        : "Other tools' settings go into braces of their own.";
      problems.error(CODE.unknownKey, attribute.range, message, hint);
      return undefined;
    }
    case "broken":
      problems.error(CODE.attributeSyntax, attribute.range, attribute.message, attribute.hint);
      return undefined;
    case "id": {
      const value = { text: attribute.name, range: { start: attribute.range.start + 1, end: attribute.range.end } };
      const id: KnownKey = { name: "#id", shown: "The step's id", key: ID_KEY, range: attribute.range, value };
      return allowed(id, place, problems) ? id : undefined;
    }
    case "key": {
      const name = attribute.key;
      const key = STEP_KEYS.get(name);
      if (key === undefined) {
        problems.error(CODE.unknownKey, attribute.keyRange, `There is no key \`${name}\``, unknownKeyHint(name));
        return undefined;
      }
      const { value } = attribute;
      const known = { name, shown: `\`${name}\``, key, range: attribute.keyRange, ...(value && { value }) };
      return allowed(known, place, problems) ? known : undefined;
    }
  }
}

/** Keys people expect from other tools, and drafts of this format, with what to write here. */
const INSTEAD = new Map([
  ["expect", "Write the expression in an `expect` block below the step, or in a comment: <!-- expect: … -->."],
  ["id", "Write #name."],
  ["name", 'Write #name for an id, title="…" for a title.'],
  ["if", 'Write when="…".'],
  ["host", "Write on=…."],
  ["hosts", "Write on=…."],
  ["user", "Write sudo=USER."],
  ["become", "Write sudo."],
  ["cwd", 'Write dir="…".'],
  ["delay", "Write every=…."],
  ["retries", "Write retry=N."],
  ["until", "A background step runs until the run ends; it is ready when its expectations hold."],
  ["on-failure", "Write max-failures=N: so many hosts may fail and be set aside."],
]);

function unknownKeyHint(name: string): string {
  const instead = INSTEAD.get(name);
  if (instead !== undefined) return instead;
  return didYouMean(name, STEP_KEYS.keys(), "Remove it; other tools' settings go into braces of their own.");
}

function allowed(known: KnownKey, place: KeyPlace, problems: Problems): boolean {
  const hint = whyNotHere(known, place);
  if (hint === undefined) return true;
  problems.error(CODE.keyNotHere, known.range, `${known.shown} has no place here`, hint);
  return false;
}

function whyNotHere(known: KnownKey, place: KeyPlace): string | undefined {
  const { name, key } = known;
  if (place === "step") {
    return name === "for" ? "It belongs on the `output` or `expect` block that judges the step." : undefined;
  }
  if (place === "expectation") {
    return name === "for" ? undefined : "An `output` or `expect` block has only for=ID; other keys stand on the step.";
  }
  if (place === "defaults" && name === "serial") return "Write it on a section or on a step.";
  return key.inherited ? undefined : "It cannot be inherited: write it on each step it is for.";
}

function valueText(known: KnownKey, problems: Problems): { readonly text: string; readonly range: Range } | undefined {
  if (known.value !== undefined && known.value.range.end > known.value.range.start) return known.value;
  if (known.value === undefined && known.key.bare) return { text: "true", range: known.range };
  problems.error(CODE.missingValue, known.range, `${known.shown} has no value`, valueHint(known));
  return undefined;
}

function valueHint(known: KnownKey): string {
  if (known.name === "#id") return "Write a name behind the #.";
  const { start } = known.range;
  const point = { line: 1, column: 1, offset: start };
  const reading = known.key.read({ value: "", span: { start: point, end: point } });
  return "expected" in reading ? `Write ${reading.expected}.` : `Write ${known.name}="…".`;
}

/** An inner list over an outer one: `when`s add up, everything else is the inner one's if it has it. */
export function inheritKeys(outer: KeyValues, inner: KeyValues): KeyValues {
  const when = [...(outer.when ?? []), ...(inner.when ?? [])];
  return { ...outer, ...inner, ...(when.length > 0 && { when }) };
}

/** The list in the fence over the one in the comment before it: the fence wins key by key. */
export function overlayKeys(comment: KeyList, fence: KeyList): KeyList {
  const given = new Map([...comment.given].filter(([key]) => !isSwitchedOff(key, fence)));
  for (const [key, range] of fence.given) given.set(key, range);
  const unread = comment.unread.union(fence.unread);
  return { values: { ...comment.values, ...fence.values }, given, unread };
}

function isSwitchedOff(key: string, fence: KeyList): boolean {
  return (fence.values as Readonly<Record<string, unknown>>)[key] === false;
}
