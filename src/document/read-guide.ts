import type { Runbook } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";
import type { Attribute } from "./attribute-list.ts";
import type { Block } from "./block.ts";
import { readBlocks } from "./block.ts";
import { decodeGuide } from "./decode-guide.ts";
import type { FrontMatter } from "./front-matter.ts";
import { readFrontMatter, reportFrontMatter } from "./front-matter.ts";
import { parseMarkdown } from "./markdown.ts";
import { CODE } from "./problem-code.ts";
import { Problems } from "./problems.ts";
import { readSettings } from "./settings.ts";
import { SourceText } from "./source-text.ts";
import { linkSteps } from "./step-link.ts";
import { StepReader } from "./step-reader.ts";

export interface ReadGuide {
  /**
   * Absent when the file is no runbook: no `runbook` in its front matter, no `on=` in a fence, no `waymark` comment.
   * With errors among the diagnostics it holds what could be read, and must not be run.
   */
  readonly runbook?: Runbook;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a guide (CommonMark, GFM, YAML front matter; FORMAT sections 1 to 6).
 *
 * Places are counted in the text without a byte order mark: offsets and columns in UTF-16 code units.
 *
 * @param path the file as the user named it; nothing is read from there
 * @param bytes its content; nothing in it makes this throw
 */
export function readGuide(path: string, bytes: Uint8Array): ReadGuide {
  const { text, invalid, utf16 } = decodeGuide(bytes);
  const source = new SourceText(text);
  const problems = new Problems(path, source);
  if (utf16) {
    const start = { start: 0, end: 0 };
    problems.error(CODE.notUtf8, start, "The file is UTF-16, not UTF-8", "Save it as UTF-8.");
    return { diagnostics: problems.list() };
  }
  if (!mayBeRunbook(text)) return { diagnostics: [] };
  try {
    const runbook = readText(path, source, problems);
    if (runbook === undefined) return { diagnostics: [] };
    if (invalid) problems.error(CODE.notUtf8, invalid, "The file is not UTF-8 from here on", "Save it as UTF-8.");
    return { runbook, diagnostics: problems.list() };
  } catch (error) {
    // The Markdown and YAML parsers recurse into what is nested.
    if (!(error instanceof RangeError)) throw error;
    const whole = { start: 0, end: 0 };
    problems.error(CODE.tooDeep, whole, "The file is nested too deeply to be read", "Take lists and quotes apart.");
    return { diagnostics: problems.list() };
  }
}

/** Spares prose the parsing: a runbook has at least one of these words. */
function mayBeRunbook(text: string): boolean {
  return text.includes("waymark") || text.includes("runbook") || text.includes("on=");
}

function readText(path: string, source: SourceText, problems: Problems): Runbook | undefined {
  const root = parseMarkdown(source.text);
  const frontMatter = readFrontMatter(root, source);
  const blocks = readBlocks(root, source);
  if (!isRunbook(frontMatter, blocks)) return undefined;
  if (frontMatter !== undefined) reportFrontMatter(frontMatter, source, problems);
  const sound = (frontMatter?.errors.length ?? 0) === 0;
  // Of broken YAML one reads what one can; what is odd about that follows from the break.
  const { settings, defaults } = readSettings(frontMatter, source, sound ? problems : new Problems(path, source));
  const reader = new StepReader(defaults.values, sound, source, problems);
  for (const block of blocks) reader.read(block);
  const drafts = linkSteps(reader.steps, reader.judgements, source, problems);
  const steps = drafts.flatMap(({ step, expectations }) => (step === undefined ? [] : [{ ...step, expectations }]));
  const title = frontMatter?.title ?? titleOf(blocks);
  return { path, ...(title !== undefined && { title }), settings, sections: reader.sections, steps };
}

function isRunbook(frontMatter: FrontMatter | undefined, blocks: readonly Block[]): boolean {
  if (frontMatter?.runbook !== undefined || (frontMatter?.errors.length ?? 0) > 0) return true;
  return blocks.some((block) => {
    if (block.kind === "code" && (block.code.info.attributes?.some(isOn) ?? false)) return true;
    if (block.kind === "not-a-fence") return block.attributes.some(isOn);
    return "comment" in block && (block.comment?.kind === "step" || block.comment?.kind === "section");
  });
}

function isOn(attribute: Attribute): boolean {
  return attribute.kind === "key" && attribute.key === "on" && attribute.value !== undefined;
}

function titleOf(blocks: readonly Block[]): string | undefined {
  const heading = blocks.find((block) => block.kind === "heading" && block.depth === 1);
  return heading?.kind === "heading" && heading.title !== "" ? heading.title : undefined;
}
