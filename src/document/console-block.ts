import type { Excerpt, ExcerptLine } from "./excerpt.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";

export interface ConsoleBlock {
  /** The prompted commands, one after the other, with LF line ends. */
  readonly code: string;
  /** Everything between the prompts, in order. */
  readonly output: readonly string[];
}

/**
 * Parts a terminal session into what is typed and what comes out. Typed is what follows the prompt (`$ ` or `# `, the
 * same throughout the block), the line after a backslash, and lines that begin with `> ` right below a typed line.
 * Nothing, and a problem, where there is no prompt to begin with.
 */
export function readConsoleBlock(block: Excerpt, problems: Problems): ConsoleBlock | undefined {
  const commands: string[] = [];
  const output: string[] = [];
  let prompt: string | undefined;
  let typing = "no" as "no" | "may go on" | "must go on";
  const type = (command: string): void => {
    commands.push(command);
    typing = endsInBackslash(command) ? "must go on" : "may go on";
  };
  for (const line of block.lines) {
    const sign = /^([$#])(?: |$)/.exec(line.text)?.[1];
    if (typing === "must go on") {
      type(withoutPrompt(line.text, ">"));
    } else if (typing === "may go on" && /^>(?: |$)/.test(line.text)) {
      type(withoutPrompt(line.text, ">"));
    } else if (sign !== undefined && (prompt === undefined || sign === prompt)) {
      prompt = sign;
      type(withoutPrompt(line.text, sign));
    } else if (prompt === undefined) {
      if (line.text.trim() === "") continue;
      reportNoPrompt(block, line, problems);
      return undefined;
    } else {
      if (sign !== undefined) reportOtherPrompt(block, line, prompt, sign, problems);
      output.push(line.text);
      typing = "no";
    }
  }
  if (prompt === undefined) {
    reportNoPrompt(block, block.lines[0], problems);
    return undefined;
  }
  return { code: commands.join("\n"), output };
}

function withoutPrompt(line: string, sign: string): string {
  return line.startsWith(`${sign} `) ? line.slice(2) : line === sign ? "" : line;
}

function reportNoPrompt(block: Excerpt, line: ExcerptLine | undefined, problems: Problems): void {
  const at = { start: line?.offset ?? 0, end: (line?.offset ?? 0) + (line?.text.length ?? 0) };
  const message = block.text.trim() === "" ? "The block holds no command" : "The block does not begin with a prompt";
  problems.error(CODE.consolePrompt, at, message, "Begin each command with `$ `, or use `bash` instead of `console`.");
}

function reportOtherPrompt(block: Excerpt, line: ExcerptLine, prompt: string, sign: string, problems: Problems): void {
  const at = { start: line.offset, end: line.offset + 2 };
  const message = `A line begins with \`${sign} \` in a block whose prompt is \`${prompt} \``;
  const hint = `Begin it with \`${prompt} \` if it is a command, with \`[..]\` instead of \`${sign}\` if it is output.`;
  problems.error(CODE.consolePrompt, at, message, hint);
}

/** An odd number of them: the last one is not escaped itself. */
function endsInBackslash(line: string): boolean {
  let backslashes = 0;
  while (backslashes < line.length && line[line.length - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}
