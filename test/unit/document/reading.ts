import type { Runbook, Step } from "../../../src/model/runbook.ts";
import type { Span } from "../../../src/model/source.ts";
import { readGuide } from "../../../src/document/read-guide.ts";

/** Reads a guide given as text. */
export function read(text: string): ReturnType<typeof readGuide> {
  return readGuide("guide.md", new TextEncoder().encode(text));
}

/** Reads a guide that must be a runbook without problems. */
export function readRunbook(text: string): Runbook {
  const { runbook, diagnostics } = read(text);
  if (runbook === undefined || diagnostics.length > 0) {
    throw new Error(`not a sound runbook:\n${problemsOf(text).join("\n")}`);
  }
  return runbook;
}

export function readSteps(text: string): readonly Step[] {
  return readRunbook(text).steps;
}

/** The only step of a guide. */
export function readStep(text: string): Step {
  const [step, ...more] = readSteps(text);
  if (step === undefined || more.length > 0) throw new Error("not one step");
  return step;
}

/** `line:column code message` for each problem. */
export function problemsOf(text: string): readonly string[] {
  return read(text).diagnostics.map(({ code, span, message }) => {
    return `${span?.start.line}:${span?.start.column} ${code} ${message}`;
  });
}

/** `line:column code` for each problem. */
export function placesOf(text: string): readonly string[] {
  return problemsOf(text).map((problem) => problem.split(" ", 2).join(" "));
}

/** What each problem's span covers. */
export function marked(text: string): readonly string[] {
  return read(text).diagnostics.map(({ span }) => (span === undefined ? "" : textAt(text, span)));
}

export function textAt(text: string, span: Span): string {
  return text.slice(span.start.offset, span.end.offset);
}

/** A guide of one bash step with these braces, and what follows. */
export function step(braces: string, code = "true", after = ""): string {
  return `\`\`\`bash {${braces}}\n${code}\n\`\`\`\n${after}`;
}
