import type { ExpectationResult } from "../model/outcome.ts";
import { neutralize, oneLine } from "./terminal-text.ts";

/** What an expectation asks for, in a line. */
export function demandOf({ source }: Pick<ExpectationResult, "source">): string {
  return source === "output" ? "the output should be as shown there" : oneLine(source);
}

/** Why it does not hold: lines, safe to print. */
export function explanationLines({ explanation }: ExpectationResult): readonly string[] {
  return explanation === undefined ? [] : neutralize(explanation.replace(/\n$/, "")).split("\n");
}

/**
 * Of the expectations that do not hold, those that tell more than what is said of the task already.
 * @param said as `exit status 1`
 */
export function tellingExpectations(broken: readonly ExpectationResult[], said: string): readonly ExpectationResult[] {
  return broken.filter(({ source }) => source !== "exit == 0" || !said.startsWith("exit status"));
}
