import type { Code, Html, List, Nodes, Root, Yaml } from "mdast";
import { readComments } from "../../document/comment.ts";
import { excerptOfLines } from "../../document/excerpt.ts";
import { firstLineOf, rangeOf } from "../../document/markdown.ts";
import { SourceText } from "../../document/source-text.ts";
import type { InputDeclaration, Runbook, Step } from "../../model/runbook.ts";
import { expectedWords } from "../words/condition-words.ts";
import { deedWords, notesAfter, notesBefore, whereWords } from "../words/step-words.ts";
import { listed, sentence, type Words } from "../words/words.ts";
import { type PageFacts, pageFacts } from "../site/page-facts.ts";
import type { Idiom } from "./idiom.ts";
import type { TextEdit } from "./text-edit.ts";

/**
 * What becomes of what Waymark alone reads: comments and braces go; what they mean to a reader is said in words above and
 * below the block, in the way of the site.
 */
export function ownEdits(text: string, root: Root, runbook: Runbook, idiom: Idiom): readonly TextEdit[] {
  const own = new OwnEdits(text, runbook, idiom);
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
  readonly #claimed = new Set<Step>();

  constructor(text: string, runbook: Runbook, idiom: Idiom) {
    this.#text = text;
    this.#source = new SourceText(text);
    this.#facts = pageFacts(runbook);
    this.#runbook = runbook;
    this.#idiom = idiom;
  }

  visit(node: Nodes): void {
    switch (node.type) {
      case "yaml":
        return this.#frontMatter(node);
      case "html":
        return this.#comments(node);
      case "code":
        return this.#code(node);
      case "list": {
        const step = this.#stepAt(node);
        if (step !== undefined) this.#around(node, step);
        break;
      }
      default:
    }
    if ("children" in node) for (const child of node.children) this.visit(child);
  }

  /** Without what is ours, and with nothing left not at all. */
  #frontMatter(node: Yaml): void {
    const { start, end } = rangeOf(node);
    const kept = withoutRunbook(this.#text.slice(start, end));
    if (kept !== undefined)
      this.edits.push(kept === "" ? { ...this.#wholeLines(start, end), text: "" } : at(start, end, kept));
  }

  #comments(node: Html): void {
    const { comments } = readComments(excerptOfLines(this.#source, node.value, firstLineOf(node)));
    for (const { range } of comments) this.edits.push({ ...this.#wholeLines(range.start, range.end), text: "" });
  }

  #code(node: Code): void {
    const { start, end } = rangeOf(node);
    const fence = /^(`{3,}|~{3,})[ \t]*([^\r\n]*)/.exec(this.#text.slice(start, end));
    if (fence === null) return;
    const [whole, ticks = "", info = ""] = fence;
    const language = /^[^\s{]*/.exec(info)?.[0] ?? "";
    const step = this.#stepAt(node);
    const retag = (to: string): void => {
      if (to !== info) this.edits.push(at(start + ticks.length, start + whole.length, to));
    };
    if (step !== undefined) {
      const { action } = step;
      this.#around(node, step, () => {
        retag(this.#idiom.info(language, action.kind === "file" ? action.path.value : undefined));
      });
    } else if (language === "output") {
      this.edits.push(at(start, start, this.#lines(start, ["*Expect:*", ""])));
      retag("text");
      const shown = this.#text.slice(start, end);
      for (const match of shown.matchAll(/\[\.\.\]/g))
        this.edits.push(at(start + match.index, start + match.index + 4, "…"));
    } else if (language === "expect") {
      const lines = this.#expected(start, end);
      const range = lines.length === 0 ? this.#wholeLines(start, end) : { from: start, to: end };
      this.edits.push({ ...range, text: this.#lines(start, lines, false) });
    }
  }

  #expected(start: number, end: number): readonly string[] {
    const within = this.#runbook.steps
      .flatMap(({ expectations }) => expectations)
      .filter(({ span }) => span.start.offset >= start && span.start.offset < end);
    const words = within.flatMap((one) => (one.kind === "cel" ? [expectedWords(one.source)] : []));
    return words.length === 0 ? [] : [`*Expect:* ${this.#idiom.words(sentence(listed(words)))}`];
  }

  /** What is said above a step's block and below it. */
  #around(node: Code | List, step: Step, within: () => void = () => undefined): void {
    const { start, end } = rangeOf(node);
    const { options } = step;
    const secret = options.secret || (options.capture !== undefined && this.#facts.secret.has(options.capture.value));
    const deed = deedWords(step);
    const where = whereWords(step, this.#facts.hosts);
    const title = sentence(deed === undefined ? where : [...deed, ", ", ...where]);
    const above = this.#idiom.box(title, [...this.#role(step), ...notesBefore(step, new Set())]);
    this.edits.push(at(start, start, this.#lines(start, [...above, ""])));
    within();
    const after = notesAfter(step, secret);
    const fixes = this.#facts.fixes.get(step.id) ?? [];
    const told = [...after, ...fixes.map((fix): Words => [`If this fails: ${fix.title}.`])];
    if (told.length === 0) return;
    const text = told.map((words) => this.#idiom.words(words)).join(" ");
    this.edits.push(at(end, end, this.#joined(start, ["", "", text])));
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

  /** Lines that stand where a block begins, with the block behind them. */
  #lines(start: number, lines: readonly string[], ends = true): string {
    return this.#joined(start, [...lines, ...(ends ? [""] : [])]);
  }

  /** Behind the first one each begins like the block; the last one goes on with whatever follows. */
  #joined(start: number, lines: readonly string[]): string {
    const prefix = this.#prefix(start);
    return lines
      .map((line, index) => {
        if (index === 0) return line;
        return line === "" && index < lines.length - 1 ? prefix.trimEnd() : `${prefix}${line}`;
      })
      .join("\n");
  }

  /** What every line of a block begins with, within lists and quotes. */
  #prefix(start: number): string {
    const line = this.#text.slice(this.#text.lastIndexOf("\n", start - 1) + 1, start);
    return line.replaceAll(/[^>\s]/g, " ");
  }

  /** The lines that it stands on, where nothing else does; and one empty line behind them. */
  #wholeLines(start: number, end: number): { readonly from: number; readonly to: number } {
    const from = this.#text.lastIndexOf("\n", start - 1) + 1;
    const rest = /^[ \t]*(?:\r?\n|$)/.exec(this.#text.slice(end));
    if (!/^[ \t]*$/.test(this.#text.slice(from, start)) || rest === null) return { from: start, to: end };
    const isApart = from === 0 || /\n[ \t]*\r?\n$/.test(this.#text.slice(0, from));
    const blank = isApart ? (/^[ \t]*\r?\n/.exec(this.#text.slice(end + rest[0].length))?.[0].length ?? 0) : 0;
    return { from, to: end + rest[0].length + blank };
  }
}

function at(from: number, to: number, text: string): TextEdit {
  return { from, to, text };
}

/** @returns undefined where it has no `runbook:`; empty where it has nothing else */
function withoutRunbook(frontMatter: string): string | undefined {
  const lines = frontMatter.split("\n");
  const from = lines.findIndex((line) => /^(?:runbook|"runbook"|'runbook')\s*:/.test(line));
  if (from === -1) return undefined;
  const behind = lines.findIndex((line, index) => index > from && /^[^\s#]/.test(line));
  const kept = [...lines.slice(0, from), ...lines.slice(behind)];
  return kept.slice(1, -1).every((line) => line.trim() === "") ? "" : kept.join("\n");
}

/** What has a value before anything is done, as a shell takes it; secrets are typed, and seen by nobody. */
export function exportLines(inputs: readonly InputDeclaration[]): readonly string[] {
  const first = inputs.filter(({ ask }) => ask === "first");
  return first.map(({ name, secret, default: given, description, choices }) => {
    const about = [description, choices === undefined ? undefined : `one of ${choices.join(", ")}`].filter(Boolean);
    const comment = about.length === 0 ? "" : `  # ${about.join("; ").replaceAll(/\s+/g, " ")}`;
    if (secret) return `read -rs ${name} && export ${name}${comment}`;
    return `export ${name}='${(given ?? "").replaceAll("'", `'\\''`)}'${comment}`;
  });
}
