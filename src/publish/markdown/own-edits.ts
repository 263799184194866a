import type { Code, Html, List, Nodes, Root, Yaml } from "mdast";
import { readComments } from "../../document/comment.ts";
import { excerptOfLines } from "../../document/excerpt.ts";
import { firstLineOf, rangeOf } from "../../document/markdown.ts";
import { SourceText } from "../../document/source-text.ts";
import type { Runbook, Step } from "../../model/runbook.ts";
import { expectedWords } from "../words/condition-words.ts";
import { ANYTHING, notesAfter, notesBefore, taskWords, WILDCARD_WORDS, WILDCARDS } from "../words/step-words.ts";
import { listed, literal, sentence, type Words } from "../words/words.ts";
import { type PageFacts, pageFacts } from "../site/page-facts.ts";
import { type PageVerified, verifiedStepWords } from "../verified/verified-words.ts";
import { withoutRunbook } from "./front-matter.ts";
import { type Idiom, markdownWords } from "./idiom.ts";
import { emptyLineBelow, indentedStart, isAboveText, isBelowText, linePrefix, lineStart } from "./line-prefix.ts";
import type { TextEdit } from "./text-edit.ts";

/**
 * What becomes of what Waymark alone reads: comments and braces go; what they mean to a reader is said in words above and
 * below the block, in the way of the site.
 * @param tabs sections that are tabs, which say what they are for: indices in `Runbook.sections`
 */
export function ownEdits(
  text: string,
  root: Root,
  runbook: Runbook,
  idiom: Idiom,
  tabs: ReadonlySet<number>,
  verified?: PageVerified,
): readonly TextEdit[] {
  const facts = { ...pageFacts(runbook), ...(verified && { verified }) };
  const own = new OwnEdits(text, facts, runbook, idiom, tabs);
  own.visit(root);
  return own.edits;
}

/** Owns the edits, in document order. */
class OwnEdits {
  readonly edits: TextEdit[] = [];
  readonly #text: string;
  readonly #source: SourceText;
  readonly #facts: PageFacts;
  readonly #runbook: Runbook;
  readonly #idiom: Idiom;
  readonly #tabs: ReadonlySet<number>;
  readonly #claimed = new Set<Step>();

  constructor(text: string, facts: PageFacts, runbook: Runbook, idiom: Idiom, tabs: ReadonlySet<number>) {
    this.#text = text;
    this.#source = new SourceText(text);
    this.#facts = facts;
    this.#runbook = runbook;
    this.#idiom = idiom;
    this.#tabs = tabs;
  }

  /** @param siblings with it among them */
  visit(node: Nodes, siblings: readonly Nodes[] = [node]): void {
    switch (node.type) {
      case "yaml":
        return this.#frontMatter(node);
      case "html":
        return this.#comments(node, siblings);
      case "code":
        return this.#code(node);
      case "list": {
        const step = this.#stepAt(node);
        if (step !== undefined) this.#around(node, step);
        break;
      }
      default:
    }
    if ("children" in node) for (const child of node.children) this.visit(child, node.children);
  }

  /** Without what is ours, and with nothing left not at all. */
  #frontMatter(node: Yaml): void {
    const { start, end } = rangeOf(node);
    const first = this.#text.indexOf("\n", start) + 1;
    const last = lineStart(this.#text, end);
    const kept = withoutRunbook(this.#text.slice(first, last));
    if (kept !== undefined)
      this.edits.push(kept.trim() === "" ? { ...this.#wholeLines(start, end), text: "" } : at(first, last, kept));
  }

  #comments(node: Html, siblings: readonly Nodes[]): void {
    const { comments } = readComments(excerptOfLines(this.#source, node.value, firstLineOf(node)));
    for (const [index, { range }] of comments.entries()) {
      if (index === 0 && this.#partsSiblings(node, siblings)) {
        this.edits.push(at(range.start, range.end, "<!-- -->"));
        continue;
      }
      if (comments.length === 1 && siblings[0] === node && siblings[1] !== undefined && this.#beginsItem(range.start)) {
        this.edits.push(at(range.start, this.#startOf(siblings[1]), ""));
        continue;
      }
      const { from, to } = this.#wholeLines(range.start, range.end);
      // What stood apart because of it would become one with what stands above.
      const parts = to > range.end && isBelowText(this.#text, from) && isAboveText(this.#text, to - 1);
      this.edits.push({ from, to, text: parts ? "\n" : "" });
    }
  }

  /** What stands above it and below would be one without it, an empty line between them or not. */
  #partsSiblings(node: Html, siblings: readonly Nodes[]): boolean {
    const index = siblings.indexOf(node);
    const isIndented = (one: Nodes): boolean => indentedStart(this.#text, one) !== undefined;
    const below = siblings[index + 1];
    const above = siblings.slice(0, index).findLast(({ type }) => type !== "html");
    if (below === undefined || this.#facts.stepsByEnd.has(rangeOf(below).end)) return false;
    if (above === undefined)
      return this.#beginsItem(rangeOf(node).start) && (isIndented(below) || below.type === "thematicBreak");
    const mayGoOn = above.type === "list" || above.type === "footnoteDefinition" || isIndented(above);
    return mayGoOn && (below.type === "list" || isIndented(below));
  }

  /** Nothing but a list's marker stands before it. */
  #beginsItem(start: number): boolean {
    return /[-+*.)]\s*$/.test(this.#text.slice(lineStart(this.#text, start), start));
  }

  #startOf(node: Nodes): number {
    return indentedStart(this.#text, node) ?? rangeOf(node).start;
  }

  #code(node: Code): void {
    const { start, end } = rangeOf(node);
    if (indentedStart(this.#text, node) !== undefined) {
      const step = this.#stepAt(node);
      if (step !== undefined) this.#around(node, step);
      return;
    }
    const fence = /^(`{3,}|~{3,})[ \t]*([^\r\n]*)/.exec(this.#text.slice(start, end));
    const [whole = "", ticks = "", info = ""] = fence ?? [];
    const language = /^[^\s{]*/.exec(info)?.[0] ?? "";
    const step = this.#stepAt(node);
    const retag = (to: string): void => {
      if (to !== info) this.edits.push(at(start + ticks.length, start + whole.length, to));
    };
    if (step !== undefined) {
      const { action } = step;
      this.#around(node, step, () => {
        retag(this.#idiom.info(language, action.kind === "file" ? action.path.value : undefined));
        if (fence !== null) this.#wildcards(start, end, outputOf(step));
      });
    } else if (language === "output") {
      this.edits.push(at(start, start, this.#above(start, ["*Expect:*", ""])));
      retag("text");
      this.#wildcards(start, end);
    } else if (language === "expect") {
      const lines = this.#expected(start, end);
      const range = lines.length === 0 ? this.#wholeLines(start, end) : { from: start, to: end };
      const below = lines.length === 0 ? "" : emptyLineBelow(this.#text, end, linePrefix(this.#text, start));
      this.edits.push({ ...range, text: this.#joined(start, [...this.#gap(start), ...lines]) + below });
    }
  }

  /** Wildcards of expected output. @param output the lines of a terminal session that are printed: others are typed */
  #wildcards(start: number, end: number, output?: readonly string[]): void {
    const prefix = linePrefix(this.#text, start).length;
    let next = 0;
    const [fence = "", ...lines] = this.#text.slice(start, end).split("\n");
    let from = start + fence.length + 1;
    for (const line of lines) {
      const skipped = Math.min(prefix, /^[>\s]*/.exec(line)?.[0].length ?? 0);
      const text = line.slice(skipped).replace(/\r$/, "");
      if (output === undefined || output[next] === text) {
        next++;
        for (const { 0: sign, index } of text.matchAll(WILDCARDS))
          this.edits.push(at(from + skipped + index, from + skipped + index + sign.length, ANYTHING));
      }
      from += line.length + 1;
    }
  }

  #expected(start: number, end: number): readonly string[] {
    const within = this.#runbook.steps
      .flatMap(({ expectations }) => expectations)
      .filter(({ span }) => span.start.offset >= start && span.start.offset < end);
    const words = within.flatMap((one) => (one.kind === "cel" ? [expectedWords(one.source)] : []));
    return words.length === 0 ? [] : [`*Expect:* ${markdownWords(sentence(listed(words)))}`];
  }

  /** What is said above a step's block and below it. */
  #around(node: Code | List, step: Step, within: () => void = () => undefined): void {
    const { end } = rangeOf(node);
    const start = this.#startOf(node);
    const { options } = step;
    const secret = options.secret || (options.capture !== undefined && this.#facts.secret.has(options.capture.value));
    const title = taskWords(step, this.#facts.hosts);
    const notes = [...this.#role(step), ...notesBefore(step, this.#told(step)), ...this.#values(step)];
    const isGrave = options.reboot !== undefined || options.confirm !== undefined;
    const box = this.#idiom.box(title, notes, isGrave ? "WARNING" : "NOTE");
    this.edits.push(at(start, start, this.#above(start, [...box, ""])));
    within();
    const after = notesAfter(step, secret);
    const fixes = this.#facts.fixes.get(step.id) ?? [];
    const verified = verifiedStepWords(this.#facts.verified, step.id);
    const told = [
      ...after,
      ...(this.#facts.explains === step.id ? [WILDCARD_WORDS] : []),
      ...(verified === undefined ? [] : [verified]),
      ...fixes.map((fix): Words => [`If this fails: ${fix.title}.`]),
    ];
    if (told.length === 0) return;
    const text = told.map((words) => markdownWords(words)).join(" ");
    const gap = emptyLineBelow(this.#text, end, linePrefix(this.#text, start));
    this.edits.push(at(end, end, this.#joined(start, ["", "", text]) + gap));
  }

  /** Conditions that the tabs around it are for. */
  #told({ section }: Step): ReadonlySet<string> {
    const told = new Set<string>();
    for (let index = section; index !== undefined; index = this.#runbook.sections[index]?.parent) {
      if (this.#tabs.has(index)) for (const condition of this.#facts.conditions.get(index) ?? []) told.add(condition);
    }
    return told;
  }

  #role({ options }: Step): readonly Words[] {
    const of = options.fix?.value ?? options.undo?.value;
    if (of === undefined) return [];
    const title = this.#facts.stepsById.get(of)?.title ?? of;
    return [[`${options.fix === undefined ? "To revert" : "Only if this fails"}: ${title}.`]];
  }

  #stepAt(node: Code | List): Step | undefined {
    const step = this.#facts.stepsByEnd.get(rangeOf(node).end);
    const isList = step?.action.kind === "manual" && step.action.items.length > 0;
    if (step === undefined || isList !== (node.type === "list") || this.#claimed.has(step)) return undefined;
    this.#claimed.add(step);
    return step;
  }

  /** What the reader has to have, or to write himself, where the guide's commands have it. */
  #values({ id, action }: Step): readonly Words[] {
    const late = this.#runbook.settings.inputs.filter(({ ask, name }) => {
      return ask === "late" && this.#facts.asked.get(id)?.includes(name) === true;
    });
    return [
      ...late.map(({ name, description }): Words => {
        return ["Set ", literal(name), ` first${description === undefined ? "" : `: ${description}`}.`];
      }),
      ...(action.kind === "file" && action.template
        ? [["Write your values in place of the names behind ", literal("$"), "."]]
        : []),
    ];
  }

  /** Lines that stand where a block begins, with the block behind them. */
  #above(start: number, lines: readonly string[]): string {
    return this.#joined(start, [...this.#gap(start), ...lines, ""]);
  }

  /** What keeps it apart from the text above. */
  #gap(start: number): readonly string[] {
    const last = this.edits.at(-1);
    const removed = last?.text.trim() === "" && last.to > lineStart(this.#text, start) - 1;
    if (removed && last.text !== "") return [];
    return isBelowText(this.#text, removed ? last.from : start) ? [""] : [];
  }

  /** Behind the first one each begins like the block; the last one goes on with whatever follows. */
  #joined(start: number, lines: readonly string[]): string {
    const prefix = linePrefix(this.#text, start);
    return lines
      .map((line, index) => {
        if (index === 0) return line;
        return line === "" && index < lines.length - 1 ? prefix.trimEnd() : `${prefix}${line}`;
      })
      .join("\n");
  }

  /** The lines that it stands on, where nothing else does; and one empty line behind them. */
  #wholeLines(start: number, end: number): { readonly from: number; readonly to: number } {
    const from = lineStart(this.#text, start);
    const rest = /^[ \t]*(?:\r?\n|$)/.exec(this.#text.slice(end));
    if (!/^[ \t]*$/.test(this.#text.slice(from, start)) || rest === null) return { from: start, to: end };
    const isApart = from === 0 || this.#text.slice(lineStart(this.#text, from - 1), from).trim() === "";
    const blank = isApart ? (/^[ \t]*\r?\n/.exec(this.#text.slice(end + rest[0].length))?.[0].length ?? 0) : 0;
    return { from, to: end + rest[0].length + blank };
  }
}

/** What is expected between the prompts of a terminal session, line by line. */
function outputOf({ expectations, span }: Step): readonly string[] {
  return expectations.flatMap((one) => {
    return one.kind === "output" && one.span.start.offset < span.end.offset ? one.lines : [];
  });
}

function at(from: number, to: number, text: string): TextEdit {
  return { from, to, text };
}
