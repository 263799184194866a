import type { Section } from "../model/runbook.ts";
import type { Block } from "./block.ts";
import type { KeyList } from "./key-list.ts";
import { inheritKeys } from "./key-list.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";
import type { KeyValues } from "./step-key.ts";

/** A section that is being read, or what stands before the first heading. */
interface OpenSection {
  /** Index in `sections`; absent before the first heading. */
  readonly index?: number;
  /** 0 before the first heading. */
  readonly depth: number;
  /** What its steps and subsections inherit. */
  keys: KeyValues;
  /** Its own comment has been read. */
  commented: boolean;
  /** A step of its own has been read: too late for a comment. */
  started: boolean;
}

/**
 * Owns the headings read so far and what their sections' comments hand down. The open sections are a stack, outermost
 * first; what stands before the first heading is at its bottom and hands down to all.
 */
export class SectionTree {
  readonly sections: Section[] = [];
  readonly #source: SourceText;
  readonly #problems: Problems;
  readonly #outermost: OpenSection;
  #open: readonly OpenSection[] = [];
  /** Steps without an id of their own, by what is put before their number. */
  readonly #numbers = new Map<string, number>();

  constructor(defaults: KeyValues, source: SourceText, problems: Problems) {
    this.#outermost = { depth: 0, keys: defaults, commented: false, started: false };
    this.#source = source;
    this.#problems = problems;
  }

  enter(heading: Extract<Block, { readonly kind: "heading" }>): void {
    const { title, slug, depth, range } = heading;
    this.#open = this.#open.filter((section) => section.depth < depth);
    const parent = this.#innermost();
    const index = this.sections.length;
    const { on } = parent.keys;
    this.sections.push({
      title,
      slug,
      depth,
      ...(parent.index !== undefined && { parent: parent.index }),
      span: this.#source.span(range),
      ...(on && { on }),
    });
    this.#open = [...this.#open, { index, depth, keys: parent.keys, commented: false, started: false }];
  }

  /** Takes a `waymark section:` comment for the section that is being read. */
  handDown(list: KeyList, at: Range): void {
    const section = this.#innermost();
    if (section.commented || section.started) {
      const message = section.started
        ? "A section's comment stands below one of its steps"
        : "The section has a comment already";
      const hint = section.started ? "Move it up to the heading." : "Put all keys into one comment.";
      this.#problems.error(CODE.sectionComment, at, message, hint);
      return;
    }
    section.commented = true;
    const { serial, ...inherited } = list.values;
    section.keys = inheritKeys(section.keys, inherited);
    const { on } = section.keys;
    const { index } = section;
    const written = index === undefined ? undefined : this.sections[index];
    if (index !== undefined && written !== undefined) {
      this.sections[index] = { ...written, ...(serial && { serial }), ...(on && { on }) };
    }
    const place = list.given.get("serial") ?? at;
    if (serial === undefined) return;
    if (index === undefined) {
      const message = "`serial` stands before the first heading";
      this.#problems.error(CODE.keyNotHere, place, message, "Put it below the heading of the section it is for.");
    } else if (on === undefined) {
      const message = "`serial` does not say which hosts go through the section";
      this.#problems.error(CODE.noHosts, place, message, "Add on=PATTERN to the same comment.");
    }
  }

  /** What a step at this place inherits. */
  inherited(): KeyValues {
    return this.#innermost().keys;
  }

  /** Index of the innermost section; nothing before the first heading. */
  current(): number | undefined {
    return this.#innermost().index;
  }

  /** From here on the section has steps. */
  start(): void {
    this.#innermost().started = true;
  }

  /** An id for a step that has none: the heading's anchor and a number. */
  nextId(): string {
    const index = this.current();
    const slug = index === undefined ? "guide" : this.sections[index]?.slug;
    const prefix = slug === undefined || slug === "" ? "section" : slug;
    const number = (this.#numbers.get(prefix) ?? 0) + 1;
    this.#numbers.set(prefix, number);
    return `${prefix}/${number}`;
  }

  #innermost(): OpenSection {
    return this.#open.at(-1) ?? this.#outermost;
  }
}
