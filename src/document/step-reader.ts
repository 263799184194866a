import type { Section, StepAction } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import { editDistance } from "../model/nearest.ts";
import type { Block } from "./block.ts";
import type { CodeBlock } from "./code-block.ts";
import { codeOf } from "./code-block.ts";
import type { Comment } from "./comment.ts";
import type { DraftStep, FoundStep, StepPlace } from "./draft-step.ts";
import { draftStep } from "./draft-step.ts";
import type { Judgement } from "./judgement.ts";
import { readExpressions, readOutput } from "./judgement.ts";
import type { KeyList } from "./key-list.ts";
import { overlayKeys, readKeys } from "./key-list.ts";
import { plainText, rangeOf } from "./markdown.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import { SectionTree } from "./section-tree.ts";
import type { Range, SourceText } from "./source-text.ts";
import { checkNul, checkText, readAction } from "./step-action.ts";
import type { KeyValues } from "./step-key.ts";
import { tasksOf } from "./task-list.ts";

type BlockOf<K extends Block["kind"]> = Extract<Block, { readonly kind: K }>;

/** Languages of blocks that judge. */
const JUDGES = ["output", "expect"];

/** Which of them a block behind a step is meant to be: at most one letter is wrong, or two are swapped. */
function meantToJudge(language: string): string | undefined {
  return JUDGES.find((known) => editDistance(language.toLowerCase(), known, 1) <= 1);
}

/**
 * Reads the blocks of a runbook one after the other. Owns the steps and expectations read so far and the place in the
 * guide: the section, the step that expectations judge, and whether prose code stands between the two.
 */
export class StepReader {
  readonly steps: DraftStep[] = [];
  readonly judgements: Judgement[] = [];
  readonly #sections: SectionTree;
  readonly #sound: boolean;
  readonly #source: SourceText;
  readonly #problems: Problems;
  /** The nearest step above in this section. */
  #above: DraftStep | undefined;
  /** An untagged block stands between that step and here. */
  #proseBetween = false;

  /** @param sound the defaults are all there are: where there is no `on`, none was given */
  constructor(defaults: KeyValues, sound: boolean, source: SourceText, problems: Problems) {
    this.#sound = sound;
    this.#sections = new SectionTree(defaults, source, problems);
    this.#source = source;
    this.#problems = problems;
  }

  get sections(): readonly Section[] {
    return this.#sections.sections;
  }

  read(block: Block): void {
    switch (block.kind) {
      case "heading":
        this.#sections.enter(block);
        this.#above = undefined;
        break;
      case "code":
        this.#readCode(block);
        break;
      case "tasks":
        this.#readTasks(block);
        break;
      case "comment":
        this.#readComment(block.comment);
        break;
      case "inline-comment":
        this.#problems.error(
          CODE.inlineComment,
          block.comment.range,
          "The comment stands within a paragraph",
          "Put it on a line of its own, with blank lines around it.",
        );
        break;
      case "not-a-fence":
        this.#problems.error(
          CODE.notAFence,
          block.range,
          "This is text, not a code block: its first line has a backtick behind the fence",
          "Use ~~~ as the fence, or put the keys into a <!-- waymark: … --> comment before it.",
        );
        break;
    }
  }

  #readCode(block: BlockOf<"code">): void {
    const { code, comment } = block;
    const { info } = code;
    if (info.unclosed !== undefined) {
      const hint = "Close it with } on the same line.";
      this.#problems.error(CODE.attributeSyntax, info.unclosed, "The brace is never closed", hint);
    }
    if (info.language === "output" || info.language === "expect") this.#readJudge(block);
    else if (info.attributes !== undefined || comment !== undefined) this.#readStep(block);
    else this.#readProse(code);
  }

  #readProse(code: CodeBlock): void {
    const meant = this.#above === undefined || this.#proseBetween ? undefined : meantToJudge(code.info.language);
    if (meant !== undefined) {
      const message = `\`${code.info.language}\` is no \`${meant}\`: the block is text, and judges nothing`;
      this.#problems.warning(CODE.mistypedOutput, code.opening, message, `Did you mean \`${meant}\`?`);
    }
    this.#proseBetween = true;
    if (code.info.loose !== undefined) {
      const message = "`on=` stands outside braces: the block is no step";
      this.#problems.error(CODE.looseAttributes, code.info.loose, message, "Put the keys into { }.");
    }
    if (code.unclosed) {
      const message = "The code block is never closed: all that follows is part of it";
      const hint = "Close it with a fence like the one that opens it.";
      this.#problems.warning(CODE.unclosedFence, code.opening, message, hint);
    }
  }

  #readStep({ code, comment, introduction }: BlockOf<"code">): void {
    const own = this.#ownKeys(code, comment, "step");
    const inherited = this.#sections.inherited();
    const { action, shown, targets } = readAction(code, own, inherited, this.#source, this.#problems);
    const range = { start: comment?.range.start ?? code.range.start, end: code.range.end };
    const at = comment === undefined || !code.indented ? code.opening : comment.range;
    const draft = this.#addStep({
      own,
      inherited,
      range,
      at,
      ...(action && { action }),
      ...(targets && { targets }),
      ...(introduction && { introduction }),
    });
    if (shown !== undefined) this.judgements.push({ expectations: [shown], step: draft, at: code.opening });
  }

  #readTasks({ list, comment, introduction }: BlockOf<"tasks">): void {
    if (comment === undefined) return;
    const read = readKeys(comment.attributes, "step", this.#source, this.#problems);
    const own = { ...read, given: new Map([...read.given, ["manual", comment.range]]) };
    const text = introduction === undefined ? "" : plainText(introduction);
    const action: StepAction = { kind: "manual", text, items: tasksOf(list, this.#source) };
    const range = { start: comment.range.start, end: rangeOf(list).end };
    const inherited = this.#sections.inherited();
    this.#addStep({ own, inherited, range, at: comment.range, action, ...(introduction && { introduction }) });
  }

  #addStep(found: FoundStep): DraftStep {
    const section = this.#sections.current();
    const heading = section === undefined ? undefined : this.sections[section]?.title;
    const place: StepPlace = {
      ...(section !== undefined && { section }),
      ...(heading !== undefined && { heading }),
      nextId: () => this.#sections.nextId(),
      hostsKnown: this.#sound,
    };
    const draft = draftStep(found, place, this.#source, this.#problems);
    this.steps.push(draft);
    this.#sections.start();
    this.#above = draft;
    this.#proseBetween = false;
    return draft;
  }

  #ownKeys(code: CodeBlock, comment: BlockOf<"code">["comment"], place: "step" | "expectation"): KeyList {
    const inFence = readKeys(code.info.attributes ?? [], place, this.#source, this.#problems);
    if (comment === undefined) return inFence;
    return overlayKeys(readKeys(comment.attributes, place, this.#source, this.#problems), inFence);
  }

  #readJudge({ code, comment }: BlockOf<"code">): void {
    const target = this.#ownKeys(code, comment, "expectation").values.for;
    checkText(code, this.#source, this.#problems);
    const body = codeOf(code, this.#source);
    const at = code.opening;
    if (code.info.language === "expect") {
      const expectations = readExpressions(body, false, at, this.#source, this.#problems);
      this.#judge(expectations, target, at);
      return;
    }
    if (target === undefined && this.#above !== undefined && this.#proseBetween) {
      const message = `A block that is never run stands between this output and the step \`${this.#above.id}\` it judges`;
      const hint = "Move it up to its step, name the step with {for=ID}, or use another language than `output`.";
      this.#problems.warning(CODE.doubtfulOutput, at, message, hint);
    }
    this.#judge([readOutput(body, this.#source)], target, at);
  }

  #judge(expectations: Judgement["expectations"], target: Located<string> | undefined, at: Range): void {
    if (target === undefined && this.#above === undefined) {
      const message = "There is no step above in this section to judge";
      this.#problems.error(CODE.nothingToJudge, at, message, "Move it below its step, or name the step with for=ID.");
      return;
    }
    const step = target === undefined ? this.#above : undefined;
    this.judgements.push({ expectations, at, ...(target && { target }), ...(step && { step }) });
  }

  #readComment(comment: Comment): void {
    switch (comment.kind) {
      case "expect": {
        const keys = readKeys(comment.attributes, "expectation", this.#source, this.#problems);
        checkNul("comment", comment.range, this.#source, this.#problems);
        const expectations = readExpressions(comment.body, true, comment.range, this.#source, this.#problems);
        this.#judge(expectations, keys.values.for, comment.range);
        break;
      }
      case "section":
        this.#sections.handDown(readKeys(comment.attributes, "section", this.#source, this.#problems), comment.range);
        break;
      case "step": {
        const message = "The comment stands before neither a code block nor a task list";
        const hint = "Put it right before the block it is for. For a whole section write <!-- waymark section: … -->.";
        this.#problems.error(CODE.strayComment, comment.range, message, hint);
        break;
      }
      case "malformed": {
        const message = `The comment looks like \`${comment.meant}:\` but is not read as one`;
        const { range, certain, hint } = comment;
        if (certain) this.#problems.error(CODE.malformedComment, range, message, hint);
        else this.#problems.warning(CODE.malformedComment, range, message, hint);
        break;
      }
    }
  }
}
