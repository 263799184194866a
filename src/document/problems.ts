import type { Diagnostic, Severity } from "../model/source.ts";
import type { ProblemCode } from "./problem-code.ts";
import type { Range, SourceText } from "./source-text.ts";

/** Owns what has been found wrong with one guide so far. Reading goes on after each, so that all are reported at once. */
export class Problems {
  readonly #path: string;
  readonly #source: SourceText;
  readonly #found: Diagnostic[] = [];

  constructor(path: string, source: SourceText) {
    this.#path = path;
    this.#source = source;
  }

  error(code: ProblemCode, at: Range, message: string, hint: string): void {
    this.#add("error", code, at, message, hint);
  }

  warning(code: ProblemCode, at: Range, message: string, hint: string): void {
    this.#add("warning", code, at, message, hint);
  }

  /** In the order of the text. */
  list(): readonly Diagnostic[] {
    return this.#found.toSorted((a, b) => (a.span?.start.offset ?? 0) - (b.span?.start.offset ?? 0));
  }

  #add(severity: Severity, code: ProblemCode, at: Range, message: string, hint: string): void {
    this.#found.push({ code, severity, message, hint, file: this.#path, span: this.#source.span(at) });
  }
}
