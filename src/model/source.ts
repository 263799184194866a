/** A place in a text file. Lines and columns count from 1 (columns in UTF-16 code units), offsets from 0: unist's Point. */
export interface Point {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** A stretch of a text file; `end` is exclusive: unist's Position. */
export interface Span {
  readonly start: Point;
  readonly end: Point;
}

export type Severity = "error" | "warning";

/** Something wrong with a guide, an inventory or an input. Always a value, never thrown: several are reported at once. */
export interface Diagnostic {
  /** Permanent, `WM` and four digits; the ranges are listed in `errors.ts`. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong. One sentence, no full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** The file as the user named it; absent for command-line values. */
  readonly file?: string;
  readonly span?: Span;
}

/** A value together with where it was written. */
export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}
