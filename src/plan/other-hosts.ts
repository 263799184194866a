import type { Step } from "../model/runbook.ts";
import type { Diagnostic, Located } from "../model/source.ts";
import type { targetFinder } from "./targets.ts";

type Problem = Omit<Diagnostic, "file">;

/**
 * The hosts that a step names besides those of `on`: where it runs (`at`), and the two sides of `copy` lines. There can
 * be one place to run at, and one source.
 */
export function otherHosts(
  find: ReturnType<typeof targetFinder>,
  report: (problem: Problem) => void,
): (step: Step) => (pattern: Located<string>, what: string) => readonly string[] {
  return (step) => (pattern, what) => {
    const { hosts, problems } = find(pattern, false);
    for (const problem of problems) report(problem);
    if (hosts.length < 2 || what === "target") return hosts;
    const place = what === "at" ? "`at`" : "The source";
    report({
      code: "WM3111",
      severity: "error",
      message: `${place} of step \`${step.id}\` must be one host; \`${pattern.value}\` matches ${hosts.length}`,
      hint: `Name one, such as \`${hosts[0] ?? ""}\`${isName(pattern.value) ? ` or \`${pattern.value}[0]\`` : ""}.`,
      span: pattern.span,
    });
    return [];
  };
}

/** One group, of which one host can be taken by its position. */
function isName(pattern: string): boolean {
  return /^[\w.-]+$/.test(pattern);
}
