import type { Expectation, StepAction } from "../model/runbook.ts";
import type { CodeBlock } from "./code-block.ts";
import { codeOf, endInOneNewline } from "./code-block.ts";
import { readConsoleBlock } from "./console-block.ts";
import { type CopyTarget, readCopyBlock } from "./copy-block.ts";
import type { Excerpt } from "./excerpt.ts";
import type { KeyList } from "./key-list.ts";
import { interpreterOf, isSession, isShell } from "./language.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";
import type { KeyValues } from "./step-key.ts";

export interface ReadAction {
  /** Absent where errors left nothing to do. */
  readonly action?: StepAction;
  /** What a `console` block shows between its prompts. */
  readonly shown?: Expectation;
  /** Where a `copy` block's files go. */
  readonly targets?: readonly CopyTarget[];
}

/** What a tagged code block does. */
export function readAction(
  block: CodeBlock,
  own: KeyList,
  inherited: KeyValues,
  source: SourceText,
  problems: Problems,
): ReadAction {
  const code = codeOf(block, source);
  checkText(block, source, problems);
  const { file } = own.values;
  if (file !== undefined) {
    const { ensure, mode, owner, backup = false, template = false } = own.values;
    const content = endInOneNewline(code.text);
    if (ensure !== undefined && content.trim() === "") reportEmpty(block, problems);
    const given = { ...(ensure && { ensure }), ...(mode && { mode }), ...(owner && { owner }) };
    return { action: { kind: "file", path: file, content, ...given, backup, template } };
  }
  if (own.values.copy === true) {
    const { lines, targets } = readCopyBlock(code, source, problems);
    if (code.lines.every(({ text }) => /^\s*(?:#|$)/.test(text))) reportEmpty(block, problems);
    const { mode, owner } = own.values;
    return { action: { kind: "copy", lines, ...(mode && { mode }), ...(owner && { owner }) }, targets };
  }
  if (own.values.manual === true) {
    const text = code.text.trim();
    if (text === "") reportEmpty(block, problems);
    return { action: { kind: "manual", text, items: [] } };
  }
  return readCommand(block, code, own, inherited, source, problems);
}

function readCommand(
  block: CodeBlock,
  excerpt: Excerpt,
  own: KeyList,
  inherited: KeyValues,
  source: SourceText,
  problems: Problems,
): ReadAction {
  const language = block.indented ? "bash" : block.info.language;
  const known = interpreterOf(language);
  // A section's `shell=` is about its shell blocks: a Python block below it is still Python.
  const handedDown = known === undefined || isShell(language) ? inherited.shell : undefined;
  const interpreter = own.values.shell ?? handedDown ?? known;
  if (interpreter === undefined) {
    // What could not be read may have said that the block is not run at all.
    if (!["file", "copy", "manual", "shell"].some((key) => own.unread.has(key))) {
      reportLanguage(block, language, problems);
    }
    return {};
  }
  const codeSpan = source.span(excerpt.whole());
  const command = (code: string): StepAction => {
    return { kind: "command", language, interpreter, code: endInOneNewline(code), codeSpan };
  };
  if (!isSession(language)) {
    if (excerpt.text.trim() === "") reportEmpty(block, problems);
    return { action: command(excerpt.text) };
  }
  const session = readConsoleBlock(excerpt, problems);
  if (session === undefined) return {};
  if (session.code.trim() === "") reportEmpty(block, problems);
  return {
    action: command(session.code),
    shown: { kind: "output", lines: session.output, span: codeSpan },
  };
}

function reportLanguage(block: CodeBlock, language: string, problems: Problems): void {
  const [message, otherwise] =
    language === ""
      ? ["The step does not say what language it is", ""]
      : [`Waymark does not know how to run \`${language}\``, '; if the block is a file, file="/path"'];
  const hint = `Name a language such as \`bash\` behind the fence, or add shell="…"${otherwise}.`;
  problems.error(CODE.unknownLanguage, block.opening, message, hint);
}

function reportEmpty(block: CodeBlock, problems: Problems): void {
  problems.error(CODE.emptyBlock, block.opening, "The step's block is empty", "Write something into it, or untag it.");
}

/** Markdown would have it replaced, without a word. */
export function checkNul(what: string, { start, end }: Range, source: SourceText, problems: Problems): void {
  const nul = source.slice({ start, end }).indexOf("\0");
  if (nul === -1) return;
  const at = { start: start + nul, end: start + nul + 1 };
  const hint = "Remove it: no script or text file can hold one.";
  problems.error(CODE.nulByte, at, `The ${what} has a NUL byte in it`, hint);
}

/** Checks that hold for every block that Waymark uses. */
export function checkText(block: CodeBlock, source: SourceText, problems: Problems): void {
  checkNul("block", block.range, source, problems);
  if (block.unclosed) {
    const message = "The code block is never closed: all that follows is part of it";
    problems.error(CODE.unclosedFence, block.opening, message, "Close it with a fence like the one that opens it.");
  }
}
