import type { Diagnostic } from "../model/source.ts";
import { type StepExpressions, spanOfWord } from "./expressions.ts";

/** What cannot be expected of a step that goes on: it has no exit status, and no results to compare. */
export function notOfBackground(id: string, { expect }: StepExpressions): readonly Omit<Diagnostic, "file">[] {
  return expect.flatMap((expression) => {
    const { mentionsExit, mentionsResults } = expression.value;
    const word = mentionsExit ? "exit" : mentionsResults ? "results" : undefined;
    if (word === undefined) return [];
    return [
      {
        code: "WM4003",
        severity: "error",
        message: `\`${word}\` cannot be expected of \`${id}\`: it goes on in the background`,
        hint: "Expect something of what it prints until it is ready, or look in a `verify` step below it.",
        span: spanOfWord(expression, word),
      },
    ];
  });
}
