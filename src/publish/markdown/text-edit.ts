/** What stands between two offsets of a text, replaced. */
export interface TextEdit {
  readonly from: number;
  /** Not below `from`; the same where something is put in between. */
  readonly to: number;
  readonly text: string;
}

/** Makes all edits at once; those that begin at the same place in their order. @throws {RangeError} where two overlap */
export function edited(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (edit.from < at) throw new RangeError(`edits overlap at ${edit.from}`);
    result += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return result + text.slice(at);
}
