import type { Paragraph } from "mdast";
import type { Expectation, Step, StepAction } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import type { CopyTarget } from "./copy-block.ts";
import { checkKeys } from "./key-conflict.ts";
import type { KeyList } from "./key-list.ts";
import { inheritKeys } from "./key-list.ts";
import { plainText } from "./markdown.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";
import type { KeyValues } from "./step-key.ts";
import { stepOptions } from "./step-options.ts";
import { lastSentence } from "./step-title.ts";

/** A step as read so far. One that errors left unfinished is kept too: others may refer to it. */
export interface DraftStep {
  readonly id: string;
  readonly section?: number;
  /** What a message about the whole step points at. */
  readonly at: Range;
  /** What is written on the step itself. */
  readonly own: KeyList;
  /** The step without its expectations; absent where there is nothing that could run. */
  readonly step?: Omit<Step, "expectations">;
  /** Those that judge it, in document order. */
  readonly expectations: Expectation[];
}

/** What was found at one block. */
export interface FoundStep {
  readonly own: KeyList;
  readonly inherited: KeyValues;
  /** The block and its comment. */
  readonly range: Range;
  readonly at: Range;
  readonly action?: StepAction;
  /** Where a `copy` block's files go. */
  readonly targets?: readonly CopyTarget[];
  /** The paragraph right before it. */
  readonly introduction?: Paragraph;
}

/** Where in the guide it was found. */
export interface StepPlace {
  readonly section?: number;
  /** The section's title. */
  readonly heading?: string;
  /** An id, for a step that has none of its own. */
  readonly nextId: () => string;
  /** Not to be told on which hosts is an error: all defaults are known. */
  readonly hostsKnown: boolean;
}

/** Makes a step of what was found: its id, its title, its keys with all that it inherits. */
export function draftStep(found: FoundStep, place: StepPlace, source: SourceText, problems: Problems): DraftStep {
  const { own, range, at, action } = found;
  const all = inheritKeys(found.inherited, own.values);
  checkKeys(own, all, problems);
  const explicitId = own.values.id !== undefined;
  const id = own.values.id?.value ?? place.nextId();
  const title = own.values.title?.replaceAll(/\s+/g, " ") ?? titleOf(found, place, id);
  const on = all.on ?? targetHosts(found, source);
  const hostsKnown = place.hostsKnown && !own.unread.has("on") && found.targets === undefined;
  if (on === undefined && hostsKnown) reportNoHosts(at, problems);
  const section = place.section === undefined ? {} : { section: place.section };
  const draft = { id, ...section, at, own, expectations: [] };
  if (action === undefined || on === undefined) return draft;
  const span = source.span(range);
  return { ...draft, step: { id, explicitId, title, ...section, span, action, options: stepOptions(all, on) } };
}

/** The sentence that introduces the block, else the heading, else the id. */
function titleOf({ introduction }: FoundStep, { heading }: StepPlace, id: string): string {
  const introduced = introduction === undefined ? "" : lastSentence(plainText(introduction));
  return introduced || heading || id;
}

/** `scp` lines say themselves which hosts they are about. */
function targetHosts({ targets, at }: FoundStep, source: SourceText): Located<string> | undefined {
  const [first, ...more] = targets ?? [];
  if (first === undefined) return undefined;
  if (more.length === 0) return source.located(first.host, first.range);
  return source.located([first, ...more].map(({ host }) => host).join(","), at);
}

function reportNoHosts(at: Range, problems: Problems): void {
  const message = "The step does not say on which hosts it runs";
  const hint = "Add on=PATTERN to it, to its section (<!-- waymark section: on=… -->) or to `runbook.defaults`.";
  problems.error(CODE.noHosts, at, message, hint);
}
